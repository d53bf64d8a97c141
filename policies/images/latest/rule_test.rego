package testnet.rules.images.latest_test

import data.testnet.rules.images.latest

found(tag, digest) := violations if {
	facts := {"images": [{"net": "a", "image": "mina", "tag": tag, "digest": digest, "object": "o", "field": "f", "at": 1}]}
	violations := latest.violations with data.facts as facts
}

test_latest if {
	found("latest", "") == {{
		"subject": "a/mina",
		"message": `image "mina" has the tag "latest", which is another image every day`,
		"at": 1,
		"object": "o",
		"field": "f",
	}}
}

test_latest_with_a_digest if count(found("latest", "sha256:1")) == 1

test_neither if {
	found("", "") == {{
		"subject": "a/mina",
		"message": `image "mina" has neither tag nor digest`,
		"at": 1,
		"object": "o",
		"field": "f",
	}}
}

test_a_release_is_fine if {
	found("3.0.3", "") == set()
	found("", "sha256:1") == set()
	found("3.0.3-latest", "sha256:1") == set()
}

test_images_are_counted if {
	latest.judged == 2 with data.facts as {"images": [{"tag": "1"}, {"tag": "1"}]}
}

test_of_no_net if {
	image := {"net": "", "image": "mina", "tag": "", "digest": "", "object": "o", "field": "f", "at": 1}
	violations := latest.violations with data.facts as {"images": [image, object.union(image, {"tag": "latest"})]}
	[violation.subject | some violation in violations] == ["mina", "mina"]
}
