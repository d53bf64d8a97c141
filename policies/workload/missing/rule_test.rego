package testnet.rules.workload.missing_test

import data.testnet.rules.workload.missing

workload(kind) := {"daemon": "n/d", "cluster": "america", "kind": kind, "at": 3}

test_not_built if {
	facts := {"workloads": [workload(""), workload("StatefulSet")]}
	missing.judged == 2 with data.facts as facts
	missing.violations == {{
		"subject": "n/d",
		"message": "n/d is planned on america, but no workload was built for it",
		"at": 3,
	}} with data.facts as facts
}

test_built if {
	missing.violations == set() with data.facts.workloads as [workload("StatefulSet")]
}
