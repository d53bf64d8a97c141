package testnet.rules.workload.autoscaler_test

import data.testnet.rules.workload.autoscaler

found(target, role) := violations if {
	violations := autoscaler.violations with data.facts.autoscalers as [{
		"object": "america/net-n/HorizontalPodAutoscaler/a",
		"target": target,
		"role": role,
		"at": 9,
	}]
}

test_producer if {
	found("whale-1", "block-producer") == {{
		"subject": "america/net-n/HorizontalPodAutoscaler/a",
		"message": `america/net-n/HorizontalPodAutoscaler/a scales the block producer "whale-1"`,
		"at": 9,
		"object": "america/net-n/HorizontalPodAutoscaler/a",
		"field": "spec.scaleTargetRef.name",
	}}
}

test_unknown if {
	found("gone", "") == {{
		"subject": "america/net-n/HorizontalPodAutoscaler/a",
		"message": `america/net-n/HorizontalPodAutoscaler/a scales "gone", which is no workload beside it`,
		"at": 9,
		"object": "america/net-n/HorizontalPodAutoscaler/a",
		"field": "spec.scaleTargetRef.name",
	}}
}

test_workers_may_be_scaled if {
	found("fast-workers", "snark-worker") == set()
}

test_judged if {
	autoscaler.judged == 0 with data.facts.autoscalers as []
	autoscaler.judged == 1 with data.facts.autoscalers as [{"role": "seed", "target": "s", "object": "o", "at": 1}]
}
