package testnet.rules.genesis.same_test

import data.testnet.rules.genesis.same

built := {
	"net": "a",
	"cluster": "asia",
	"digest": "0123456789abcdef",
	"wanted_digest": "0123456789abcdef",
	"time": "2026-12-01T12:30:00Z",
	"wanted_time": "2026-12-01T12:30:00Z",
	"object": "asia/a/ConfigMap/genesis-0",
	"at": 1,
}

found(changes) := violations if {
	facts := {"genesis": [built, object.union(built, changes)]}
	violations := same.violations with data.facts as facts
}

test_the_same_everywhere_is_fine if {
	found({}) == set()
	same.judged == 2 with data.facts as {"genesis": [built, built]}
}

test_another_genesis if {
	found({"digest": "123456789abcdef0"}) == {{
		"subject": "a",
		"message": `net "a" on cluster "asia" has genesis 123456789abc, not 0123456789ab as planned`,
		"at": 1,
		"object": "asia/a/ConfigMap/genesis-0",
		"field": "data",
	}}
}

test_a_genesis_that_nobody_planned if {
	{violation.message | some violation in found({"wanted_digest": ""})} == {
		`net "a" on cluster "asia" has a genesis of its own beside that of the image`,
	}
}

test_no_genesis if {
	{violation.message | some violation in found({"digest": ""})} == {
		`net "a" on cluster "asia" has no genesis`,
	}
}

test_a_genesis_of_the_image_is_fine if found({"digest": "", "wanted_digest": ""}) == set()

test_another_time if {
	found({"time": "2026-12-01T13:00:00Z"}) == {{
		"subject": "a",
		"message": concat(" ", [
			`net "a" on cluster "asia" starts at "2026-12-01T13:00:00Z",`,
			`not at "2026-12-01T12:30:00Z" as planned`,
		]),
		"at": 1,
		"object": "asia/a/ConfigMap/genesis-0",
		"field": "data",
	}}
}
