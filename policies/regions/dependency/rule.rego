# METADATA
# title: No daemon needs one of another region
# description: >-
#   What cannot work without a daemon elsewhere stops when either region is lost: the loss of one
#   region then reaches into a second. Only what shares a region may need one another.
# custom:
#   severity: error
#   waivable: true
#   remediation: Run both in one region, or let each region have what it needs.
#   subjects: {table: dependencies}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.regions.dependency

judged := count(data.facts.dependencies)

_high := {net.net | some net in data.facts.nets; net.availability == "high"}

violations contains {
	"subject": row.source,
	"message": $"{row.source} in region \"{row.source_region}\" stops when region \"{row.target_region}\" is lost: it needs {row.target} there ({row.kind})",
	"at": row.at,
} if {
	some row in data.facts.dependencies
	row.net in _high
	row.source_region != row.target_region
}
