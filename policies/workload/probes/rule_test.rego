package testnet.rules.workload.probes_test

import data.testnet.rules.workload.probes

shape(role, containers) := {
	"object": "america/net-n/StatefulSet/d",
	"role": role,
	"pod": {"containers": containers},
	"at": 5,
}

container(name, probes) := {"name": name, "probes": probes}

_all := ["liveness", "readiness", "startup"]

found(role, containers) := violations if {
	violations := probes.violations with data.facts.shapes as [shape(role, containers)]
}

test_all_three if {
	found("seed", [container("archive", []), container("daemon", _all)]) == set()
}

test_one_is_missing if {
	found("block-producer", [container("daemon", ["liveness", "readiness"])]) == {{
		"subject": "america/net-n/StatefulSet/d",
		"message": `container "daemon" of america/net-n/StatefulSet/d has no startup probe`,
		"at": 5,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.template.spec.containers[daemon].startupProbe",
	}}
	count(found("archive", [container("daemon", ["startup", "readiness"])])) == 1
	count(found("snark-coordinator", [container("daemon", ["startup", "liveness"])])) == 1
}

test_other_containers_do_not_count if {
	count(found("seed", [container("archive", _all)])) == 3
	count(found("seed", [])) == 3
}

test_roles_without_ports_have_none if {
	found("snark-worker", [container("worker", [])]) == set()
	found("service", []) == set()
}

test_judged_are_daemons if {
	shapes := [shape(role, []) |
		some role in ["archive", "archive-postgres", "block-producer", "seed", "service", "snark-coordinator", "snark-worker"]
	]
	probes.judged == 4 with data.facts.shapes as shapes
	probes.judged == 0 with data.facts.shapes as []
}
