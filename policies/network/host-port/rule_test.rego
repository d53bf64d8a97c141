package testnet.rules.network["host-port_test"]

import data.testnet.rules.network["host-port"] as rule

row(cluster, protocol, number, daemon, at) := {
	"cluster": cluster,
	"protocol": protocol,
	"number": number,
	"daemon": daemon,
	"at": at,
}

test_two_daemons_take_one_port if {
	facts := {"host_ports": [
		row("west", "TCP", 10000, "b/seed-1", 1),
		row("west", "TCP", 10001, "a/seed-2", 3),
		row("west", "TCP", 10000, "a/seed-1", 2),
	]}
	rule.judged == 3 with data.facts as facts
	rule.violations == {{
		"subject": "b/seed-1",
		"message": `TCP port 10000 of the nodes of cluster "west" is taken by b/seed-1 and by a/seed-1`,
		"at": 1,
		"related": [{"at": 2, "message": "taken by a/seed-1 here"}],
	}} with data.facts as facts
}

test_three_daemons_are_two_violations if {
	facts := {"host_ports": [
		row("west", "TCP", 10000, "a/1", 1),
		row("west", "TCP", 10000, "a/2", 2),
		row("west", "TCP", 10000, "a/3", 3),
	]}
	{violation.at | some violation in rule.violations} == {2, 3} with data.facts as facts
}

test_one_number_of_two_protocols_is_fine if {
	facts := {"host_ports": [row("west", "TCP", 10000, "a/1", 1), row("west", "UDP", 10000, "a/2", 2)]}
	count(rule.violations) == 0 with data.facts as facts
}

test_other_clusters_protocols_and_numbers_are_fine if {
	facts := {"host_ports": [
		row("west", "TCP", 10000, "a/1", 1),
		row("east", "TCP", 10000, "a/2", 2),
		row("west", "UDP", 10000, "a/1", 1),
		row("west", "TCP", 10001, "a/3", 3),
	]}
	rule.judged == 4 with data.facts as facts
	count(rule.violations) == 0 with data.facts as facts
}
