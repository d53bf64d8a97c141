package testnet.rules.network.pods_test

import data.testnet.rules.network.pods

row(cluster, cidr, at) := {"cluster": cluster, "pods": cidr, "pods_at": at}

test_one_network_within_another if {
	facts := {"clusters": [row("west", "10.0.16.0/20", 1), row("east", "10.0.0.0/16", 2)]}
	pods.judged == 2 with data.facts as facts
	pods.violations == {{
		"subject": "west",
		"message": `pods 10.0.16.0/20 of cluster "west" overlap 10.0.0.0/16 of cluster "east"`,
		"at": 1,
		"related": [{"at": 2, "message": `cluster "east" is here`}],
	}} with data.facts as facts
}

test_the_same_network if {
	facts := {"clusters": [row("west", "10.0.0.0/16", 1), row("east", "10.0.0.0/16", 2)]}
	count(pods.violations) == 1 with data.facts as facts
}

test_two_networks_within_a_third if {
	facts := {"clusters": [
		row("a", "10.0.0.0/8", 1),
		row("b", "10.1.0.0/16", 2),
		row("c", "10.2.0.0/16", 3),
	]}
	{violation.at | some violation in pods.violations} == {2, 3} with data.facts as facts
}

test_networks_side_by_side_are_fine if {
	facts := {"clusters": [row("west", "10.0.0.0/16", 1), row("east", "10.1.0.0/16", 2)]}
	pods.judged == 2 with data.facts as facts
	count(pods.violations) == 0 with data.facts as facts
}

test_a_cluster_does_not_overlap_itself if {
	facts := {"clusters": [row("west", "10.0.0.0/16", 1)]}
	count(pods.violations) == 0 with data.facts as facts
}
