# METADATA
# title: Roles grant what is needed, to accounts of the project
# description: >-
#   What a role grants, every pod with its account has, whatever image runs there. With secrets,
#   `exec` or tokens it reads the keys of all nets; with `escalate`, `bind`, `impersonate` or a
#   wildcard it gives itself the rest. A binding to a user, to a group or to a role that is not made
#   here gives away rights that nobody reviews.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Name the API groups, resources and verbs that are needed, and bind roles of the library to
#     ServiceAccounts of the net itself.
#   parameters:
#     resources: {type: array, items: {type: string}}
#     verbs: {type: array, items: {type: string}}
#   subjects: {table: rights}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.flux.rights

_parameters := data.settings.parameters["flux/rights"]

_resources := {resource | some resource in _parameters.resources}

_verbs := {verb | some verb in _parameters.verbs}

# Without the parameters less would be refused, so that nothing must count as judged.
judged := count(data.facts.rights) if {
	is_array(_parameters.resources)
	is_array(_parameters.verbs)
}

violations contains {
	"subject": $"{row.object}:{row.field}",
	"message": $"{row.object} grants {concat(", ", refused)}",
	"at": row.at,
	"object": row.object,
	"field": row.field,
} if {
	some row in data.facts.rights
	refused := sort([text | some text in _refused(row)])
	count(refused) > 0
}

_refused(row) := union({
	{`"*" in apiGroups` | "*" in row.apis},
	{$"\"{resource}\"" | some resource in row.resources; _too_much(resource)},
	{$"the verb \"{verb}\"" | some verb in row.verbs; verb in (_verbs | {"*"})},
	{"what other roles do (aggregationRule)" | row.aggregated},
})

# As `*`, but also `*/exec`.
_too_much(resource) if contains(resource, "*")

_too_much(resource) if resource in _resources

violations contains {
	"subject": $"{row.object}:{row.field}",
	"message": $"{row.object} gives {row.role}, which is not made here, to {row.subject}",
	"at": row.at,
	"object": row.object,
	"field": "roleRef.name",
} if {
	some row in data.facts.bindings
	not row.made
}

violations contains {
	"subject": $"{row.object}:{row.field}",
	"message": $"{row.object} gives rights to {row.subject}, which is no ServiceAccount of its own net",
	"at": row.at,
	"object": row.object,
	"field": row.field,
} if {
	some row in data.facts.bindings
	not row.known
}
