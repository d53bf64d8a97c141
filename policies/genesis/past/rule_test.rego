package testnet.rules.genesis.past_test

import data.testnet.rules.genesis.past

settings := {"parameters": {"genesis/past": {"grace_minutes": 60}}}

now := 1000000

net := {
	"net": "a",
	"is_published": false,
	"generation": 1,
	"published_generation": 0,
	"genesis_time": now - 7200,
	"at": 1,
	"genesis_at": 2,
}

published := object.union(net, {"is_published": true, "published_generation": 1})

found(row) := violations if {
	facts := {"now": now, "nets": [row]}
	violations := past.violations with data.facts as facts with data.settings as settings
}

test_a_new_net_in_the_past if {
	found(net) == {{
		"subject": "a",
		"message": `the chain of net "a" would start 2h in the past`,
		"at": 2,
	}}
}

test_within_the_grace_is_fine if {
	found(object.union(net, {"genesis_time": now - 3600})) == set()
	count(found(object.union(net, {"genesis_time": now - 3601}))) == 1
}

test_the_future_is_fine if found(object.union(net, {"genesis_time": now + 7200})) == set()

test_a_time_that_nobody_knows_is_fine if found(object.union(net, {"genesis_time": 0})) == set()

test_a_chain_that_runs_is_fine if found(published) == set()

test_a_restart_is_a_new_chain if count(found(object.union(published, {"generation": 2}))) == 1

# An older generation goes on with nothing; genesis/frozen speaks of it.
test_a_net_that_goes_back_is_no_new_chain if {
	found(object.union(published, {"published_generation": 2})) == set()
}

test_a_net_that_is_not_published_has_no_generation_to_compare if {
	count(found(object.union(net, {"published_generation": 1}))) == 1
}

# A setting that is gone must not look like a rule that found nothing.
test_nothing_is_judged_without_the_parameter if {
	past.judged == 1 with data.facts as {"now": now, "nets": [net]} with data.settings as settings
	not past.judged with data.facts as {"now": now, "nets": [net]} with data.settings as {}
}
