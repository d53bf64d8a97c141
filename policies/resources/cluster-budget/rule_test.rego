package testnet.rules.resources["cluster-budget_test"]

import data.testnet.rules.resources["cluster-budget"] as rule

parameters := {"resources/cluster-budget": {"dollars": {"west": 100}}}

usage(name, cluster, cents, at) := {"net": name, "cluster": cluster, "cents": cents, "at": at}

facts(rows) := {
	"clusters": [{"cluster": "west", "at": 8}, {"cluster": "east", "at": 9}],
	"usage": rows,
}

found(rows) := violations if {
	violations := rule.violations with data.facts as facts(rows) with data.settings.parameters as parameters
}

test_two_nets_cost_too_much if {
	rows := [usage("a", "west", 6000, 1), usage("b", "west", 4001, 2), usage("c", "west", 0, 3), usage("a", "east", 99999, 1)]
	rule.judged == 2 with data.facts as facts(rows) with data.settings.parameters as parameters
	found(rows) == {{
		"subject": "west",
		"message": `nets on cluster "west" cost 101 of 100 dollars a month, most of it net "a"`,
		"at": 1,
		"concerns": [1, 2],
		"severity": "error",
		"related": [{"at": 8, "message": "the cluster is here"}],
	}}
}

test_all_of_a_budget_is_a_note if {
	some violation in found([usage("a", "west", 10000, 1)])
	violation.severity == "note"
}

test_four_fifths_are_fine if {
	count(found([usage("a", "west", 8001, 1)])) == 1
	count(found([usage("a", "west", 8000, 1)])) == 0
}

test_a_cluster_without_a_budget_has_no_limit if {
	count(found([usage("a", "east", 99999999, 1)])) == 0
}

test_a_cluster_without_nets_costs_nothing if count(found([])) == 0

test_nothing_is_judged_without_the_parameter if {
	not rule.judged with data.facts as facts([]) with data.settings.parameters as {}
}

test_what_is_shipped_can_be_judged if rule.judged == 2 with data.facts as facts([])
