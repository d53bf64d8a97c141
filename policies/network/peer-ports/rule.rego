# METADATA
# title: Each peer-to-peer port is one number all the way to the world
# description: >-
#   A daemon tells its peers one number, and libp2p and Kademlia have no way to tell another. Where
#   the flag, the container, the node or the Service has a different one, the daemon can dial out but
#   nobody reaches it, and the net looks well while it is held together by its seeds.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Let the component leave the ports as they are rendered: flag, container port, hostPort, Service.
#   subjects: {table: endpoints}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.network["peer-ports"]

judged := count(data.facts.endpoints)

# In the order of the way out, each with the field that holds it.
_parts := [
	{"column": "flag", "name": "flag", "kind": "StatefulSet", "field": "spec.template.spec.containers[daemon].args"},
	{"column": "container", "name": "container port", "kind": "StatefulSet", "field": _ports},
	{"column": "host", "name": "hostPort", "kind": "StatefulSet", "field": _ports},
	{"column": "service", "name": "port of the Service", "kind": "Service", "field": "spec.ports"},
	{"column": "target", "name": "target port of the Service", "kind": "Service", "field": "spec.ports"},
]

_ports := "spec.template.spec.containers[daemon].ports"

violations contains {
	"subject": $"{row.daemon}:{row.protocol}/{row.wanted}",
	"message": $"{row.protocol} port {row.wanted} of {row.daemon} is not one number to the world: {texts}",
	"at": row.at,
	"object": replace(row.object, "/StatefulSet/", $"/{first.kind}/"),
	"field": first.field,
} if {
	some row in data.facts.endpoints

	# Nearly always they are all equal, which one comparison tells: it halves the time of the rule.
	{row.flag, row.container, row.host, row.service, row.target} != {row.wanted}
	differs := [part |
		some part in _parts
		row[part.column] != row.wanted
		_is_used(part.column, row.address)
	]
	first := differs[0]
	texts := concat(", ", [_text(part.name, row[part.column]) | some part in differs])
}

# Behind a load balancer no port of the node is taken.
_is_used(column, address) if {
	column != "host"
} else := address == "host-port"

_text(name, number) := $"{name} is {number}" if {
	number != 0
} else := $"no {name}"
