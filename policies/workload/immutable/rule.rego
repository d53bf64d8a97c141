# METADATA
# title: What cannot be changed in place stays as it was published
# description: >-
#   Kubernetes refuses to change some fields of an object that exists. Flux then fails at its dry
#   run and applies nothing more of that overlay, neither this change nor any later one: not even
#   the drain of a key.
# custom:
#   severity: error
#   waivable: true
#   remediation: Put the published value back.
#   subjects: {count: objects}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.workload.immutable

# Every object that was built was compared with the published one.
judged := data.facts.counts.objects

violations contains {
	"subject": row.object,
	"message": $"{row.field} of {row.object} cannot be changed in place: published as {row.before}, now {row.after}",
	"at": row.at,
	"object": row.object,
	"field": row.field,
	"remediation": $"Put the published value back, or {_migration(row.object)}.{_warning(row.role)}",
} if {
	some row in data.facts.immutable
}

_migration(object) := "delete the StatefulSet with `kubectl delete statefulset --cascade=orphan` just before the change is applied, so that its pod runs on, or give the group another name" if {
	contains(object, "/StatefulSet/")
} else := "raise `genesis.generation`, which gives every daemon a new claim and restarts the chain" if {
	contains(object, "/PersistentVolumeClaim/")
} else := "delete the object just before the change is applied, or give it another name"

default _warning(_) := ""

_warning("block-producer") := " The old pod must be gone before a new one starts, or two pods produce blocks with one key."
