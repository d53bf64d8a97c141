package testnet.rules.network.backends_test

import data.testnet.rules.network.backends

found(change) := violations if {
	row := {
		"object": "america/net-n/Service/d",
		"daemon": "n/d",
		"selector": "testnet/role=seed",
		"targets": ["c", "d"],
		"at": 3,
	}
	facts := {"counts": {"services": 7}, "services": [object.union(row, change)]}
	violations := backends.violations with data.facts as facts
}

said(change) := [v.message | some v in found(change)]

test_other_pods if {
	found({}) == {{
		"subject": "america/net-n/Service/d",
		"message": "america/net-n/Service/d leads to c, d, not to its daemon alone: it selects testnet/role=seed",
		"at": 3,
		"object": "america/net-n/Service/d",
		"field": "spec.selector",
	}}
}

test_no_pods if {
	message := "america/net-n/Service/d leads to no pod, not to its daemon alone: it selects nothing"
	said({"targets": [], "selector": ""}) == [message]
}

test_all_are_judged if {
	facts := {"counts": {"services": 7}, "services": []}
	backends.judged == 7 with data.facts as facts
	backends.violations == set() with data.facts as facts
}
