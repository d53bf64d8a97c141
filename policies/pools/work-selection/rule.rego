# METADATA
# title: The daemon knows the pool's work selection
# description: >-
#   Each generation of the daemon knows its own ways to choose the next job, and a coordinator that
#   is given another one does not start.
# custom:
#   severity: error
#   waivable: true
#   remediation: Choose a work selection that the flavour knows.
#   subjects: {table: pools}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.pools["work-selection"]

judged := count(data.facts.pools)

violations contains {
	"subject": $"{pool.net}/{pool.pool}",
	"message": $"pool \"{pool.pool}\": its daemon knows no work selection \"{pool.selection}\"",
	"remediation": $"Choose one of: {concat(", ", pool.selections)}.",
	"at": pool.selection_at,
} if {
	some pool in data.facts.pools
	not pool.selection in pool.selections
}
