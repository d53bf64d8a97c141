package testnet.rules.regions.pools_test

import data.testnet.rules.regions.pools

pool(name, workers, at) := {
	"net": "a",
	"pool": name,
	"cluster": "west",
	"worker_clusters": workers,
	"at": at,
}

test_workers_elsewhere if {
	facts := {"pools": [pool("fast", ["west", "north", "east", "east"], 4)]}
	pools.judged == 1 with data.facts as facts
	pools.violations == {{
		"subject": "a/fast",
		"message": `pool "fast" has its coordinator on cluster "west" and workers on "east", "north"`,
		"at": 4,
	}} with data.facts as facts
}

test_a_whole_pool_is_fine if {
	facts := {"pools": [pool("fast", ["west", "west"], 4)]}
	pools.judged == 1 with data.facts as facts
	count(pools.violations) == 0 with data.facts as facts
}

test_a_pool_without_workers_is_fine if {
	facts := {"pools": [pool("paused", [], 4)]}
	count(pools.violations) == 0 with data.facts as facts
}

test_each_pool_is_judged_by_itself if {
	facts := {"pools": [pool("fast", ["west"], 4), pool("cheap", ["east"], 5)]}
	pools.judged == 2 with data.facts as facts
	{violation.at | some violation in pools.violations} == {5} with data.facts as facts
}
