package testnet.rules.keys.unknown_test

import data.testnet.rules.keys.unknown

test_a_key_of_no_pool if {
	facts := {"key_uses": [
		{"net": "a", "name": "whale-1", "registered": true, "at": 1},
		{"net": "a", "name": "whale-31", "registered": false, "at": 2},
	]}
	unknown.judged == 2 with data.facts as facts
	unknown.violations == {{
		"subject": "a/whale-31",
		"message": `key "whale-31" is in no pool of environments/keys`,
		"at": 2,
	}} with data.facts as facts
}

test_no_keys if {
	unknown.judged == 0 with data.facts as {"key_uses": []}
	count(unknown.violations) == 0 with data.facts as {"key_uses": []}
}
