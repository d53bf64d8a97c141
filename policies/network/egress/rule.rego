# METADATA
# title: A cluster reaches the world from public addresses of its own
# description: >-
#   Nets for QA let in the egress addresses of the fleet and nobody else. A private range is never
#   seen outside its network, so that the clusters would shut one another out, and by chance let in
#   somebody else's; a wide range lets in strangers. Ranges of documentation belong to nobody.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Write the public IPv4 addresses of the cluster's NAT gateways and nodes into `network.egress`.
#   parameters:
#     reserved: {type: array, items: {type: string}}
#     documentation: {type: array, items: {type: string}}
#     widest: {type: integer, minimum: 0}
#   subjects: {table: egress}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.network.egress

_parameters := data.settings.parameters["network/egress"]

_reserved := _parameters.reserved

_documentation := _parameters.documentation

_widest := _parameters.widest

# Without the parameters nothing would be compared, so that nothing must count as judged.
judged := count(data.facts.egress) if {
	is_array(_reserved)
	is_array(_documentation)
	is_number(_widest)
}

violations contains object.union(verdict, {
	"subject": $"{row.cluster}/{row.cidr}",
	"message": $"egress range {row.cidr} of cluster \"{row.cluster}\" {verdict.message}",
	"at": row.at,
}) if {
	some row in data.facts.egress
	verdict := _verdict(row.cidr)
}

_verdict(cidr) := {"severity": "error", "message": "is no IPv4 range"} if {
	not regex.match(`^[0-9.]+/[0-9]+$`, cidr)
} else := {"severity": "error", "message": $"is wider than /{_widest}"} if {
	to_number(split(cidr, "/")[1]) < _widest
} else := {"severity": "error", "message": $"is not public: it meets {concat(", ", met)}"} if {
	met := [range | some range in _reserved; net.cidr_intersects(range, cidr)]
	count(met) > 0
} else := {"severity": "note", "message": $"is an example: {concat(", ", met)} is for documentation"} if {
	met := [range | some range in _documentation; net.cidr_intersects(range, cidr)]
	count(met) > 0
}
