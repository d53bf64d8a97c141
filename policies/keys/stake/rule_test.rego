package testnet.rules.keys.stake_test

import data.testnet.rules.keys.stake

producer := {
	"net": "a",
	"daemon": "a/whale-1",
	"name": "whale-1",
	"role": "block-producer",
	"registered": true,
	"in_ledger": true,
	"stake": 1,
	"at": 1,
}

# What is found of the producer with some columns changed, its net having a ledger or not.
found(changes, ledger) := violations if {
	facts := {
		"nets": [{"net": "a", "ledger": ledger}, {"net": "b", "ledger": true}],
		"key_uses": [object.union(producer, changes)],
	}
	violations := stake.violations with data.facts as facts
}

test_a_producer_without_an_account if {
	found({"in_ledger": false, "stake": 0}, true) == {{
		"subject": "a/whale-1",
		"message": `a/whale-1 makes no blocks: its key "whale-1" is not in the genesis ledger`,
		"at": 1,
	}}
}

test_a_producer_without_stake if {
	found({"stake": 0}, true) == {{
		"subject": "a/whale-1",
		"message": `a/whale-1 makes no blocks: its key "whale-1" has no stake in the genesis ledger`,
		"at": 1,
	}}
}

test_the_least_stake_is_enough if found({}, true) == set()

test_a_ledger_that_comes_with_the_image_is_not_judged if {
	found({"in_ledger": false}, false) == set()
	found({"stake": 0}, false) == set()
}

test_a_net_that_is_not_there_is_not_judged if found({"net": "c", "stake": 0}, true) == set()

test_unknown_keys_are_left_to_another_rule if {
	found({"registered": false, "in_ledger": false, "stake": 0}, true) == set()
}

test_other_roles_need_no_stake if {
	found({"role": "seed", "in_ledger": false, "stake": 0}, true) == set()
	found({"role": "seed", "stake": 0}, true) == set()
}

test_producers_are_counted if {
	seed := object.union(producer, {"role": "seed"})
	stake.judged == 2 with data.facts as {"nets": [], "key_uses": [producer, producer, seed]}
}
