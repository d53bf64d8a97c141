package testnet.rules.flux.substitution_test

import data.testnet.rules.flux.substitution

row(post_build, variables) := {
	"kustomization": "america/n-shared-1",
	"post_build": post_build,
	"substitutions": variables,
	"at": 1,
}

test_post_build if {
	rows := [row(true, 3)]
	substitution.violations == {{
		"subject": "america/n-shared-1",
		"message": "america/n-shared-1 has postBuild, and 3 variables for it to replace",
		"at": 1,
	}} with data.facts.kustomizations as rows
	count(substitution.violations) == 1 with data.facts.kustomizations as [row(true, 0)]
}

test_variables_are_fine_without_it if {
	substitution.violations == set() with data.facts.kustomizations as [row(false, 3)]
	substitution.judged == 1 with data.facts.kustomizations as [row(false, 3)]
}
