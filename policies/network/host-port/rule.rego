# METADATA
# title: No two daemons of a cluster take the same port of a node
# description: >-
#   Two pods with one hostPort never share a node, and where the firewall and the peers know a daemon
#   by node and port, one is taken for the other. Ports are handed out over all nets of a cluster:
#   one that is taken twice means that its range is too small, or that what is published was edited.
# custom:
#   severity: error
#   waivable: true
#   remediation: Widen `addresses.ports` of the cluster, or move a net to another region.
#   subjects: {table: host_ports}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.network["host-port"]

judged := count(data.facts.host_ports)

# Sorted, equal ports are neighbours: comparing every port with every other one is quadratic.
_ports := sort([[row.cluster, row.protocol, row.number, row.daemon, row.at] |
	some row in data.facts.host_ports
])

violations contains {
	"subject": daemon,
	"message": $"{protocol} port {number} of the nodes of cluster \"{cluster}\" is taken by {daemon} and by {first[3]}",
	"at": at,
	"related": [{"at": first[4], "message": $"taken by {first[3]} here"}],
} if {
	some i, first in _ports
	[cluster, protocol, number, daemon, at] := _ports[i + 1]
	cluster == first[0]
	protocol == first[1]
	number == first[2]
}
