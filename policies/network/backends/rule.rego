# METADATA
# title: A Service leads to the pods of its daemon
# description: >-
#   Peers, workers and test services know a daemon by its Service. One whose selector was replaced leads
#   to another daemon, which then answers in its name, or to nobody; and nothing of that is in any log.
# custom:
#   severity: error
#   waivable: true
#   remediation: "Leave the selector as it is rendered: `testnet/daemon` and its name."
#   subjects: {count: services}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.network.backends

# The table has only what is not as planned.
judged := data.facts.counts.services

violations contains {
	"subject": row.object,
	"message": $"{row.object} leads to {_where(row)}, not to its daemon alone: {_said(row)}",
	"at": row.at,
	"object": row.object,
	"field": "spec.selector",
} if {
	some row in data.facts.services
}

_where(row) := concat(", ", row.targets) if {
	count(row.targets) > 0
} else := "no pod"

_said(row) := $"it selects {row.selector}" if {
	row.selector != ""
} else := "it selects nothing"
