package testnet.rules.keys.unique_test

import data.testnet.rules.keys.unique

use(daemon, name, key, at) := {
	"daemon": daemon,
	"name": name,
	"key": key,
	"at": at,
}

test_two_nets_hold_one_key if {
	facts := {"key_uses": [use("a/whale-1", "qa-1", "aa", 1), use("b/whale-1", "qa-1", "aa", 2)]}
	unique.judged == 2 with data.facts as facts
	unique.violations == {{
		"subject": "qa-1",
		"message": `key "qa-1" of b/whale-1 is also held by a/whale-1`,
		"at": 2,
		"related": [{"at": 1, "message": "held by a/whale-1 here"}],
	}} with data.facts as facts
}

test_one_key_under_two_names if {
	facts := {"key_uses": [use("a/whale-1", "qa-1", "aa", 1), use("a/whale-2", "other", "aa", 2)]}
	count(unique.violations) == 1 with data.facts as facts
}

test_three_holders_are_two_violations if {
	facts := {"key_uses": [use("a/1", "k", "aa", 1), use("b/1", "k", "aa", 2), use("c/1", "k", "aa", 3)]}
	{violation.at | some violation in unique.violations} == {2, 3} with data.facts as facts
}

test_different_keys_are_fine if {
	facts := {"key_uses": [use("a/1", "k", "aa", 1), use("b/1", "l", "bb", 2)]}
	unique.judged == 2 with data.facts as facts
	count(unique.violations) == 0 with data.facts as facts
}

# A key that is in no pool has no public part to compare; keys/unknown speaks of it.
test_unknown_keys_are_not_one_key if {
	facts := {"key_uses": [use("a/1", "k", "", 1), use("b/1", "l", "", 2)]}
	count(unique.violations) == 0 with data.facts as facts
}
