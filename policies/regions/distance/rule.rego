# METADATA
# title: Regions are as far apart as the testnet file asks
# description: >-
#   A net between near regions does not meet the delays that it is to be tested with, and passes
#   tests which it would fail on the internet. A time that was never measured is estimated from the
#   distance on the globe, and is only a warning.
# custom:
#   severity: error
#   waivable: true
#   remediation: Choose regions that are further apart, or ask for less with `min_rtt`.
#   subjects: {table: distances}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.regions.distance

judged := count(data.facts.distances)

_severity := {true: "error", false: "warning"}

_how := {true: "measured", false: "an estimate"}

violations contains {
	"subject": $"{row.net}/{row.one}/{row.other}",
	"message": $"between \"{row.one}\" and \"{row.other}\" a round trip takes {row.rtt} ms ({_how[row.measured]}), less than the {row.wanted} ms asked for",
	"at": row.at,
	"severity": _severity[row.measured],
} if {
	some row in data.facts.distances
	row.rtt < row.wanted
}
