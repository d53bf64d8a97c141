package testnet.rules.flux.depends_test

import data.testnet.rules.flux.depends

row(exists, same, expression) := {
	"kustomization": "america/n-seeds-1",
	"on": "america/n-shared-1",
	"exists": exists,
	"same_source": same,
	"ready_expression": expression,
	"at": 1,
}

found(exists, same, expression) := violations if {
	violations := depends.violations with data.facts.flux_depends as [row(exists, same, expression)]
}

violation(message) := {"subject": "america/n-seeds-1", "message": message, "at": 1}

test_in_step if {
	found(true, true, false) == set()
}

test_not_there if {
	found(false, true, false) == {violation("america/n-seeds-1 waits for america/n-shared-1, which is not there")}
	count(found(false, false, false)) == 1
}

test_another_source if {
	found(true, false, false) == {violation("america/n-seeds-1 waits for any revision of america/n-shared-1, which has another source")}
}

test_expression if {
	found(true, true, true) == {violation("america/n-seeds-1 waits for america/n-shared-1 by an expression, which compares no revisions")}
}

test_judged if {
	depends.judged == 2 with data.facts.flux_depends as [row(true, true, false), row(false, true, false)]
	depends.judged == 0 with data.facts.flux_depends as []
}
