package testnet.rules.network["host-name_test"]

import data.testnet.rules.network["host-name"] as rule

row(daemon, host, at) := {"daemon": daemon, "host": host, "at": at}

test_two_daemons_of_one_name if {
	facts := {"daemons": [
		row("b/seed-1", "seed.example.org", 1),
		row("a/seed-1", "seed.example.org", 2),
	]}
	rule.judged == 2 with data.facts as facts
	rule.violations == {{
		"subject": "b/seed-1",
		"message": `public name "seed.example.org" of b/seed-1 is also that of a/seed-1`,
		"at": 1,
		"related": [{"at": 2, "message": "a/seed-1 has it here"}],
	}} with data.facts as facts
}

test_different_names_are_fine if {
	facts := {"daemons": [row("a/1", "a.example.org", 1), row("a/2", "b.example.org", 2)]}
	rule.judged == 2 with data.facts as facts
	count(rule.violations) == 0 with data.facts as facts
}

test_what_has_no_public_name_shares_none if {
	facts := {"daemons": [row("a/workers", "", 1), row("b/workers", "", 2)]}
	rule.judged == 2 with data.facts as facts
	count(rule.violations) == 0 with data.facts as facts
}
