package testnet.rules.workload.identity_test

import data.testnet.rules.workload.identity

_shape(change) := {
	"object": "america/net-n/StatefulSet/d",
	"pod": object.union({"account": "daemon", "automount": false, "audiences": []}, change),
	"at": 6,
}

found(change) := violations if {
	violations := identity.violations with data.facts.shapes as [_shape(change)]
}

test_daemons_are_fine if {
	found({}) == set()
	found({"account": ""}) == set()
	found({"account": "default"}) == set()
	found({"audiences": [
		"https://kubernetes.default.svc",
		"https://kubernetes.default.svc.cluster.local",
		"kubernetes.default.svc",
	]}) == set()
}

test_another_account if {
	found({"account": "keys-reader"}) == {{
		"subject": "america/net-n/StatefulSet/d",
		"message": `the pod of america/net-n/StatefulSet/d runs as the account "keys-reader"`,
		"at": 6,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.template.spec.serviceAccountName",
	}}
}

test_a_token_for_every_container if {
	found({"automount": true}) == {{
		"subject": "america/net-n/StatefulSet/d",
		"message": "every container of america/net-n/StatefulSet/d is given a token of its account",
		"at": 6,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.template.spec.automountServiceAccountToken",
	}}
}

test_a_token_for_others if {
	found({"audiences": ["kubernetes.default.svc", "sts.amazonaws.com"]}) == {{
		"subject": "america/net-n/StatefulSet/d",
		"message": `the pod of america/net-n/StatefulSet/d is given a token for "sts.amazonaws.com"`,
		"at": 6,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.template.spec.volumes",
	}}
}

test_shapes_are_judged if {
	identity.judged == 2 with data.facts.shapes as [_shape({}), _shape({"account": "x"})]
	identity.judged == 0 with data.facts.shapes as []
}
