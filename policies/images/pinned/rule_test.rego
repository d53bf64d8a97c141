package testnet.rules.images.pinned_test

import data.testnet.rules.images.pinned

found(tag, digest) := violations if {
	facts := {"images": [{"image": "mina", "tag": tag, "digest": digest, "at": 1}]}
	violations := pinned.violations with data.facts as facts
}

test_a_tag_alone if {
	found("3.0.3", "") == {{
		"subject": "mina",
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

test_images_are_counted if {
	pinned.judged == 2 with data.facts as {"images": [{"tag": "1"}, {"tag": "1"}]}
}
