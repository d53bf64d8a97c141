package testnet.rules.genesis.frozen_test

import data.testnet.rules.genesis.frozen

net := {
	"net": "a",
	"is_published": true,
	"generation": 2,
	"published_generation": 2,
	"genesis_time": 1000,
	"published_time": 1000,
	"digest": "aa",
	"published_digest": "aa",
	"at": 1,
	"genesis_at": 2,
}

found(changes) := violations if {
	facts := {"nets": [object.union(net, changes)]}
	violations := frozen.violations with data.facts as facts
}

test_as_it_was_is_fine if {
	found({}) == set()
	frozen.judged == 2 with data.facts as {"nets": [net, net]}
}

test_another_ledger if {
	found({"digest": "bb"}) == {{
		"subject": "a",
		"message": "the published genesis would change: its ledger or constants",
		"at": 2,
	}}
}

# The digest is over the time too: one change, one finding.
test_another_time if {
	found({"genesis_time": 2000, "digest": "bb"}) == {{
		"subject": "a",
		"message": "the published genesis would change: its time",
		"at": 2,
	}}
	count(found({"genesis_time": 999})) == 1
}

test_a_restart_is_fine if found({"generation": 3, "genesis_time": 2000, "digest": "bb"}) == set()

test_a_lower_generation if {
	found({"generation": 1, "digest": "bb"}) == {{
		"subject": "a",
		"message": "the generation goes back from 2 to 1",
		"remediation": "Write 2 to go on with the chain, or more to restart it.",
		"at": 2,
	}}
}

test_what_is_not_published_is_not_frozen if {
	found({"is_published": false, "digest": "bb", "genesis_time": 2000}) == set()
	found({"is_published": false, "generation": 1}) == set()
}
