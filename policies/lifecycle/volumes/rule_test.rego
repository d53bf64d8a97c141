package testnet.rules.lifecycle.volumes_test

import data.testnet.rules.lifecycle.volumes

claim(name, kept) := {
	"net": "a",
	"object": name,
	"kept": kept,
	"at": 1,
}

test_a_claim_that_is_not_kept if {
	facts := {"volumes": [claim("asia/net-a/whale-1-g1", true), claim("asia/net-a/whale-2-g1", false)]}
	volumes.judged == 2 with data.facts as facts
	volumes.violations == {{
		"subject": "asia/net-a/whale-2-g1",
		"message": `claim asia/net-a/whale-2-g1 of protected net "a" would be deleted with its daemon`,
		"at": 1,
		"object": "asia/net-a/whale-2-g1",
		"field": "metadata.annotations[kustomize.toolkit.fluxcd.io/prune]",
	}} with data.facts as facts
}

test_no_protected_net if {
	volumes.judged == 0 with data.facts as {"volumes": []}
	count(volumes.violations) == 0 with data.facts as {"volumes": []}
}
