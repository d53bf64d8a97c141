package testnet.rules.keys.reference_test

import data.testnet.rules.keys.reference

use(registered, provider, there) := {
	"net": "a",
	"name": "whale-3",
	"daemon": "a/whale-3",
	"registered": registered,
	"provider": provider,
	"reference": there,
	"at": 1,
	"key_at": 9,
}

test_a_key_without_a_secret if {
	facts := {"key_uses": [use(true, "gcp", false)]}
	reference.judged == 1 with data.facts as facts
	reference.violations == {{
		"subject": "a/whale-3",
		"message": `key "whale-3" has no secret on gcp, where a/whale-3 would run`,
		"remediation": "Store it there and add `gcp` to the pool's secrets.",
		"at": 1,
		"related": [{"at": 9, "message": "registered here"}],
	}} with data.facts as facts
}

test_a_key_with_a_secret_is_fine if {
	facts := {"key_uses": [use(true, "gcp", true)]}
	reference.judged == 1 with data.facts as facts
	count(reference.violations) == 0 with data.facts as facts
}

test_a_daemon_without_a_place_is_fine if {
	facts := {"key_uses": [use(true, "", false)]}
	reference.judged == 1 with data.facts as facts
	count(reference.violations) == 0 with data.facts as facts
}

test_unknown_keys_are_not_judged if {
	facts := {"key_uses": [use(false, "gcp", false)]}
	reference.judged == 0 with data.facts as facts
	count(reference.violations) == 0 with data.facts as facts
}
