package testnet.rules.regions.dependency_test

import data.testnet.rules.regions.dependency

net(name, availability) := {"net": name, "availability": availability}

row(name, source_region, target_region) := {
	"net": name,
	"source": $"{name}/workers",
	"target": $"{name}/coordinator",
	"kind": "coordinator",
	"source_region": source_region,
	"target_region": target_region,
	"at": 3,
}

test_what_is_needed_is_in_another_region if {
	facts := {"nets": [net("a", "high")], "dependencies": [row("a", "west", "east")]}
	dependency.judged == 1 with data.facts as facts
	dependency.violations == {{
		"subject": "a/workers",
		"message": `a/workers in region "west" stops when region "east" is lost: it needs a/coordinator there (coordinator)`,
		"at": 3,
	}} with data.facts as facts
}

test_one_region_is_fine if {
	facts := {"nets": [net("a", "high")], "dependencies": [row("a", "west", "west")]}
	dependency.judged == 1 with data.facts as facts
	count(dependency.violations) == 0 with data.facts as facts
}

test_a_single_net_promises_nothing if {
	facts := {
		"nets": [net("a", "single"), net("b", "high")],
		"dependencies": [row("a", "west", "east"), row("b", "west", "west")],
	}
	dependency.judged == 2 with data.facts as facts
	count(dependency.violations) == 0 with data.facts as facts
}
