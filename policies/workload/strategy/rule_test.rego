package testnet.rules.workload.strategy_test

import data.testnet.rules.workload.strategy

shape(role, kind, name) := {
	"object": "america/net-n/StatefulSet/d",
	"role": role,
	"kind": kind,
	"strategy": name,
	"partition": 0,
	"at": 8,
}

found(role, kind, name) := violations if {
	violations := strategy.violations with data.facts.shapes as [shape(role, kind, name)]
}

test_on_delete if {
	found("block-producer", "StatefulSet", "OnDelete") == {{
		"subject": "america/net-n/StatefulSet/d",
		"message": "block producer america/net-n/StatefulSet/d has the update strategy OnDelete: its old pod may run on",
		"at": 8,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.updateStrategy.type",
	}}
}

# Of that keys/single speaks.
test_another_kind if found("block-producer", "Deployment", "Recreate") == set()

test_rolling if {
	found("block-producer", "StatefulSet", "RollingUpdate") == set()
	found("block-producer", "StatefulSet", "") == set()
}

test_others_may if {
	found("seed", "StatefulSet", "OnDelete") == set()
	found("service", "Deployment", "") == set()
}

test_judged_are_producers if {
	strategy.judged == 2 with data.facts.shapes as [
		shape("seed", "StatefulSet", ""),
		shape("block-producer", "StatefulSet", "OnDelete"),
		shape("block-producer", "StatefulSet", ""),
	]
	strategy.judged == 0 with data.facts.shapes as []
}

parted(role, kind, number) := violations if {
	row := object.union(shape(role, kind, ""), {"partition": number})
	violations := strategy.violations with data.facts.shapes as [row]
}

test_a_partition if {
	parted("block-producer", "StatefulSet", 1) == {{
		"subject": "america/net-n/StatefulSet/d",
		"message": concat(" ", [
			"an update of block producer america/net-n/StatefulSet/d",
			"leaves out the pods before number 1: its old pod runs on",
		]),
		"at": 8,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.updateStrategy.rollingUpdate.partition",
	}}
	count(parted("block-producer", "StatefulSet", -1)) == 1
	parted("block-producer", "StatefulSet", 0) == set()
	parted("block-producer", "Deployment", 1) == set()
	parted("seed", "StatefulSet", 1) == set()
}
