package testnet.rules.images.registry_test

import data.testnet.rules.images.registry

settings := {"parameters": {"images/registry": {"allowed": ["codaprotocol", "gcr.io/o1labs-192920"]}}}

image(source, name) := {
	"net": "a",
	"image": $"{source}/{name}",
	"registry": source,
	"object": "o",
	"field": "f",
	"at": 1,
}

test_a_registry_that_is_not_allowed if {
	facts := {"images": [
		image("gcr.io/o1labs-192920", "mina-daemon:1"),
		image("codaprotocol", "coda-daemon:1"),
		image("gcr.io/o1labs", "mina-daemon:1"),
	]}
	registry.judged == 3 with data.facts as facts with data.settings as settings
	registry.violations == {{
		"subject": "a/gcr.io/o1labs/mina-daemon:1",
		"message": `image "gcr.io/o1labs/mina-daemon:1" is from registry "gcr.io/o1labs", which is not allowed`,
		"at": 1,
		"object": "o",
		"field": "f",
	}} with data.facts as facts with data.settings as settings
}

# A setting that is gone must not look like a rule that found nothing.
test_nothing_is_judged_without_the_parameter if {
	one := {"parameters": {"images/registry": {"allowed": ["codaprotocol"]}}}
	registry.judged == 0 with data.facts as {"images": []} with data.settings as one
	not registry.judged with data.facts as {"images": []} with data.settings as {}
}

test_of_no_net if {
	images := [object.union(image("q", "x:1"), {"net": ""})]
	violations := registry.violations with data.facts as {"images": images} with data.settings as settings
	{violation.subject | some violation in violations} == {"q/x:1"}
}
