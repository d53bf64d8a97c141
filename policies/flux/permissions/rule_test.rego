package testnet.rules.flux.permissions_test

import data.testnet.rules.flux.permissions

need(role, api, resource, verb) := {
	"role": role,
	"api": api,
	"resource": resource,
	"verb": verb,
	"example": "america/net-n/Thing/t",
	"at": 1,
}

grant(role, apis, resources, verbs) := {
	"role": role,
	"apis": apis,
	"resources": resources,
	"verbs": verbs,
}

found(needs, grants) := violations if {
	violations := permissions.violations with data.facts as {"needs": needs, "grants": grants}
}

violation(what, message) := {
	"subject": what,
	"message": message,
	"at": 1,
	"object": "america/net-n/Thing/t",
	"field": "kind",
}

_jobs := need("r", "batch", "jobs", "create")

test_granted if {
	found([_jobs], [grant("r", ["apps", "batch"], ["jobs", "cronjobs"], ["get", "create"])]) == set()
}

test_wildcards if {
	found([_jobs], [grant("r", ["*"], ["jobs"], ["create"])]) == set()
	found([_jobs], [grant("r", ["batch"], ["*"], ["create"])]) == set()
	found([_jobs], [grant("r", ["batch"], ["jobs"], ["*"])]) == set()
}

test_each_part_must_fit if {
	every lacking in [
		grant("s", ["batch"], ["jobs"], ["create"]),
		grant("r", [""], ["jobs"], ["create"]),
		grant("r", ["batch"], ["pods"], ["create"]),
		grant("r", ["batch"], ["jobs"], ["get"]),
	] {
		found([_jobs], [lacking]) == {violation("jobs.batch", "nothing in r says that Flux may create jobs.batch, which america/net-n/Thing/t takes")}
	}
}

# One rule grants all three parts, not three rules one each.
test_rules_do_not_add_up if {
	count(found([_jobs], [grant("r", ["batch"], ["jobs"], ["get"]), grant("r", ["apps"], ["jobs"], ["create"])])) == 1
}

test_verbs_of_a_kind_are_one if {
	needs := [need("r", "", "pods", "get"), need("r", "", "pods", "list"), _jobs]
	found(needs, []) == {
		violation("pods", "nothing in r says that Flux may get, list pods, which america/net-n/Thing/t takes"),
		violation("jobs.batch", "nothing in r says that Flux may create jobs.batch, which america/net-n/Thing/t takes"),
	}
}

test_nobody_is_bound if {
	found([need("", "", "pods", "get")], [grant("", ["*"], ["*"], ["*"])]) == {violation("pods", "no account that is bound there may get pods, which america/net-n/Thing/t takes")}
}

test_judged if {
	permissions.judged == 1 with data.facts as {"needs": [_jobs], "grants": []}
	permissions.judged == 0 with data.facts as {"needs": [], "grants": []}
	found([], []) == set()
}
