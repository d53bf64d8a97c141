# METADATA
# title: Block producers are updated by their StatefulSet
# description: >-
#   Handing a key over rests on it: a producer that wants 0 replicas, or another revision, must lose
#   its pod. With `OnDelete`, or an update that begins at a later pod (`partition`), the old pod runs
#   on, while Flux reports the StatefulSet as ready; and
#   nothing but a StatefulSet waits for the old pod before it starts the new one.
# custom:
#   severity: error
#   waivable: true
#   remediation: Make it a StatefulSet with the update strategy RollingUpdate, without a partition.
#   subjects: {table: shapes, where: {role: block-producer}}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.workload.strategy

judged := count([1 | some shape in data.facts.shapes; shape.role == "block-producer"])

# Of other kinds keys/single speaks. Empty is RollingUpdate, the default.
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

violations contains {
	"subject": shape.object,
	"message": $"an update of block producer {shape.object} leaves out the pods before number {shape.partition}: its old pod runs on",
	"at": shape.at,
	"object": shape.object,
	"field": "spec.updateStrategy.rollingUpdate.partition",
} if {
	some shape in data.facts.shapes
	shape.role == "block-producer"
	shape.kind == "StatefulSet"
	shape.partition != 0
}
