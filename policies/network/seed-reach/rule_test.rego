package testnet.rules.network["seed-reach_test"]

import data.testnet.rules.network["seed-reach"] as rule

region(name, cluster, seeds, at) := {
	"net": name,
	"region": $"{cluster}-1",
	"cluster": cluster,
	"seeds": seeds,
	"at": at,
}

built := [{"net": "a", "kind": "StatefulSet"}, {"net": "b", "kind": "StatefulSet"}]

clusters := [{"cluster": "west"}, {"cluster": "east"}]

egress := [
	{"cluster": "west", "cidr": "203.0.113.10/32"},
	{"cluster": "west", "cidr": "203.0.113.11/32"},
	{"cluster": "east", "cidr": "203.0.113.128/28"},
]

let_in(name, cluster, ranges) := [{"net": name, "cluster": cluster, "cidr": range} | some range in ranges]

# Net "a" with seeds on "west" alone, which let in `ranges`.
found(ranges) := violations if {
	violations := rule.violations with data.facts as {
		"nets": [{"net": "a"}],
		"workloads": built,
		"regions": [region("a", "west", 1, 1), region("a", "east", 0, 2)],
		"clusters": clusters,
		"egress": egress,
		"admitted": let_in("a", "west", ranges),
	}
}

test_one_address_of_another_cluster_is_shut_out if {
	found(["203.0.113.10/32", "203.0.113.11/32"]) == {{
		"subject": "a/east-1/west-1",
		"message": `seeds of net "a" on cluster "west" do not let in 203.0.113.128/28, by which cluster "east" reaches the world`,
		"at": 2,
		"related": [{"at": 1, "message": "the seeds are here"}],
	}}
}

test_all_that_is_shut_out_is_named if {
	some violation in found(["203.0.113.128/28"])
	contains(violation.message, "do not let in 203.0.113.10/32, 203.0.113.11/32, by which")
}

test_each_address_counts if {
	count(found(["203.0.113.10/32", "203.0.113.128/28"])) == 1
}

test_what_is_written_alike_is_let_in if {
	count(found(["203.0.113.10/32", "203.0.113.11/32", "203.0.113.128/28"])) == 0
}

test_a_wider_range_lets_in if {
	count(found(["203.0.113.0/24"])) == 0
	count(found(["0.0.0.0/0"])) == 0
	count(found(["203.0.113.10/31", "203.0.113.128/25"])) == 0
}

test_a_narrower_range_does_not if {
	count(found(["203.0.113.10/31", "203.0.113.128/29"])) == 1
}

test_nothing_is_let_in if {
	count(found([])) == 2
}

test_every_cluster_with_seeds_lets_in_every_cluster if {
	facts := {
		"nets": [{"net": "a"}],
		"workloads": built,
		"regions": [region("a", "west", 1, 1), region("a", "east", 2, 2)],
		"clusters": clusters,
		"egress": egress,
		"admitted": let_in("a", "west", ["0.0.0.0/0"]),
	}
	rule.judged == 1 with data.facts as facts
	subjects := {violation.subject | some violation in rule.violations} with data.facts as facts
	subjects == {"a/west-1/east-1", "a/east-1/east-1"}
}

test_what_another_net_lets_in_is_not_the_net_s_own if {
	facts := {
		"nets": [{"net": "a"}, {"net": "b"}],
		"workloads": built,
		"regions": [region("a", "west", 1, 1), region("b", "west", 1, 2), region("b", "east", 0, 3)],
		"clusters": clusters,
		"egress": egress,
		"admitted": array.concat(
			let_in("a", "west", ["203.0.113.10/31"]),
			let_in("b", "west", ["203.0.113.128/28"]),
		),
	}
	rule.judged == 2 with data.facts as facts
	{violation.subject | some violation in rule.violations} == {"b/west-1/west-1"} with data.facts as facts
}

test_another_cluster_of_the_net_does_not_let_in_for_it if {
	facts := {
		"nets": [{"net": "a"}],
		"workloads": built,
		"regions": [region("a", "west", 1, 1), region("a", "east", 0, 2)],
		"clusters": clusters,
		"egress": egress,
		"admitted": let_in("a", "east", ["0.0.0.0/0"]),
	}
	count(rule.violations) == 2 with data.facts as facts
}

test_clusters_without_the_net_need_not_reach_it if {
	facts := {
		"nets": [{"net": "a"}],
		"workloads": built,
		"regions": [region("a", "west", 1, 1)],
		"clusters": clusters,
		"egress": egress,
		"admitted": let_in("a", "west", ["203.0.113.10/31"]),
	}
	count(rule.violations) == 0 with data.facts as facts
}

test_a_net_that_was_not_built_has_nothing_to_judge if {
	facts := {
		"nets": [{"net": "a"}],
		"workloads": [{"net": "a", "kind": ""}, {"net": "b", "kind": "StatefulSet"}],
		"regions": [region("a", "west", 1, 1)],
		"clusters": clusters,
		"egress": egress,
		"admitted": [],
	}
	rule.judged == 1 with data.facts as facts
	count(rule.violations) == 0 with data.facts as facts
}
