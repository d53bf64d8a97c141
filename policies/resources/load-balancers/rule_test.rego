package testnet.rules.resources["load-balancers_test"]

import data.testnet.rules.resources["load-balancers"] as rule

usage(name, cluster, number, at) := {"net": name, "cluster": cluster, "load_balancers": number, "at": at}

facts(rows) := {
	"clusters": [{"cluster": "west", "load_balancers": 5, "at": 8}, {"cluster": "east", "load_balancers": 5, "at": 9}],
	"usage": rows,
}

found(rows) := violations if {
	violations := rule.violations with data.facts as facts(rows)
}

test_two_nets_need_too_many if {
	rows := [usage("a", "west", 2, 1), usage("b", "west", 4, 2), usage("c", "west", 0, 3), usage("a", "east", 5, 1)]
	rule.judged == 2 with data.facts as facts(rows)
	found(rows) == {{
		"subject": "west",
		"message": `nets on cluster "west" need 6 load balancers and it has 5, most of them net "b"`,
		"at": 2,
		"concerns": [1, 2],
		"related": [{"at": 8, "message": "the cluster is here"}],
	}}
}

test_all_of_them_are_fine if {
	count(found([usage("a", "west", 2, 1), usage("b", "west", 3, 2)])) == 0
}

test_a_cluster_without_nets_is_judged if {
	rule.judged == 2 with data.facts as facts([])
	count(found([])) == 0
}
