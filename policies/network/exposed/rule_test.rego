package testnet.rules.network.exposed_test

import data.testnet.rules.network.exposed

row(object, via, purpose) := {
	"object": object,
	"daemon": "a/whale-1",
	"via": via,
	"purpose": purpose,
	"number": 3085,
	"protocol": "TCP",
	"at": 8,
}

test_graphql_behind_a_load_balancer if {
	facts := {"exposed": [row("west/net-a/Service/whale-1-graphql", "LoadBalancer", "graphql")]}
	exposed.judged == 1 with data.facts as facts
	exposed.violations == {{
		"subject": "west/net-a/Service/whale-1-graphql:graphql/3085",
		"message": "TCP port 3085 (graphql) of west/net-a/Service/whale-1-graphql is open to the world by LoadBalancer",
		"at": 8,
		"object": "west/net-a/Service/whale-1-graphql",
		"field": "spec.type",
	}} with data.facts as facts
}

test_the_field_follows_from_the_way if {
	every via, field in {
		"hostPort": "spec.template.spec.containers[daemon].ports",
		"hostNetwork": "spec.template.spec.hostNetwork",
		"NodePort": "spec.type",
		"externalIPs": "spec.externalIPs",
		"Ingress": "spec.rules",
		"NetworkPolicy": "spec.ingress",
		"namespaceSelector": "spec.ingress",
		"what nobody thought of": "spec",
	} {
		some violation in exposed.violations with data.facts as {"exposed": [row("a", via, "metrics")]}
		violation.field == field
	}
}

test_a_port_without_a_number if {
	named := object.union(row("west/net-a/NetworkPolicy/open", "NetworkPolicy", "graphql"), {"number": 0})
	some violation in exposed.violations with data.facts as {"exposed": [named]}
	violation.subject == "west/net-a/NetworkPolicy/open:graphql/0"
	startswith(violation.message, `TCP port "graphql" of west/net-a/NetworkPolicy/open is open`)
}

test_a_port_that_all_nets_reach if {
	facts := {"exposed": [row("west/net-a/NetworkPolicy/open", "namespaceSelector", "graphql")]}
	some violation in exposed.violations with data.facts as facts
	violation.message == "TCP port 3085 (graphql) of west/net-a/NetworkPolicy/open is open to all nets of the cluster by namespaceSelector"
}

test_peers_may_dial if {
	facts := {"exposed": [row("a", "hostPort", "p2p"), row("b", "LoadBalancer", "p2p")]}
	exposed.judged == 2 with data.facts as facts
	count(exposed.violations) == 0 with data.facts as facts
}

test_a_port_of_unknown_purpose_is_not_public if {
	facts := {"exposed": [row("a", "hostPort", "")]}
	count(exposed.violations) == 1 with data.facts as facts
}
