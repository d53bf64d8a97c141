package testnet.rules.regions.distance_test

import data.testnet.rules.regions.distance

row(rtt, measured) := {
	"net": "a",
	"one": "west",
	"other": "east",
	"rtt": rtt,
	"wanted": 60,
	"measured": measured,
	"at": 5,
}

test_measured_and_too_near if {
	facts := {"distances": [row(59, true)]}
	distance.judged == 1 with data.facts as facts
	distance.violations == {{
		"subject": "a/west/east",
		"message": `between "west" and "east" a round trip takes 59 ms (measured), less than the 60 ms asked for`,
		"at": 5,
		"severity": "error",
	}} with data.facts as facts
}

test_an_estimate_is_a_warning if {
	facts := {"distances": [row(59, false)]}
	distance.violations == {{
		"subject": "a/west/east",
		"message": `between "west" and "east" a round trip takes 59 ms (an estimate), less than the 60 ms asked for`,
		"at": 5,
		"severity": "warning",
	}} with data.facts as facts
}

test_just_far_enough if {
	facts := {"distances": [row(60, true), row(60, false)]}
	distance.judged == 2 with data.facts as facts
	count(distance.violations) == 0 with data.facts as facts
}
