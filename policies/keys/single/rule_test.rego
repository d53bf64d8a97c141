package testnet.rules.keys.single_test

import data.testnet.rules.keys.single

producer := {
	"object": "america/a/StatefulSet/whale-1",
	"daemon": "a/whale-1",
	"role": "block-producer",
	"kind": "StatefulSet",
	"replicas": 1,
	"wanted_replicas": 1,
	"at": 1,
}

found(changes) := violations if {
	facts := {"workloads": [object.union(producer, changes)], "shapes": []}
	violations := single.violations with data.facts as facts
}

found_shape(changes) := violations if {
	shape := {
		"object": "america/a/StatefulSet/whale-1",
		"role": "block-producer",
		"kind": "StatefulSet",
		"surge": true,
		"at": 1,
	}
	facts := {"workloads": [], "shapes": [object.union(shape, changes)]}
	violations := single.violations with data.facts as facts
}

test_one_replica_is_fine if found({}) == set()

test_a_drained_producer_is_fine if found({"replicas": 0, "wanted_replicas": 0}) == set()

test_two_replicas_as_built if {
	found({"replicas": 2}) == {{
		"subject": "a/whale-1",
		"message": "block producer a/whale-1 has 2 replicas with one key",
		"at": 1,
		"object": "america/a/StatefulSet/whale-1",
		"field": "spec.replicas",
	}}
}

test_two_replicas_as_planned if {
	{violation.message | some violation in found({"wanted_replicas": 3})} == {
		"block producer a/whale-1 has 3 replicas with one key",
	}
}

test_a_key_that_is_not_to_run_here if {
	found({"wanted_replicas": 0}) == {{
		"subject": "a/whale-1",
		"message": "block producer a/whale-1 has a replica, but its key is not to run here now",
		"at": 1,
		"object": "america/a/StatefulSet/whale-1",
		"field": "spec.replicas",
	}}
	count(found({"wanted_replicas": 0, "replicas": 2})) == 1
	count(found({"wanted_replicas": 0, "role": "seed"})) == 0
}

test_a_deployment if {
	found({"kind": "Deployment"}) == {{
		"subject": "a/whale-1",
		"message": "block producer a/whale-1 is a Deployment, which may run two pods with one key",
		"at": 1,
		"object": "america/a/StatefulSet/whale-1",
		"field": "kind",
	}}
}

test_what_was_not_built_is_fine if found({"kind": "", "replicas": 0}) == set()

test_other_roles_may_have_more if {
	found({"role": "snark-worker", "replicas": 8, "wanted_replicas": 8}) == set()
	found({"role": "service", "kind": "Deployment"}) == set()
	found_shape({"role": "service"}) == set()
}

test_a_surge if {
	found_shape({}) == {{
		"subject": "america/a/StatefulSet/whale-1",
		"message": concat(" ", [
			"an update of block producer america/a/StatefulSet/whale-1",
			"starts the new pod while the old one runs",
		]),
		"at": 1,
		"object": "america/a/StatefulSet/whale-1",
		"field": "spec.updateStrategy",
	}}
}

test_a_deployment_has_its_strategy_elsewhere if {
	{violation.field | some violation in found_shape({"kind": "Deployment"})} == {"spec.strategy"}
	{violation.field | some violation in found_shape({"kind": "CloneSet"})} == {"spec.updateStrategy"}
}

test_no_surge_is_fine if found_shape({"surge": false}) == set()

test_producers_are_counted if {
	worker := object.union(producer, {"role": "snark-worker"})
	single.judged == 2 with data.facts as {"workloads": [producer, worker, producer], "shapes": []}
}
