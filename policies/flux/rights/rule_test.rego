package testnet.rules.flux.rights_test

import data.testnet.rules.flux.rights

role(apis, resources, verbs) := {
	"object": "west/net-a/Role/daemon",
	"field": "rules[1]",
	"aggregated": false,
	"apis": apis,
	"resources": resources,
	"verbs": verbs,
	"at": 7,
}

binding := {
	"object": "west/net-a/RoleBinding/daemon",
	"field": "subjects[0]",
	"role": "net-a/Role/daemon",
	"made": true,
	"subject": "net-a/ServiceAccount/daemon",
	"known": true,
	"at": 9,
}

messages(row) := {violation.message |
	facts := {"rights": [row], "bindings": []}
	some violation in rights.violations with data.facts as facts
}

bound(change) := found if {
	facts := {"rights": [], "bindings": [object.union(binding, change)]}
	found := rights.violations with data.facts as facts
}

test_all_that_a_rule_grants_is_one_violation if {
	facts := {"rights": [role(["*"], ["secrets", "pods"], ["get", "bind"])], "bindings": []}
	rights.judged == 1 with data.facts as facts
	rights.violations == {{
		"subject": "west/net-a/Role/daemon:rules[1]",
		"message": `west/net-a/Role/daemon grants "*" in apiGroups, "secrets", the verb "bind"`,
		"at": 7,
		"object": "west/net-a/Role/daemon",
		"field": "rules[1]",
	}} with data.facts as facts
}

test_resources if {
	every resource in ["secrets", "pods/exec", "serviceaccounts/token", "*", "*/exec"] {
		messages(role([""], [resource], ["get"])) == {$"west/net-a/Role/daemon grants \"{resource}\""}
	}
}

test_verbs if {
	every verb in ["*", "bind", "escalate", "impersonate"] {
		messages(role([""], ["pods"], [verb])) == {$"west/net-a/Role/daemon grants the verb \"{verb}\""}
	}
}

test_a_role_that_grants_what_others_do if {
	row := object.union(role([], [], []), {"aggregated": true, "field": "aggregationRule"})
	messages(row) == {"west/net-a/Role/daemon grants what other roles do (aggregationRule)"}
}

test_what_is_needed if {
	count(messages(role(["", "apps"], ["services", "secretstores"], ["get", "delete"]))) == 0
}

test_a_binding_within_the_net if {
	count(bound({})) == 0
}

test_a_role_of_the_cluster if {
	bound({"role": "ClusterRole/cluster-admin", "made": false}) == {{
		"subject": "west/net-a/RoleBinding/daemon:subjects[0]",
		"message": "west/net-a/RoleBinding/daemon gives ClusterRole/cluster-admin, which is not made here, to net-a/ServiceAccount/daemon",
		"at": 9,
		"object": "west/net-a/RoleBinding/daemon",
		"field": "roleRef.name",
	}}
}

test_a_group if {
	bound({"subject": "net-a/Group/system:authenticated", "known": false}) == {{
		"subject": "west/net-a/RoleBinding/daemon:subjects[0]",
		"message": "west/net-a/RoleBinding/daemon gives rights to net-a/Group/system:authenticated, which is no ServiceAccount of its own net",
		"at": 9,
		"object": "west/net-a/RoleBinding/daemon",
		"field": "subjects[0]",
	}}
}

test_nothing_is_judged_without_parameters if {
	facts := {"rights": [], "bindings": []}
	rights.judged == 0 with data.facts as facts
	every absent in ["resources", "verbs"] {
		parameters := object.remove({"resources": ["secrets"], "verbs": ["bind"]}, [absent])
		not rights.judged with data.facts as facts
			with data.settings.parameters as {"flux/rights": parameters}
	}
}
