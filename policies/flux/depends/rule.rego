# METADATA
# title: Phases wait for the same revision
# description: >-
#   `dependsOn` waits for ever for a Kustomization that is not there. It compares revisions only
#   between Kustomizations of one source: with another one, a phase starts on what the one before
#   it was at the last commit. An expression for readiness takes the place of that comparison.
# custom:
#   severity: error
#   waivable: true
#   remediation: Depend on Kustomizations of the same net and source, without `readyExpr`.
#   subjects: {table: flux_depends}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.flux.depends

judged := count(data.facts.flux_depends)

violations contains {
	"subject": row.kustomization,
	"message": $"{row.kustomization} waits for {row.on}, which is not there",
	"at": row.at,
} if {
	some row in data.facts.flux_depends
	not row.exists
}

# What is not there has no source to compare.
violations contains {
	"subject": row.kustomization,
	"message": $"{row.kustomization} waits for any revision of {row.on}, which has another source",
	"at": row.at,
} if {
	some row in data.facts.flux_depends
	row.exists
	not row.same_source
}

violations contains {
	"subject": row.kustomization,
	"message": $"{row.kustomization} waits for {row.on} by an expression, which compares no revisions",
	"at": row.at,
} if {
	some row in data.facts.flux_depends
	row.ready_expression
}
