package testnet.rules.flux.cycle_test

import data.testnet.rules.flux.cycle

# Edges are written as [source, target], and Kustomizations as net/part.
facts(parts, edges) := {
	"kustomizations": [{"kustomization": part, "net": split(part, "/")[0]} | some part in parts],
	"flux_depends": [{"kustomization": edge[0], "on": edge[1], "at": i} | some i, edge in edges],
}

found(parts, edges) := violations if {
	violations := cycle.violations with data.facts as facts(parts, edges)
}

test_phases_in_order if {
	edges := [["n/b", "n/a"], ["n/c", "n/a"], ["n/d", "n/b"], ["n/d", "n/c"]]
	found(["n/a", "n/b", "n/c", "n/d"], edges) == set()
	cycle.judged == 4 with data.facts as facts(["n/a", "n/b", "n/c", "n/d"], edges)
}

test_waits_for_itself if {
	found(["n/a"], [["n/a", "n/a"]]) == {{
		"subject": "n/a",
		"message": "n/a depends on n/a, which waits for n/a in turn",
		"at": 0,
	}}
}

test_circle_of_three_but_not_what_leads_to_it if {
	edges := [["n/a", "n/b"], ["n/b", "n/c"], ["n/c", "n/a"], ["n/d", "n/a"]]
	{violation.at | some violation in found(["n/a", "n/b", "n/c", "n/d"], edges)} == {0, 1, 2}
}

# Whichever of its needs the circle goes through, and only where it does.
test_one_of_several_needs if {
	needs := [["n/a", "n/b"], ["n/a", "n/c"], ["n/a", "n/d"], ["n/z", "n/b"]]
	parts := ["n/a", "n/b", "n/c", "n/d", "n/z"]
	every i in [0, 1, 2] {
		edges := array.concat(needs, [[needs[i][1], "n/a"]])
		{violation.at | some violation in found(parts, edges)} == {i, 4}
	}
	found(parts, array.concat(needs, [["n/b", "n/z"]])) != set()
	found(parts, array.concat(needs, [["n/d", "n/z"]])) == set()
}

# Each net is judged alone: same names, other nets.
test_two_nets if {
	edges := [["m/a", "m/b"], ["n/b", "n/a"]]
	found(["m/a", "m/b", "n/a", "n/b"], edges) == set()
}

test_circle_over_two_nets_leaves_one if {
	found(["m/a", "n/a"], [["m/a", "n/a"], ["n/a", "m/a"]]) == {
		{"subject": "m/a", "message": "m/a depends on n/a, which is not of its net", "at": 0},
		{"subject": "n/a", "message": "n/a depends on m/a, which is not of its net", "at": 1},
	}
}

# flux/depends speaks of it.
test_target_that_is_not_there if {
	found(["n/a"], [["n/a", "n/gone"]]) == set()
}

test_none if {
	cycle.judged == 0 with data.facts as facts([], [])
	found([], []) == set()
}
