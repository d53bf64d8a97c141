# METADATA
# title: The pods of no two clusters have the same addresses
# description: >-
#   A SNARK coordinator trusts the network of its cluster's pods, and network policies leave out what
#   is private. Where two clusters have the same network, what comes from one is taken for the other
#   as soon as they are joined, by a peering or a mesh.
# custom:
#   severity: warning
#   waivable: true
#   remediation: Give each cluster a `network.pods` of its own.
#   subjects: {table: clusters}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.network.pods

judged := count(data.facts.clusters)

_networks := sort([[row.cluster, row.pods, row.pods_at] | some row in data.facts.clusters])

# Every pair: a fleet has some dozens of clusters at most. Neighbours alone would not do, as what lies
# within one network need not follow it.
violations contains {
	"subject": cluster,
	"message": $"pods {pods} of cluster \"{cluster}\" overlap {first[1]} of cluster \"{first[0]}\"",
	"at": at,
	"related": [{"at": first[2], "message": $"cluster \"{first[0]}\" is here"}],
} if {
	some i, first in _networks
	some j, second in _networks
	i < j
	[cluster, pods, at] := second
	net.cidr_intersects(first[1], pods)
}
