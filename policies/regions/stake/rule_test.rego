package testnet.rules.regions.stake_test

import data.testnet.rules.regions.stake

net(name, all) := {"net": name, "availability": "high", "stake": all}

row(name, region, amount, at) := {"net": name, "region": region, "stake": amount, "at": at}

# What is found where a region is lost that leaves `left` of `all`; the other region is empty.
level(left, all) := {violation.severity | some violation in violations} if {
	violations := stake.violations with data.facts as {
		"nets": [net("a", all)],
		"regions": [row("a", "west", all - left, 1), row("a", "east", left, 2), row("a", "lost", 0, 3)],
	}
}

# As above, for the region "west" alone.
west(left, all) := [violation | some violation in violations; violation.subject == "a/west"] if {
	violations := stake.violations with data.facts as {
		"nets": [net("a", all)],
		"regions": [row("a", "west", all - left, 1), row("a", "east", left, 2)],
	}
}

test_half_is_not_enough if {
	west(50, 100) == [{
		"subject": "a/west",
		"message": `without region "west", 50.0 % of the stake of net "a" is left; it must be over half`,
		"at": 1,
		"severity": "error",
	}]
}

test_just_over_half_is_a_warning if {
	west(5001, 10000) == [{
		"subject": "a/west",
		"message": `without region "west", 50.0 % of the stake of net "a" is left; it should be at least 60 %`,
		"at": 1,
		"severity": "warning",
	}]
}

test_just_below_60_per_cent_is_a_warning if {
	west(5999, 10000)[0].severity == "warning"
	contains(west(5999, 10000)[0].message, "59.9 %")
}

test_60_per_cent_is_a_note if {
	west(60, 100) == [{
		"subject": "a/west",
		"message": `without region "west", 60.0 % of the stake of net "a" is left; two thirds are the goal`,
		"at": 1,
		"severity": "note",
	}]
}

test_just_below_two_thirds_is_a_note if {
	west(1999999999999999999, 3000000000000000000)[0].severity == "note"
	contains(west(1999999999999999999, 3000000000000000000)[0].message, "66.6 %")
}

test_exactly_two_thirds_are_fine if {
	west(2000000000000000000, 3000000000000000000) == []
	west(2, 3) == []
}

test_three_equal_regions_are_fine if {
	facts := {
		"nets": [net("a", 9)],
		"regions": [row("a", "west", 3, 1), row("a", "east", 3, 2), row("a", "north", 3, 3)],
	}
	stake.judged == 1 with data.facts as facts
	count(stake.violations) == 0 with data.facts as facts
}

test_everything_in_one_region if {
	west(0, 100)[0].severity == "error"
	contains(west(0, 100)[0].message, " 0.0 %")
}

test_each_region_is_judged_by_itself if {
	facts := {
		"nets": [net("a", 100)],
		"regions": [row("a", "west", 45, 1), row("a", "east", 35, 2), row("a", "north", 20, 3)],
	}
	found := {[violation.at, violation.severity] | some violation in stake.violations} with data.facts as facts
	found == {[1, "warning"], [2, "note"]}
}

test_stake_without_a_producer_works_against_the_rest if {
	facts := {
		"nets": [net("a", 12)],
		"regions": [row("a", "west", 3, 1), row("a", "east", 3, 2), row("a", "north", 3, 3)],
	}
	found := {[violation.at, violation.severity] | some violation in stake.violations} with data.facts as facts
	found == {[1, "error"], [2, "error"], [3, "error"]}
}

test_nets_do_not_share_their_stake if {
	facts := {
		"nets": [net("a", 9), net("b", 9)],
		"regions": [
			row("a", "west", 3, 1),
			row("a", "east", 3, 2),
			row("a", "north", 3, 3),
			row("b", "west", 9, 4),
		],
	}
	stake.judged == 2 with data.facts as facts
	{violation.subject | some violation in stake.violations} == {"b/west"} with data.facts as facts
}

test_a_single_net_promises_nothing if {
	single := {"net": "a", "availability": "single", "stake": 9}
	facts := {"nets": [single], "regions": [row("a", "west", 9, 1)]}
	stake.judged == 0 with data.facts as facts
	count(stake.violations) == 0 with data.facts as facts
}

test_no_stake_is_not_compared if {
	facts := {"nets": [net("a", 0)], "regions": [row("a", "west", 0, 1)]}
	stake.judged == 1 with data.facts as facts
	count(stake.violations) == 0 with data.facts as facts
}

test_the_least_stake_is_compared if {
	facts := {"nets": [net("a", 1)], "regions": [row("a", "west", 1, 1)]}
	count(stake.violations) == 1 with data.facts as facts
}

test_there_is_one_level_for_each_region if level(10, 100) == {"error"}
