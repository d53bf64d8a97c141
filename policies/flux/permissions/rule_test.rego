package testnet.rules.flux.permissions_test

import data.testnet.rules.flux.permissions

need(role, api, resource, verb) := {
	"cluster": "america",
	"roles": [role],
	"api": api,
	"resource": resource,
	"verb": verb,
	"example": "america/net-n/Thing/t",
	"at": 1,
}

grant(role, apis, resources, verbs) := {
	"cluster": "america",
	"role": role,
	"apis": apis,
	"resources": resources,
	"verbs": verbs,
}

found(needs, grants) := violations if {
	violations := permissions.violations with data.facts as {"needs": needs, "grants": grants}
}

violation(what, message) := {
	"subject": $"america/{what}",
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

test_any_role_will_do if {
	two := object.union(_jobs, {"roles": ["r", "s"]})
	found([two], [grant("s", ["batch"], ["jobs"], ["create"])]) == set()
	found([two], [grant("t", ["batch"], ["jobs"], ["create"])]) == {violation("jobs.batch", "nothing in r, s says that Flux may create jobs.batch, which america/net-n/Thing/t takes")}
}

test_a_grant_on_another_cluster_is_none_here if {
	elsewhere := object.union(grant("r", ["batch"], ["jobs"], ["create"]), {"cluster": "asia"})
	count(found([_jobs], [elsewhere])) == 1
	there := object.union(_jobs, {"cluster": "asia"})
	found([there], [elsewhere]) == set()
	{v.subject | some v in found([_jobs, there], [])} == {"america/jobs.batch", "asia/jobs.batch"}
}

test_nobody_is_bound if {
	nobody := object.union(need("", "", "pods", "get"), {"roles": []})
	found([nobody], [grant("", ["*"], ["*"], ["*"])]) == {violation("pods", "no account that is bound there may get pods, which america/net-n/Thing/t takes")}
}

test_judged if {
	permissions.judged == 1 with data.facts as {"needs": [_jobs], "grants": []}
	permissions.judged == 0 with data.facts as {"needs": [], "grants": []}
	found([], []) == set()
}
