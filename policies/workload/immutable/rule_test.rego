package testnet.rules.workload.immutable_test

import data.testnet.rules.workload.immutable

found(object, role) := violations if {
	violations := immutable.violations with data.facts as {
		"counts": {"objects": 12},
		"immutable": [{
			"object": object,
			"role": role,
			"field": "spec.serviceName",
			"before": "a",
			"after": "b",
			"at": 4,
		}],
	}
}

remediation(object, role) := text if {
	some violation in found(object, role)
	text := violation.remediation
}

test_before_and_after_are_said if {
	found("america/net-n/StatefulSet/d", "seed") == {{
		"subject": "america/net-n/StatefulSet/d",
		"message": "spec.serviceName of america/net-n/StatefulSet/d cannot be changed in place: published as a, now b",
		"at": 4,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.serviceName",
		"remediation": "Put the published value back, or delete the StatefulSet with `kubectl delete statefulset --cascade=orphan` just before the change is applied, so that its pod runs on, or give the group another name.",
	}}
}

test_claim_has_another_way if {
	text := remediation("america/net-n/PersistentVolumeClaim/d-g1", "seed")
	text == "Put the published value back, or raise `genesis.generation`, which gives every daemon a new claim and restarts the chain."
}

test_anything_else if {
	text := remediation("america/net-n/Job/gate", "")
	text == "Put the published value back, or delete the object just before the change is applied, or give it another name."
}

test_producer_runs_once if {
	endswith(remediation("america/net-n/StatefulSet/d", "block-producer"), " name. The old pod must be gone before a new one starts, or two pods produce blocks with one key.")
}

test_nothing_changed if {
	facts := {"counts": {"objects": 12}, "immutable": []}
	immutable.judged == 12 with data.facts as facts
	immutable.violations == set() with data.facts as facts
}
