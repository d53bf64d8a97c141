package testnet.rules.resources.capacity_test

import data.testnet.rules.resources.capacity

gib := (1024 * 1024) * 1024

cluster(name, at) := {
	"cluster": name,
	"cpu": 100000,
	"memory": 100 * gib,
	"storage": 100 * gib,
	"at": at,
}

usage(name, place, change) := object.union(
	{"net": name, "cluster": place, "cpu": 0, "memory": 0, "storage": 0, "at": 1},
	change,
)

facts(rows) := {"clusters": [cluster("west", 8), cluster("east", 9)], "usage": rows}

found(rows) := violations if {
	violations := capacity.violations with data.facts as facts(rows)
}

one(change) := {[violation.subject, violation.severity] | some violation in found([usage("a", "west", change)])}

test_two_nets_do_not_fit_together if {
	rows := [
		usage("a", "west", {"cpu": 40000}),
		usage("b", "west", {"cpu": 60250, "at": 2}),
		usage("c", "west", {"memory": 1, "at": 3}),
		usage("a", "east", {"cpu": 50000}),
	]
	capacity.judged == 2 with data.facts as facts(rows)
	found(rows) == {{
		"subject": "west/cpu",
		"message": `nets on cluster "west" ask for 101 of 100 cores, most of it net "b"`,
		"at": 2,
		"concerns": [1, 2],
		"severity": "error",
		"related": [{"at": 8, "message": "the cluster is here"}],
	}}
}

test_each_kind_is_compared if {
	one({"cpu": 100001}) == {["west/cpu", "error"]}
	one({"memory": (100 * gib) + 1}) == {["west/memory", "error"]}
	one({"storage": (100 * gib) + 1}) == {["west/storage", "error"]}
}

test_figures_are_in_the_units_of_people if {
	some violation in found([usage("a", "west", {"memory": 150 * gib})])
	contains(violation.message, "ask for 150 of 100 GiB of memory,")
	some other in found([usage("a", "west", {"storage": 150 * gib})])
	contains(other.message, "ask for 150 of 100 GiB of storage,")
}

test_a_full_cluster_is_a_warning if {
	one({"cpu": 100000}) == {["west/cpu", "warning"]}
	one({"memory": 100 * gib}) == {["west/memory", "warning"]}
	one({"storage": 100 * gib}) == {["west/storage", "warning"]}
}

test_four_fifths_are_fine if {
	one({"cpu": 80001}) == {["west/cpu", "warning"]}
	one({"cpu": 80000}) == set()
}

test_a_cluster_without_nets_is_judged if {
	capacity.judged == 2 with data.facts as facts([])
	count(found([])) == 0
}
