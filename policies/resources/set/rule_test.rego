package testnet.rules.resources.set_test

import data.testnet.rules.resources.set

full := {
	"requests": {"cpu": "1", "memory": "1Gi"},
	"limits": {"cpu": "", "memory": "1Gi"},
}

nothing := {"requests": {"cpu": "", "memory": ""}, "limits": {"cpu": "", "memory": ""}}

main(resources) := {"name": "daemon", "list": "containers", "init": false, "resources": resources}

first(resources) := {"name": "address", "list": "initContainers", "init": true, "resources": resources}

facts(containers) := {"shapes": [{
	"shape": 0,
	"object": "west/net-a/StatefulSet/whale-1",
	"pod": {"containers": containers},
	"at": 3,
}]}

found(containers) := violations if {
	violations := set.violations with data.facts as facts(containers)
}

without(part, name) := object.union(full, {part: {name: ""}})

test_a_container_that_asks_for_nothing if {
	found([main(nothing)]) == {{
		"subject": "west/net-a/StatefulSet/whale-1:daemon",
		"message": `container "daemon" of west/net-a/StatefulSet/whale-1 does not set requests.cpu, requests.memory, limits.memory`,
		"at": 3,
		"object": "west/net-a/StatefulSet/whale-1",
		"field": "spec.template.spec.containers[daemon].resources",
	}}
}

test_everything_is_set if {
	set.judged == 1 with data.facts as facts([main(full), first(full)])
	count(found([main(full), first(full)])) == 0
}

test_each_amount_is_needed if {
	every case in [["requests", "cpu"], ["requests", "memory"], ["limits", "memory"]] {
		[part, name] := case
		some violation in found([main(without(part, name))])
		endswith(violation.message, $" does not set {part}.{name}")
	}
}

test_a_limit_of_cpu_is_not_needed if {
	count(found([main(without("limits", "cpu"))])) == 0
}

test_resources_that_are_not_there_at_all if {
	count(found([{"name": "daemon", "list": "containers", "init": false}])) == 1
	count(found([main({})])) == 1
	count(found([main({"requests": {"cpu": "1", "memory": "1Gi"}})])) == 1
}

test_an_init_container_has_the_share_of_the_namespace if {
	count(found([main(full), first(nothing)])) == 0
	count(found([{"name": "address", "list": "initContainers", "init": true}])) == 0
}

test_an_init_container_says_all_or_nothing if {
	some violation in found([first(without("requests", "cpu"))])
	violation.field == "spec.template.spec.initContainers[address].resources"
	every case in [["requests", "cpu"], ["requests", "memory"], ["limits", "cpu"]] {
		[part, name] := case
		count(found([first(object.union(nothing, {part: {name: "1"}}))])) == 1
	}
}

test_each_container_is_judged if {
	beside := object.union(main(nothing), {"name": "archive"})
	{violation.subject | some violation in found([main(full), beside])} == {"west/net-a/StatefulSet/whale-1:archive"}
}
