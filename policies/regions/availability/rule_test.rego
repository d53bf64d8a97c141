package testnet.rules.regions.availability_test

import data.testnet.rules.regions.availability

found(change) := violations if {
	net := {"net": "n", "purpose": "public", "availability": "single", "regions_at": 5}
	violations := availability.violations with data.facts.nets as [object.union(net, change)]
}

test_a_public_net_in_one_region if {
	found({}) == {{
		"subject": "n",
		"message": "net \"n\" is public, and its availability is single",
		"at": 5,
	}}
}

test_high_availability if found({"availability": "high"}) == set()

test_a_net_for_qa if found({"purpose": "qa"}) == set()

test_public_nets_are_judged if {
	public := {"purpose": "public", "availability": "high"}
	nets := [public, public, {"purpose": "qa", "availability": "single"}]
	availability.judged == 2 with data.facts.nets as nets
}
