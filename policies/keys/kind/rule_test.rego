package testnet.rules.keys.kind_test

import data.testnet.rules.keys.kind

use(registered, registered_kind) := {
	"net": "a",
	"name": "seed-4",
	"kind": "block-producer",
	"registered": registered,
	"registered_kind": registered_kind,
	"at": 1,
	"key_at": 9,
}

test_a_producer_with_a_libp2p_key if {
	facts := {"key_uses": [use(true, "libp2p")]}
	kind.judged == 1 with data.facts as facts
	kind.violations == {{
		"subject": "a/seed-4",
		"message": `key "seed-4" is of kind libp2p, but a block-producer key is needed`,
		"remediation": "Use a block-producer key; `testnet keys --free --kind block-producer` lists some.",
		"at": 1,
		"related": [{"at": 9, "message": "registered here"}],
	}} with data.facts as facts
}

test_the_right_kind_is_fine if {
	facts := {"key_uses": [use(true, "block-producer")]}
	kind.judged == 1 with data.facts as facts
	count(kind.violations) == 0 with data.facts as facts
}

# Nobody knows the kind of a key that is in no pool; keys/unknown speaks of it.
test_unknown_keys_are_not_judged if {
	facts := {"key_uses": [use(false, "")]}
	kind.judged == 0 with data.facts as facts
	count(kind.violations) == 0 with data.facts as facts
}
