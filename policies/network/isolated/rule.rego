# METADATA
# title: Pods of a net stay within it, and reach what is public
# description: >-
#   A release under test that reaches the pods of other nets is their peer, and one that reaches the
#   metadata service of the cloud is its node, which on some clusters may read every key. So a
#   network policy must be about all that pods send, and no rule of another one may undo it: what
#   any policy allows is allowed. Into nets for QA the fleet dials, and nobody else.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Leave the policies of `components/isolate` and `components/public` as they are, and let in no
#     range but the egress addresses of the fleet.
#   parameters:
#     closed:
#       type: object
#       additionalProperties: {type: array, items: {type: string}}
#       required: [public, qa]
#     ports: {type: array, items: {type: string}}
#   subjects: {table: isolation}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.network.isolated

_parameters := data.settings.parameters["network/isolated"]

# Without the parameters nothing would be compared, so that nothing must count as judged.
judged := count(data.facts.isolation) if {
	is_array(_parameters.closed.public)
	is_array(_parameters.closed.qa)
	is_array(_parameters.ports)
}

violations contains {
	"subject": $"{row.net}/{row.cluster}",
	"message": $"no network policy is about all that the pods of net \"{row.net}\" send on cluster \"{row.cluster}\"",
	"at": row.at,
} if {
	some row in data.facts.isolation
	not row.confined
}

violations contains {
	"subject": $"{row.object}:{row.field}",
	"message": $"{row.object} {verdict}",
	"at": row.at,
	"object": row.object,
	"field": row.field,
} if {
	some row in data.facts.passages
	some verdict in (_leaving(row) | _entering(row))
}

_leaving(row) := union({
	{verdict | _is_range(row); some verdict in _reached(row)},
	{"lets pods reach any address at all ports" | _is_anyone(row); count(row.ports) == 0},
	{$"lets pods reach any address at {port}" |
		_is_anyone(row)
		some port in row.ports
		not port in _parameters.ports
	},
	{"lets pods of a net for qa reach those of all others" |
		row.who == "namespaces"
		row.purpose == "qa"
	},
}) if {
	row.way == "egress"
} else := set()

_is_range(row) if row.who == "range"

_is_anyone(row) if row.who == "anyone"

_reached(row) := {"names what is no range of addresses"} if {
	row.cidr == ""
} else := {$"lets pods of a net for {row.purpose} reach {range}" |
	some range in _parameters.closed[row.purpose]
	net.cidr_intersects(row.cidr, range)
	not _is_excepted(row, range)
}

_is_excepted(row, range) if {
	some inner in row.excepted
	net.cidr_contains(inner, range)
}

# What the world may reach beside the ports of peers is judged by network/exposed.
_entering(row) := union({
	{"lets everybody reach a net for qa" | _is_anyone(row)},
	{"lets the pods of all others reach a net for qa" | row.who == "namespaces"},
	{$"lets {row.cidr}, which is none of the fleet's addresses, reach a net for qa" |
		_is_range(row)
		not row.cidr in _fleet
	},
}) if {
	row.way == "ingress"
	row.purpose == "qa"
	not row.exposed
} else := set()

_fleet := {row.cidr | some row in data.facts.egress}
