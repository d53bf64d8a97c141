# METADATA
# title: Nothing scales a block producer
# description: >-
#   An autoscaler changes replicas where no review sees it: a second replica of a producer signs
#   with the same key, and a drained one that is scaled up again holds a key that has gone on to
#   another place. What an autoscaler scales must be known, or it could be a producer.
# custom:
#   severity: error
#   waivable: true
#   remediation: Take it out, or let it scale SNARK workers.
#   subjects: {table: autoscalers}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.workload.autoscaler

judged := count(data.facts.autoscalers)

violations contains {
	"subject": scaler.object,
	"message": $"{scaler.object} scales the block producer \"{scaler.target}\"",
	"at": scaler.at,
	"object": scaler.object,
	"field": "spec.scaleTargetRef.name",
} if {
	some scaler in data.facts.autoscalers
	scaler.role == "block-producer"
}

violations contains {
	"subject": scaler.object,
	"message": $"{scaler.object} scales \"{scaler.target}\", which is no workload beside it",
	"at": scaler.at,
	"object": scaler.object,
	"field": "spec.scaleTargetRef.name",
} if {
	some scaler in data.facts.autoscalers
	scaler.role == ""
}
