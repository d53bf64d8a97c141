package testnet.rules.patches.matched_test

import data.testnet.rules.patches.matched

patch(unmatched) := {
	"file": "overlays/components/seed/kustomization.yaml",
	"entry": "patches[0]",
	"kind": "patch",
	"overlays": 4,
	"unmatched": unmatched,
	"example": "america/n/seeds-1",
	"at": 1,
}

test_matches_nothing_somewhere if {
	matched.violations == {{
		"subject": "overlays/components/seed/kustomization.yaml",
		"message": "patch patches[0] matches nothing in 1 of 4 overlays, such as america/n/seeds-1",
		"at": 1,
	}} with data.facts.patches as [patch(1), patch(0)]
	matched.judged == 2 with data.facts.patches as [patch(1), patch(0)]
}

test_matches_everywhere if {
	matched.violations == set() with data.facts.patches as [patch(0)]
}
