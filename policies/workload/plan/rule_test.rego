package testnet.rules.workload.plan_test

import data.testnet.rules.workload.plan

_same := {
	"object": "america/net-n/StatefulSet/d",
	"daemon": "n/d",
	"role": "seed",
	"kind": "StatefulSet",
	"replicas": 1,
	"wanted_replicas": 1,
	"args": true,
	"image": true,
	"resources": true,
	"at": 7,
}

found(change) := violations if {
	violations := plan.violations with data.facts.workloads as [object.union(_same, change)]
}

test_as_planned if {
	found({}) == set()
	plan.judged == 2 with data.facts.workloads as [_same, _same]
}

test_other_replicas if {
	found({"replicas": 1, "wanted_replicas": 0}) == {{
		"subject": "n/d",
		"message": "america/net-n/StatefulSet/d has 1 replicas; planned are 0",
		"at": 7,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.replicas",
	}}
	count(found({"replicas": 0})) == 1
}

test_a_producer_that_runs_twice_is_said_by_another_rule if {
	producer := {"role": "block-producer", "replicas": 2}
	count(found(producer)) == 0
	count(found(object.union(producer, {"wanted_replicas": 3}))) == 1
	count(found(object.union(producer, {"role": "seed"}))) == 1
}

test_other_arguments if {
	found({"args": false}) == {{
		"subject": "n/d",
		"message": "america/net-n/StatefulSet/d has other args than planned",
		"at": 7,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.template.spec.containers[daemon].args",
	}}
}

test_field_names_the_container_of_the_role if {
	{v.field | some v in found({"image": false, "role": "snark-worker"})} == {"spec.template.spec.containers[worker].image"}
	{v.field | some v in found({"resources": false, "role": "service"})} == {"spec.template.spec.containers[service].resources"}
}

test_each_difference_is_one if {
	count(found({"args": false, "image": false, "resources": false, "replicas": 2})) == 4
}

test_what_was_not_built_is_not_compared if {
	found({"kind": "", "args": false, "replicas": 0}) == set()
}

test_no_workloads if {
	plan.judged == 0 with data.facts.workloads as []
	plan.violations == set() with data.facts.workloads as []
}
