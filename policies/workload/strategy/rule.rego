# METADATA
# title: Block producers are updated by their StatefulSet
# description: >-
#   Handing a key over rests on it: a producer that wants 0 replicas, or another revision, must lose
#   its pod. With `OnDelete` the old pod runs on, while Flux reports the StatefulSet as ready; and
#   nothing but a StatefulSet waits for the old pod before it starts the new one.
# custom:
#   severity: error
#   waivable: true
#   remediation: Make it a StatefulSet with the update strategy RollingUpdate.
#   subjects: {table: shapes, where: {role: block-producer}}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.workload.strategy

judged := count([1 | some shape in data.facts.shapes; shape.role == "block-producer"])

violations contains {
	"subject": shape.object,
	"message": $"block producer {shape.object} is a {shape.kind}, which does not wait for the old pod",
	"at": shape.at,
	"object": shape.object,
	"field": "kind",
} if {
	some shape in data.facts.shapes
	shape.role == "block-producer"
	shape.kind != "StatefulSet"
}

# Empty is RollingUpdate, the default.
violations contains {
	"subject": shape.object,
	"message": $"block producer {shape.object} has the update strategy {shape.strategy}: its old pod may run on",
	"at": shape.at,
	"object": shape.object,
	"field": "spec.updateStrategy.type",
} if {
	some shape in data.facts.shapes
	shape.role == "block-producer"
	shape.kind == "StatefulSet"
	not shape.strategy in {"", "RollingUpdate"}
}
