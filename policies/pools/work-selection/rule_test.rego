package testnet.rules.pools["work-selection_test"]

import data.testnet.rules.pools["work-selection"] as selection

pool(chosen) := {
	"net": "a",
	"pool": "fast",
	"selection": chosen,
	"selections": ["seq", "rand"],
	"at": 1,
	"selection_at": 2,
}

test_a_selection_that_the_daemon_does_not_know if {
	facts := {"pools": [pool("seq"), pool("roffset"), pool("rand")]}
	selection.judged == 3 with data.facts as facts
	selection.violations == {{
		"subject": "a/fast",
		"message": `pool "fast": its daemon knows no work selection "roffset"`,
		"remediation": "Choose one of: seq, rand.",
		"at": 2,
	}} with data.facts as facts
}
