package testnet.rules.lifecycle.owner_test

import data.testnet.rules.lifecycle.owner

settings(owners) := {"parameters": {"lifecycle/owner": {
	"owners": owners,
	"placeholders": ["todo"],
}}}

found(name, owners) := violations if {
	facts := {"nets": [{"net": "a", "owner": name, "at": 1, "owner_at": 2}]}
	violations := owner.violations with data.facts as facts with data.settings as settings(owners)
}

test_any_team_is_fine_where_none_is_listed if found("protocol", []) == set()

test_a_team_that_is_listed_is_fine if found("protocol", ["cryptography", "protocol"]) == set()

test_a_team_that_is_not_listed if {
	count(found("economy", ["protocol"])) == 1
	found("economy", ["protocol", "cryptography"]) == {{
		"subject": "a",
		"message": `owner "economy" of net "a" is no team that is known`,
		"remediation": "Choose one of: cryptography, protocol; or add the team in the settings.",
		"at": 2,
	}}
}

test_a_placeholder if {
	found("todo", []) == {{
		"subject": "a",
		"message": `net "a" has no owner but "todo"`,
		"at": 2,
	}}
	found("TODO", ["TODO"]) == {{
		"subject": "a",
		"message": `net "a" has no owner but "TODO"`,
		"at": 2,
	}}
}

test_no_owner_is_one_finding if {
	count(found("", [])) == 1
	count(found(" ", ["protocol"])) == 1
}

# A setting that is gone must not look like a rule that found nothing.
test_nothing_is_judged_without_the_parameter if {
	facts := {"nets": [{"net": "a", "owner": "protocol", "owner_at": 2}]}
	owner.judged == 1 with data.facts as facts with data.settings as settings([])
	not owner.judged with data.facts as facts with data.settings as {}
}
