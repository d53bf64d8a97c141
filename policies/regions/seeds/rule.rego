# METADATA
# title: Seeds remain when any one region is lost
# description: >-
#   A daemon that starts asks the seeds who the others are. With all of them in one region, a net that
#   loses that region goes on only as long as nothing restarts, and what restarts is alone.
# custom:
#   severity: error
#   waivable: true
#   remediation: Run at least two seeds, in at least two regions.
#   subjects: {table: nets, where: {availability: high}}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.regions.seeds

judged := count([1 | some net in data.facts.nets; net.availability == "high"])

_least := 2

violations contains {
	"subject": name,
	"message": $"net \"{name}\" has {seeds} of the {_least} seeds that high availability takes",
	"at": net.at,
} if {
	some net in data.facts.nets
	net.availability == "high"
	name := net.net
	seeds := sum([row.seeds | some row in data.facts.regions; row.net == name])
	seeds < _least
}

# A region that holds all seeds is the only one without a seed outside; then no two regions have any.
violations contains {
	"subject": $"{name}/{row.region}",
	"message": $"all {seeds} seeds of net \"{name}\" are in region \"{row.region}\"",
	"at": row.at,
} if {
	some net in data.facts.nets
	net.availability == "high"
	name := net.net
	rows := [row | some row in data.facts.regions; row.net == name]
	seeds := sum([row.seeds | some row in rows])
	seeds >= _least
	some row in rows
	row.seeds == seeds
}
