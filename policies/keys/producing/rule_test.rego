package testnet.rules.keys.producing_test

import data.testnet.rules.keys.producing

test_a_flag if {
	facts := {"workloads": [], "producing": [{
		"object": "america/net-n/StatefulSet/d",
		"flag": "propose-key",
		"field": "spec.template.spec.containers[daemon].command",
		"at": 3,
	}]}
	producing.violations == {{
		"subject": "america/net-n/StatefulSet/d",
		"message": `america/net-n/StatefulSet/d is no planned block producer, but is told "propose-key"`,
		"at": 3,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.template.spec.containers[daemon].command",
	}} with data.facts as facts
}

test_workloads_are_judged if {
	workload := {"object": "america/net-n/StatefulSet/d", "daemon": "n/d", "role": "seed", "at": 1}
	facts := {"workloads": [workload, workload], "producing": []}
	producing.judged == 2 with data.facts as facts
	producing.violations == set() with data.facts as facts
}
