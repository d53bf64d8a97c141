# METADATA
# title: A highly available net runs in enough regions
# description: >-
#   With two regions, the loss of either leaves half of the net at best, and nobody can tell which
#   half is the net. Only regions in which daemons run count: one that is merely listed carries
#   nothing. Two clusters of one region count once.
# custom:
#   severity: error
#   waivable: true
#   remediation: Add regions and put daemons there, or write `availability` single.
#   parameters:
#     regions: {type: integer, minimum: 0}
#   subjects: {table: nets, where: {availability: high}}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.regions.spread

_least := data.settings.parameters["regions/spread"].regions

# Without the parameter nothing would be compared, so that nothing must count as judged.
judged := count([1 | some net in data.facts.nets; net.availability == "high"]) if is_number(_least)

violations contains {
	"subject": name,
	"message": $"net \"{name}\" runs in {found} of the {_least} regions that high availability takes",
	"at": net.regions_at,
} if {
	some net in data.facts.nets
	net.availability == "high"
	name := net.net
	regions := {row.region | some row in data.facts.regions; row.net == name; row.daemons > 0}
	found := count(regions)
	found < _least
}
