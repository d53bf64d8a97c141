# METADATA
# title: A block producer runs once
# description: >-
#   Two pods with one key sign two blocks for one slot and fork the chain. Only a StatefulSet with
#   one replica promises that the old pod is gone before the new one starts: a Deployment starts
#   the new one first, and so does everything else that may surge during an update.
# custom:
#   severity: error
#   waivable: true
#   remediation: Make it a StatefulSet with one replica; a second producer needs a second key.
#   subjects: {table: workloads, where: {role: block-producer}}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.keys.single

judged := count([1 | some workload in data.facts.workloads; workload.role == "block-producer"])

# What was not built cannot run twice.
violations contains {
	"subject": workload.daemon,
	"message": $"block producer {workload.daemon} is a {workload.kind}, which may run two pods with one key",
	"at": workload.at,
	"object": workload.object,
	"field": "kind",
} if {
	some workload in data.facts.workloads
	workload.role == "block-producer"
	not workload.kind in {"StatefulSet", ""}
}

violations contains {
	"subject": workload.daemon,
	"message": $"block producer {workload.daemon} has {replicas} replicas with one key",
	"at": workload.at,
	"object": workload.object,
	"field": "spec.replicas",
} if {
	some workload in data.facts.workloads
	workload.role == "block-producer"
	replicas := max([workload.replicas, workload.wanted_replicas])
	replicas > 1
}

# A key that is being handed over has none here until the other place has given it back.
violations contains {
	"subject": workload.daemon,
	"message": $"block producer {workload.daemon} has a replica, but its key is not to run here now",
	"at": workload.at,
	"object": workload.object,
	"field": "spec.replicas",
} if {
	some workload in data.facts.workloads
	workload.role == "block-producer"
	workload.replicas == 1
	workload.wanted_replicas < 1
}

# Thousands of producers share a shape: the first of them speaks for all.
violations contains {
	"subject": shape.object,
	"message": $"an update of block producer {shape.object} starts the new pod while the old one runs",
	"at": shape.at,
	"object": shape.object,
	"field": _strategy(shape.kind),
} if {
	some shape in data.facts.shapes
	shape.role == "block-producer"
	shape.surge
}

_strategy(kind) := "spec.strategy" if {
	kind == "Deployment"
} else := "spec.updateStrategy"
