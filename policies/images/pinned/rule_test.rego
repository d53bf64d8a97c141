package testnet.rules.images.pinned_test

import data.testnet.rules.images.pinned

found(tag, digest) := found_of("daemon", tag, digest)

found_of(use, tag, digest) := violations if {
	facts := {"images": [{"net": "a", "use": use, "image": "mina", "tag": tag, "digest": digest, "at": 1}]}
	violations := pinned.violations with data.facts as facts
}

test_a_tag_alone if {
	found("3.0.3", "") == {{
		"subject": "a/mina",
		"message": `image "mina" is not pinned by a digest`,
		"at": 1,
	}}
}

test_a_digest_is_fine if {
	found("3.0.3", "sha256:1") == set()
	found("", "sha256:1") == set()
}

test_no_release_is_left_to_another_rule if {
	found("latest", "") == set()
	found("", "") == set()
}

test_only_what_a_testnet_file_names if {
	count(found_of("archive", "3.0.3", "")) == 1
	count(found_of("service", "3.0.3", "")) == 1
	found_of("built", "3.0.3", "") == set()
}

test_images_are_counted if {
	uses := ["archive", "built", "daemon", "daemon", "service"]
	pinned.judged == 4 with data.facts as {"images": [{"use": use} | some use in uses]}
}
