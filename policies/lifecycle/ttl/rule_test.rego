package testnet.rules.lifecycle.ttl_test

import data.testnet.rules.lifecycle.ttl

settings := {"parameters": {"lifecycle/ttl": {"most_days": 14}}}

facts(purpose, seconds) := {"nets": [{
	"net": "a",
	"purpose": purpose,
	"ttl": seconds,
	"at": 1,
	"ttl_at": 2,
}]}

found(purpose, seconds) := violations if {
	violations := ttl.violations with data.facts as facts(purpose, seconds) with data.settings as settings
}

test_within_the_limit_is_fine if {
	found("qa", 1) == set()
	found("qa", 1209600) == set()
}

test_beyond_the_limit if {
	found("qa", 1296000) == {{
		"subject": "a",
		"message": `net "a" lives for 15d, and 14d is the most`,
		"at": 2,
	}}
	count(found("qa", 1209601)) == 1
}

test_a_net_for_qa_without_an_end if {
	found("qa", 0) == {{
		"subject": "a",
		"message": `net "a" is for QA and never ends`,
		"remediation": "Add `ttl`, such as `ttl: 72h`.",
		"at": 2,
	}}
}

test_a_public_net_without_an_end_is_fine if found("public", 0) == set()

test_a_public_net_with_an_end if {
	found("public", 1296000) == {{
		"subject": "a",
		"message": `net "a" is public and would end after 15d`,
		"remediation": "Remove `ttl`, or make it a net for QA.",
		"at": 2,
	}}
	count(found("public", 1)) == 1
}

# A setting that is gone must not look like a rule that found nothing.
test_nothing_is_judged_without_the_parameter if {
	ttl.judged == 1 with data.facts as facts("qa", 60) with data.settings as settings
	not ttl.judged with data.facts as facts("qa", 60) with data.settings as {}
}
