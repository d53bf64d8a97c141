# METADATA
# title: Every object has one owner
# description: >-
#   Two Kustomizations that build one object undo each other at every reconciliation, without an
#   error, because Flux applies both as one manager. When one of them goes, it prunes what the other
#   still wants.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Leave it to one overlay: what all of them share belongs to `base/net`, what a daemon has
#     carries the daemon's name.
#   subjects: {count: objects}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.flux.owner

judged := data.facts.counts.objects

violations contains {
	"subject": row.object,
	"message": $"{row.object} is built by {row.second} and by {row.first}",
	"at": row.at,
	"object": row.object,
	"field": "metadata.name",
	"related": [{"at": row.first_at, "message": $"built by {row.first} here"}],
} if {
	some row in data.facts.owners
}
