package testnet.rules.pools.coordinator_test

import data.testnet.rules.pools.coordinator

pool := {
	"net": "a",
	"pool": "fast",
	"coordinator": "a/fast-coordinator",
	"cluster": "america",
	"workers": 1,
	"worker_clusters": ["america"],
	"wired": true,
	"at": 1,
}

found(changes) := violations if {
	facts := {"pools": [object.union(pool, changes)]}
	violations := coordinator.violations with data.facts as facts
}

test_a_pool_on_one_cluster_is_fine if {
	found({}) == set()
	coordinator.judged == 2 with data.facts as {"pools": [pool, pool]}
}

test_no_coordinator if {
	found({"coordinator": "", "cluster": "", "wired": false}) == {{
		"subject": "a/fast",
		"message": `pool "fast" of net "a" has no coordinator`,
		"at": 1,
	}}
}

# Of that regions/pools speaks.
test_workers_elsewhere if found({"worker_clusters": ["america", "asia"]}) == set()

test_workers_that_do_not_reach_it if {
	found({"wired": false}) == {{
		"subject": "a/fast",
		"message": `the workers of pool "fast" do not reach its coordinator a/fast-coordinator`,
		"at": 1,
	}}
}

test_a_paused_pool_is_fine if found({"workers": 0, "worker_clusters": [], "wired": false}) == set()
