# METADATA
# title: A cluster's load balancers suffice
# description: >-
#   Providers give each account so many load balancers in a region. The daemon whose load balancer is
#   one too many waits for its address for ever, and its Kustomization with it. The place is the net
#   that has most of them.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Use `address` host-port for some groups, or have the quota raised and then `load_balancers`.
#   subjects: {table: clusters}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.resources["load-balancers"]

judged := count(data.facts.clusters)

violations contains {
	"subject": name,
	"message": $"nets on cluster \"{name}\" need {used} load balancers and it has {cluster.load_balancers}, most of them net \"{most[1]}\"",
	"at": most[2],
	"concerns": [amount[2] | some amount in amounts; amount[0] > 0],
	"related": [{"at": cluster.at, "message": "the cluster is here"}],
} if {
	some cluster in data.facts.clusters
	name := cluster.cluster
	amounts := [[row.load_balancers, row.net, row.at] | some row in data.facts.usage; row.cluster == name]
	used := sum([amount[0] | some amount in amounts])
	used > cluster.load_balancers
	most := max(amounts)
}
