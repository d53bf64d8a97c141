package testnet.rules.network["peer-ports_test"]

import data.testnet.rules.network["peer-ports"] as rule

good := {
	"daemon": "a/whale-1",
	"address": "host-port",
	"protocol": "TCP",
	"wanted": 10000,
	"flag": 10000,
	"container": 10000,
	"host": 10000,
	"service": 10000,
	"target": 10000,
	"object": "west/net-a/StatefulSet/whale-1",
	"at": 6,
}

# What is found in a row that differs from the good one by `change`.
found(change) := violations if {
	violations := rule.violations with data.facts as {"endpoints": [object.union(good, change)]}
}

test_equal_ports_are_fine if {
	facts := {"endpoints": [good]}
	rule.judged == 1 with data.facts as facts
	count(rule.violations) == 0 with data.facts as facts
}

test_another_host_port if {
	found({"host": 30303}) == {{
		"subject": "a/whale-1:TCP/10000",
		"message": "TCP port 10000 of a/whale-1 is not one number to the world: hostPort is 30303",
		"at": 6,
		"object": "west/net-a/StatefulSet/whale-1",
		"field": "spec.template.spec.containers[daemon].ports",
	}}
}

test_each_part_is_compared if {
	arguments := "spec.template.spec.containers[daemon].args"
	ports := "spec.template.spec.containers[daemon].ports"
	every case in [
		[{"flag": 1}, "flag is 1", "StatefulSet", arguments],
		[{"container": 1}, "container port is 1", "StatefulSet", ports],
		[{"host": 1}, "hostPort is 1", "StatefulSet", ports],
		[{"service": 1}, "port of the Service is 1", "Service", "spec.ports"],
		[{"target": 1}, "target port of the Service is 1", "Service", "spec.ports"],
		[{"flag": 0}, "no flag", "StatefulSet", arguments],
		[{"target": 0}, "no target port of the Service", "Service", "spec.ports"],
	] {
		[change, text, kind, field] := case
		some violation in found(change)
		endswith(violation.message, $"to the world: {text}")
		violation.object == $"west/net-a/{kind}/whale-1"
		violation.field == field
	}
}

test_all_that_differs_is_one_violation if {
	violations := found({"flag": 2, "container": 0, "host": 3})
	count(violations) == 1
	some violation in violations
	endswith(violation.message, ": flag is 2, no container port, hostPort is 3")
	violation.field == "spec.template.spec.containers[daemon].args"
}

test_a_load_balancer_takes_no_port_of_the_node if {
	count(found({"address": "load-balancer", "host": 0})) == 0
	count(found({"address": "load-balancer", "container": 0})) == 1
	count(found({"address": "host-port", "host": 0})) == 1
}

test_each_port_is_judged if {
	udp := object.union(good, {"protocol": "UDP", "service": 0})
	facts := {"endpoints": [good, udp]}
	rule.judged == 2 with data.facts as facts
	{violation.subject | some violation in rule.violations} == {"a/whale-1:UDP/10000"} with data.facts as facts
}
