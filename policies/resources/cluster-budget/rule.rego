# METADATA
# title: The nets on a cluster stay within its budget
# description: >-
#   Regions differ in price, and accounts in who pays them. Where a cluster has a budget, the net
#   that would exceed it is found before it runs; without one, only its capacity limits it. The place is
#   the net that costs most.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Move a net to another region or shrink it, or raise the budget in policies/settings.
#   parameters:
#     dollars: {type: object, additionalProperties: {type: number, minimum: 0}}
#   subjects: {table: clusters}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.resources["cluster-budget"]

_dollars := data.settings.parameters["resources/cluster-budget"].dollars

# Without the parameter nothing would be compared, so that nothing must count as judged.
judged := count(data.facts.clusters) if is_object(_dollars)

violations contains {
	"subject": name,
	"message": $"nets on cluster \"{name}\" cost {ceil(used / 100)} of {budget} dollars a month, most of it net \"{most[1]}\"",
	"at": most[2],
	"concerns": [amount[2] | some amount in amounts; amount[0] > 0],
	"severity": severity,
	"related": [{"at": cluster.at, "message": "the cluster is here"}],
} if {
	some cluster in data.facts.clusters
	name := cluster.cluster
	budget := _dollars[name]
	amounts := [[row.cents, row.net, row.at] | some row in data.facts.usage; row.cluster == name]
	used := sum([amount[0] | some amount in amounts])
	severity := _severity(used, budget * 100)
	most := max(amounts)
}

_severity(used, budget) := "error" if {
	used > budget
} else := "note" if {
	used * 100 > budget * 80
}
