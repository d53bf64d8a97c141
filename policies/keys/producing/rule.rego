# METADATA
# title: Nothing produces blocks but block producers
# description: >-
#   A daemon that is told to produce does so with whatever key it finds. Where the plan has no block
#   producer, no command, argument, variable, hook or probe may name a flag that makes one.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Take it out of the component, and write a block producer into the testnet file if one is wanted.
#   subjects: {table: workloads}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.keys.producing

judged := count(data.facts.workloads)

violations contains {
	"subject": row.object,
	"message": $"{row.object} is no planned block producer, but is told \"{row.flag}\"",
	"at": row.at,
	"object": row.object,
	"field": row.field,
} if {
	some row in data.facts.producing
}
