package testnet.rules.pools.workers_test

import data.testnet.rules.pools.workers

settings := {"parameters": {"pools/workers": {"alone": ["coda-kademlia"]}}}

facts(flavour, number) := {
	"nets": [{"net": "a", "flavour": flavour}, {"net": "b", "flavour": "coda-kademlia"}],
	"pools": [{"net": "a", "pool": "fast", "workers": number, "at": 1}],
}

test_a_pool_without_workers if {
	workers.violations == {{
		"subject": "a/fast",
		"message": `pool "fast" of net "a" has no workers, so none of its work is done`,
		"at": 1,
	}} with data.facts as facts("mina", 0) with data.settings as settings
}

test_one_worker_is_fine if {
	count(workers.violations) == 0 with data.facts as facts("mina", 1) with data.settings as settings
}

test_a_coordinator_that_works_itself_is_fine if {
	count(workers.violations) == 0 with data.facts as facts("coda-kademlia", 0)
		with data.settings as settings
}

# A setting that is gone must not look like a rule that found nothing.
test_nothing_is_judged_without_the_parameter if {
	workers.judged == 1 with data.facts as facts("mina", 1) with data.settings as settings
	not workers.judged with data.facts as facts("mina", 1) with data.settings as {}
}
