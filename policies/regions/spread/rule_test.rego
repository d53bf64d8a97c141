package testnet.rules.regions.spread_test

import data.testnet.rules.regions.spread

net(name, availability) := {"net": name, "availability": availability, "regions_at": 7}

row(name, region, daemons) := {"net": name, "region": region, "daemons": daemons}

limit := {"regions/spread": {"regions": 3}}

test_two_regions_are_too_few if {
	facts := {
		"nets": [net("a", "high")],
		"regions": [row("a", "west", 4), row("a", "east", 1), row("b", "north", 1)],
	}
	spread.judged == 1 with data.facts as facts with data.settings.parameters as limit
	spread.violations == {{
		"subject": "a",
		"message": `net "a" runs in 2 of the 3 regions that high availability takes`,
		"at": 7,
	}} with data.facts as facts with data.settings.parameters as limit
}

test_three_regions_are_enough if {
	facts := {
		"nets": [net("a", "high")],
		"regions": [row("a", "west", 4), row("a", "east", 1), row("a", "north", 1)],
	}
	spread.judged == 1 with data.facts as facts with data.settings.parameters as limit
	count(spread.violations) == 0 with data.facts as facts with data.settings.parameters as limit
}

test_a_region_without_daemons_does_not_count if {
	facts := {
		"nets": [net("a", "high")],
		"regions": [row("a", "west", 4), row("a", "east", 1), row("a", "north", 0)],
	}
	count(spread.violations) == 1 with data.facts as facts with data.settings.parameters as limit
}

test_a_region_counts_once if {
	facts := {
		"nets": [net("a", "high")],
		"regions": [row("a", "west", 4), row("a", "west", 1), row("a", "east", 1)],
	}
	count(spread.violations) == 1 with data.facts as facts with data.settings.parameters as limit
}

test_a_net_without_any_row_is_judged if {
	facts := {"nets": [net("a", "high")], "regions": []}
	count(spread.violations) == 1 with data.facts as facts with data.settings.parameters as limit
}

test_a_single_net_promises_nothing if {
	facts := {"nets": [net("a", "single")], "regions": [row("a", "west", 4)]}
	spread.judged == 0 with data.facts as facts with data.settings.parameters as limit
	count(spread.violations) == 0 with data.facts as facts with data.settings.parameters as limit
}

test_the_number_of_regions_is_a_parameter if {
	facts := {
		"nets": [net("a", "high")],
		"regions": [row("a", "west", 4), row("a", "east", 1), row("a", "north", 1)],
	}
	four := {"regions/spread": {"regions": 4}}
	count(spread.violations) == 1 with data.facts as facts with data.settings.parameters as four
}

test_nothing_is_judged_without_the_parameter if {
	facts := {"nets": [net("a", "high")], "regions": []}
	not spread.judged with data.facts as facts with data.settings.parameters as {}
}

test_three_is_what_is_set if data.settings.parameters["regions/spread"].regions == 3
