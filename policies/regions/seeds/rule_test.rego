package testnet.rules.regions.seeds_test

import data.testnet.rules.regions.seeds

net(name, availability) := {"net": name, "availability": availability, "at": 9}

row(name, region, amount, at) := {"net": name, "region": region, "seeds": amount, "at": at}

test_all_seeds_in_one_region if {
	facts := {
		"nets": [net("a", "high")],
		"regions": [row("a", "west", 0, 1), row("a", "east", 3, 2), row("b", "west", 4, 3)],
	}
	seeds.judged == 1 with data.facts as facts
	seeds.violations == {{
		"subject": "a/east",
		"message": `all 3 seeds of net "a" are in region "east"`,
		"at": 2,
	}} with data.facts as facts
}

test_one_seed_is_too_few if {
	facts := {"nets": [net("a", "high")], "regions": [row("a", "west", 1, 1), row("a", "east", 0, 2)]}
	seeds.violations == {{
		"subject": "a",
		"message": `net "a" has 1 of the 2 seeds that high availability takes`,
		"at": 9,
	}} with data.facts as facts
}

test_a_net_without_seeds if {
	facts := {"nets": [net("a", "high")], "regions": [row("a", "west", 0, 1), row("b", "west", 2, 2)]}
	{violation.subject | some violation in seeds.violations} == {"a"} with data.facts as facts
}

test_a_net_without_any_row_is_judged if {
	facts := {"nets": [net("a", "high")], "regions": []}
	seeds.judged == 1 with data.facts as facts
	count(seeds.violations) == 1 with data.facts as facts
}

test_two_seeds_in_one_region if {
	facts := {"nets": [net("a", "high")], "regions": [row("a", "west", 2, 1), row("a", "east", 0, 2)]}
	{violation.subject | some violation in seeds.violations} == {"a/west"} with data.facts as facts
}

test_two_seeds_in_two_regions_are_fine if {
	facts := {"nets": [net("a", "high")], "regions": [row("a", "west", 1, 1), row("a", "east", 1, 2)]}
	seeds.judged == 1 with data.facts as facts
	count(seeds.violations) == 0 with data.facts as facts
}

test_a_single_net_promises_nothing if {
	facts := {
		"nets": [net("a", "single"), net("b", "single")],
		"regions": [row("a", "west", 1, 1), row("b", "west", 3, 2)],
	}
	seeds.judged == 0 with data.facts as facts
	count(seeds.violations) == 0 with data.facts as facts
}
