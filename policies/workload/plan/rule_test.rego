package testnet.rules.workload.plan_test

import data.testnet.rules.workload.plan

_same := {
	"object": "america/net-n/StatefulSet/d",
	"daemon": "n/d",
	"role": "seed",
	"kind": "StatefulSet",
	"replicas": 1,
	"wanted_replicas": 1,
	"at": 7,
}

found(change) := violations if {
	rows := [object.union(_same, change)]
	violations := plan.violations with data.facts as {"workloads": rows, "differences": []}
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

_difference := {
	"object": "america/net-n/StatefulSet/d",
	"daemon": "n/d",
	"container": "archive",
	"part": "args",
	"planned": "",
	"built": "",
	"at": 7,
}

different(change) := violations if {
	rows := [object.union(_difference, change)]
	violations := plan.violations with data.facts as {"workloads": [_same], "differences": rows}
}

test_other_arguments if {
	different({}) == {{
		"subject": "n/d",
		"message": `container "archive" of america/net-n/StatefulSet/d has other args than planned`,
		"at": 7,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.template.spec.containers[archive].args",
	}}
}

test_another_image if {
	different({"part": "image", "planned": "mina:1", "built": "mina:2"}) == {{
		"subject": "n/d",
		"message": `container "archive" of america/net-n/StatefulSet/d has the image "mina:2"; planned is "mina:1"`,
		"at": 7,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.template.spec.containers[archive].image",
	}}
}

test_no_such_container if {
	different({"part": "container", "container": "worker"}) == {{
		"subject": "n/d",
		"message": `america/net-n/StatefulSet/d has no container "worker", which is planned`,
		"at": 7,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.template.spec.containers",
	}}
}

test_other_labels if {
	different({"part": "labels", "container": "", "planned": "d seed", "built": "d service"}) == {{
		"subject": "n/d",
		"message": `america/net-n/StatefulSet/d has the labels "d service" of daemon and role; planned are "d seed"`,
		"at": 7,
		"object": "america/net-n/StatefulSet/d",
		"field": "metadata.labels",
	}}
}

test_what_was_not_built_is_not_compared if {
	found({"kind": "", "replicas": 0}) == set()
}

test_no_workloads if {
	plan.judged == 0 with data.facts.workloads as []
	plan.violations == set() with data.facts as {"workloads": [], "differences": []}
}

test_another_volume_for_the_state if {
	change := {"planned": "claim d-g1", "built": "emptyDir"}
	different(object.union(change, {"part": "state"})) == {{
		"subject": "n/d",
		"message": `container "archive" of america/net-n/StatefulSet/d keeps its state on "emptyDir"; planned is "claim d-g1"`,
		"at": 7,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.template.spec.volumes[state]",
	}}
	fields := {v.field | some v in different(object.union(change, {"part": "mounts"}))}
	fields == {"spec.template.spec.containers[archive].volumeMounts"}
}
