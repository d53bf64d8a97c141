package testnet.rules.workload.nodes_test

import data.testnet.rules.workload.nodes

need(key, operator, values) := {"key": key, "operator": operator, "values": values}

region := "topology.kubernetes.io/region"

zone := "topology.kubernetes.io/zone"

found(alternatives) := violations if {
	row := {
		"object": "america/net-n/StatefulSet/d",
		"cluster": "america",
		"region": "us-west-2",
		"field": "spec.template.spec.nodeSelector",
		"alternatives": alternatives,
		"at": 3,
	}
	violations := nodes.violations with data.facts as {"workloads": [1, 2], "demands": [row]}
}

severities(alternatives) := [v.severity | some v in found(alternatives)]

one(key, operator, values) := severities([[need(key, operator, values)]])

test_a_region_of_another_cluster if {
	found([[need(region, "In", ["eu-central-1"])]]) == {{
		"subject": "america/net-n/StatefulSet/d",
		"severity": "error",
		"message": `america/net-n/StatefulSet/d demands a node with topology.kubernetes.io/region In eu-central-1, which no node of cluster "america" in us-west-2 is`,
		"at": 3,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.template.spec.nodeSelector",
	}}
}

test_regions if {
	one(region, "In", ["eu-central-1", "us-west-2"]) == []
	one(region, "NotIn", ["us-west-2"]) == ["error"]
	one(region, "NotIn", ["eu-central-1"]) == []
	one(region, "Exists", []) == []
	one(region, "DoesNotExist", []) == ["error"]
	one(region, "Gt", ["1"]) == ["error"]
	one("failure-domain.beta.kubernetes.io/region", "In", ["eu-central-1"]) == ["error"]
}

test_zones if {
	one(zone, "In", ["us-west-2a"]) == []
	one(zone, "In", ["us-west-2-lax-1a"]) == []
	one(zone, "In", ["us-west-20a"]) == ["error"]
	one(zone, "In", ["us-west-2"]) == ["error"]
	one(zone, "In", ["eu-central-1a"]) == ["error"]
	one(zone, "NotIn", ["us-west-2a"]) == []
	one("failure-domain.beta.kubernetes.io/zone", "In", ["eu-central-1a"]) == ["error"]
}

test_systems_and_machines if {
	one("kubernetes.io/os", "In", ["linux"]) == []
	one("kubernetes.io/os", "In", ["windows"]) == ["error"]
	one("kubernetes.io/os", "NotIn", ["linux"]) == ["error"]
	one("kubernetes.io/arch", "In", ["amd64"]) == []
	one("kubernetes.io/arch", "In", ["s390x"]) == ["error"]
	one("kubernetes.io/arch", "NotIn", ["amd64"]) == []
}

test_what_the_fleet_does_not_say if {
	found([[need("pool", "Exists", [])]]) == {{
		"subject": "america/net-n/StatefulSet/d",
		"severity": "warning",
		"message": `america/net-n/StatefulSet/d demands a node with pool Exists, and nobody knows whether cluster "america" has one`,
		"at": 3,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.template.spec.nodeSelector",
	}}
	one("pool", "NotIn", ["us-west-2"]) == ["warning"]
}

test_one_of_the_alternatives_is_enough if {
	own := need(zone, "In", ["us-west-2a"])
	other := need(zone, "In", ["eu-central-1a"])
	pool := need("pool", "In", ["x"])
	severities([[other], [own]]) == []
	severities([[pool], [own]]) == []
	severities([[other], [pool]]) == ["warning"]
	severities([[own, pool]]) == ["warning"]
	severities([[own, other]]) == ["error"]
	severities([[pool, other]]) == ["error"]
}

test_no_needs_are_met_by_no_node if {
	severities([[]]) == ["error"]
	[v.message | some v in found([])] == [`america/net-n/StatefulSet/d demands a node with none of its terms, which no node of cluster "america" in us-west-2 is`]
}

test_all_are_judged if {
	facts := {"workloads": [1, 2], "demands": []}
	nodes.judged == 2 with data.facts as facts
	nodes.violations == set() with data.facts as facts
}
