package testnet.rules.workload.grace_test

import data.testnet.rules.workload.grace

shape(role, seconds) := {
	"object": "america/net-n/StatefulSet/d",
	"role": role,
	"grace": seconds,
	"at": 6,
}

_settings := {"parameters": {"workload/grace": {"least_seconds": 30, "most_seconds": 3600}}}

found(role, seconds) := violations if {
	violations := grace.violations with data.facts.shapes as [shape(role, seconds)] with data.settings as _settings
}

test_none_at_all if {
	found("service", 0) == {{
		"subject": "america/net-n/StatefulSet/d",
		"message": "the pod of america/net-n/StatefulSet/d is forgotten before it has stopped: its grace period is 0 s",
		"at": 6,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.template.spec.terminationGracePeriodSeconds",
	}}
	count(found("block-producer", 0)) == 1
	count(found("block-producer", -1)) == 1
}

test_short if {
	found("block-producer", 29) == {{
		"subject": "america/net-n/StatefulSet/d",
		"severity": "warning",
		"message": "block producer america/net-n/StatefulSet/d has 29 s to stop, less than 30 s",
		"at": 6,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.template.spec.terminationGracePeriodSeconds",
	}}
	{v.severity | some v in found("block-producer", 1)} == {"warning"}
}

test_long_enough if {
	found("block-producer", 30) == set()
	found("seed", 1) == set()
}

test_judged_only_with_the_figure if {
	shapes := [shape("seed", 60), shape("service", 0)]
	grace.judged == 2 with data.facts.shapes as shapes with data.settings as _settings
	not grace.judged with data.facts.shapes as shapes with data.settings as {}
	text := {"parameters": {"workload/grace": {"least_seconds": "30s", "most_seconds": 3600}}}
	not grace.judged with data.facts.shapes as shapes with data.settings as text
	half := {"parameters": {"workload/grace": {"least_seconds": 30}}}
	not grace.judged with data.facts.shapes as shapes with data.settings as half
}

test_too_long if {
	found("seed", 3601) == {{
		"subject": "america/net-n/StatefulSet/d",
		"message": "the pod of america/net-n/StatefulSet/d has 3601 s to stop, more than 3600 s",
		"at": 6,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.template.spec.terminationGracePeriodSeconds",
	}}
	count(found("block-producer", 3601)) == 1
	found("block-producer", 3600) == set()
}
