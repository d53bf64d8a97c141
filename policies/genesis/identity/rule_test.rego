package testnet.rules.genesis.identity_test

import data.testnet.rules.genesis.identity

net(name, purpose, hash, at) := {
	"net": name,
	"purpose": purpose,
	"identity": hash,
	"genesis_at": at,
}

test_two_qa_nets if {
	facts := {"nets": [
		net("b", "qa", "aa", 2),
		net("a", "qa", "aa", 1),
		net("c", "public", "bb", 3),
	]}
	identity.judged == 3 with data.facts as facts
	identity.violations == {{
		"subject": "b",
		"message": `net "b" has the genesis of net "a"`,
		"severity": "warning",
		"at": 2,
		"related": [{"at": 1, "message": `that of "a" is here`}],
	}} with data.facts as facts
}

test_one_public_net_makes_it_an_error if {
	facts := {"nets": [net("a", "qa", "aa", 1), net("b", "qa", "aa", 2), net("c", "public", "aa", 3)]}
	{[violation.at, violation.severity] | some violation in identity.violations} == {
		[2, "error"],
		[3, "error"],
	} with data.facts as facts
}

test_unknown_identities_are_not_one if {
	facts := {"nets": [net("a", "public", "", 1), net("b", "qa", "", 2)]}
	identity.judged == 2 with data.facts as facts
	count(identity.violations) == 0 with data.facts as facts
}
