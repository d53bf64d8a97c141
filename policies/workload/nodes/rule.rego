# METADATA
# title: Some node of the cluster may run each pod
# description: >-
#   A pod that demands a node which its cluster cannot have stays pending, and the net is never ready.
#   Components are shared by all clusters, so that the region or zone of one of them is wrong for all
#   others. Of what the fleet says nothing, such as pools of nodes, only a person knows.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Take the demand out of the component, or make it a wish: preferredDuringSchedulingIgnoredDuringExecution.
#   subjects: {table: workloads}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.workload.nodes

judged := count(data.facts.workloads)

violations contains {
	"subject": row.object,
	"severity": verdict[0],
	"message": $"{row.object} demands a node with {_said(row)}, {verdict[1]}",
	"at": row.at,
	"object": row.object,
	"field": row.field,
} if {
	some row in data.facts.demands
	verdict := _verdict(row)
}

_verdict(row) := ["error", $"which no node of cluster \"{row.cluster}\" in {row.region} is"] if {
	not _may_hold(row)
} else := ["warning", $"and nobody knows whether cluster \"{row.cluster}\" has one"] if {
	not _holds(row)
}

_may_hold(row) if {
	some needs in row.alternatives
	_may_all(needs, row.region)
}

_holds(row) if {
	some needs in row.alternatives
	_may_all(needs, row.region)
	every need in needs {
		need.key in _labels
	}
}

# One without needs is met by no node.
_may_all(needs, region) if {
	count(needs) > 0
	every need in needs {
		not _impossible(need, region)
	}
}

_labels := object.keys(_kinds)

# What nodes of every cloud have; the older names are still set.
_kinds := {
	"topology.kubernetes.io/region": "region",
	"failure-domain.beta.kubernetes.io/region": "region",
	"topology.kubernetes.io/zone": "zone",
	"failure-domain.beta.kubernetes.io/zone": "zone",
	"kubernetes.io/os": "system",
	"kubernetes.io/arch": "machine",
}

# What a label has on all nodes or on some.
_machines := {"amd64", "arm64"}

_impossible(need, _) if {
	need.key in _labels
	not need.operator in {"In", "NotIn", "Exists"}
}

_impossible(need, region) if {
	need.operator == "In"
	kind := _kinds[need.key]
	found := [value | some value in need.values; _may_be(kind, value, region)]
	count(found) == 0
}

_impossible(need, region) if {
	need.operator == "NotIn"
	kind := _kinds[need.key]
	only := {"region": region, "system": "linux"}[kind]
	only in need.values
}

_may_be("region", value, region) if value == region

# us-west-2a is a zone of us-west-2, and no zone of us-west-20.
_may_be("zone", value, region) if {
	startswith(value, region)
	regex.match(`^[a-z-]`, substring(value, count(region), -1))
}

_may_be("system", value, _) if value == "linux"

_may_be("machine", value, _) if value in _machines

_said(row) := concat(" or ", [_all(needs) | some needs in row.alternatives]) if {
	count(row.alternatives) > 0
} else := "none of its terms"

_all(needs) := concat(" and ", [_one(need) | some need in needs])

_one(need) := $"{need.key} {need.operator} {concat(", ", need.values)}" if {
	count(need.values) > 0
} else := $"{need.key} {need.operator}"
