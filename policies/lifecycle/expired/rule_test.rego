package testnet.rules.lifecycle.expired_test

import data.testnet.rules.lifecycle.expired

settings := {"parameters": {"lifecycle/expired": {"warn_hours": 6}}}

now := 1000000

facts(end, is_published) := {"now": now, "nets": [{
	"net": "a",
	"expires": end,
	"is_published": is_published,
	"at": 1,
	"ttl_at": 2,
}]}

found(end, is_published) := violations if {
	violations := expired.violations with data.facts as facts(end, is_published)
		with data.settings as settings
}

test_a_net_that_has_expired if {
	found(now - 10800, true) == {{
		"subject": "a",
		"message": `net "a" expired 3h ago`,
		"at": 2,
	}}
	{violation.message | some violation in found(now - 1, false)} == {`net "a" expired 0m ago`}
}

test_a_net_that_is_about_to_expire if {
	found(now + 21600, true) == {{
		"subject": "a",
		"message": `net "a" expires in 6h`,
		"severity": "warning",
		"at": 2,
	}}
	{violation.severity | some violation in found(now, true)} == {"warning"}
}

test_a_net_with_time_left_is_fine if found(now + 21601, true) == set()

test_a_short_life_is_no_warning_before_it_begins if {
	found(now + 3600, false) == set()
	found(now, false) == set()
}

test_a_net_without_an_end_is_fine if {
	found(0, true) == set()
	found(0, false) == set()
}

# A setting that is gone must not look like a rule that found nothing.
test_nothing_is_judged_without_the_parameter if {
	expired.judged == 1 with data.facts as facts(0, true) with data.settings as settings
	not expired.judged with data.facts as facts(0, true) with data.settings as {}
}
