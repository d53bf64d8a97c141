package testnet.rules.flux.owner_test

import data.testnet.rules.flux.owner

test_two_owners if {
	facts := {"counts": {"objects": 5}, "owners": [{
		"object": "america/net-n/ConfigMap/c",
		"first": "america/n-seeds-1",
		"second": "america/n-producers-1",
		"at": 2,
		"first_at": 1,
	}]}
	owner.judged == 5 with data.facts as facts
	owner.violations == {{
		"subject": "america/net-n/ConfigMap/c",
		"message": "america/net-n/ConfigMap/c is built by america/n-producers-1 and by america/n-seeds-1",
		"at": 2,
		"object": "america/net-n/ConfigMap/c",
		"field": "metadata.name",
		"related": [{"at": 1, "message": "built by america/n-seeds-1 here"}],
	}} with data.facts as facts
}

test_one_owner_each if {
	facts := {"counts": {"objects": 5}, "owners": []}
	owner.judged == 5 with data.facts as facts
	owner.violations == set() with data.facts as facts
}
