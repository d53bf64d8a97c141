# METADATA
# title: What all nets ask for fits on the cluster
# description: >-
#   Pods that do not fit wait for a place, and which daemons of which net these are is chance: a net
#   that was well can lose its producers to another net. The place is the net that asks for most.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Move a net to another region or shrink it, or add nodes and raise `capacity` of the cluster.
#   subjects: {table: clusters}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.resources.capacity

judged := count(data.facts.clusters)

# By the column of the facts: how many of its units make one, and how people say it.
_kinds := {
	"cpu": {"size": 1000, "text": "cores"},
	"memory": {"size": (1024 * 1024) * 1024, "text": "GiB of memory"},
	"storage": {"size": (1024 * 1024) * 1024, "text": "GiB of storage"},
}

violations contains {
	"subject": $"{name}/{kind}",
	"message": $"nets on cluster \"{name}\" ask for {ceil(used / unit.size)} of {floor(limit / unit.size)} {unit.text}, most of it net \"{most[1]}\"",
	"at": most[2],
	"concerns": [row.at | some row in rows; row[kind] > 0],
	"severity": severity,
	"related": [{"at": cluster.at, "message": "the cluster is here"}],
} if {
	some cluster in data.facts.clusters
	name := cluster.cluster
	rows := [row | some row in data.facts.usage; row.cluster == name]
	some kind, unit in _kinds
	limit := cluster[kind]
	used := sum([row[kind] | some row in rows])
	severity := _severity(used, limit)
	most := max([[row[kind], row.net, row.at] | some row in rows])
}

_severity(used, limit) := "error" if {
	used > limit
} else := "warning" if {
	used * 100 > limit * 80
}
