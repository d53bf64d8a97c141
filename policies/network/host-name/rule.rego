# METADATA
# title: Every daemon has a public name of its own
# description: >-
#   Two daemons of one name share a DNS record: peers that look one up reach the other, whose key is
#   not the one that they expect, and two copies of external-dns may remove each other's records.
# custom:
#   severity: error
#   waivable: true
#   remediation: Rename one of the groups, or delegate a zone of its own to each cluster.
#   subjects: {table: daemons}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.network["host-name"]

judged := count(data.facts.daemons)

# Sorted, equal names are neighbours: comparing every name with every other one is quadratic.
_hosts := sort([[row.host, row.daemon, row.at] |
	some row in data.facts.daemons
	row.host != ""
])

violations contains {
	"subject": daemon,
	"message": $"public name \"{host}\" of {daemon} is also that of {first[1]}",
	"at": at,
	"related": [{"at": first[2], "message": $"{first[1]} has it here"}],
} if {
	some i, first in _hosts
	[host, daemon, at] := _hosts[i + 1]
	host == first[0]
}
