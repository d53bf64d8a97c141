# METADATA
# title: The account of a net may apply all that the net builds
# description: >-
#   Flux applies a net as the net's own ServiceAccount. What that account may not create, patch or
#   delete fails on the cluster, after the merge, and holds up the whole overlay; what it may not
#   list is never pruned.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Give `testnet-reconciler` in `overlays/base/platform/clusterroles.yaml` the missing verbs, or
#     take the object out.
#   subjects: {table: needs}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.flux.permissions

judged := count(data.facts.needs)

_granted contains [grant.cluster, grant.role, api, resource, verb] if {
	some grant in data.facts.grants
	some api in grant.apis
	some resource in grant.resources
	some verb in grant.verbs
}

# By who lacks what: one mistake takes all verbs of a kind.
_lacks := {[[need.cluster, need.roles, need.api, need.resource], need.verb, need.example, need.at] |
	some need in data.facts.needs
	not _may(need)
}

# Any role of the account may grant it; without one, nothing does.
_may(need) if {
	some role in need.roles
	some api in [need.api, "*"]
	some resource in [need.resource, "*"]
	some verb in [need.verb, "*"]
	[need.cluster, role, api, resource, verb] in _granted
}

violations contains {
	"subject": $"{cluster}/{what}",
	"message": $"{_who(roles)} may {concat(", ", verbs)} {what}, which {example} takes",
	"at": at,
	"object": example,
	"field": "kind",
} if {
	some group in {lack[0] | some lack in _lacks}
	[cluster, roles, api, resource] := group
	what := trim_suffix($"{resource}.{api}", ".")
	lacks := sort([lack | some lack in _lacks; lack[0] == group])
	verbs := [lack[1] | some lack in lacks]
	[_, _, example, at] := lacks[0]
}

_who(roles) := "no account that is bound there" if {
	count(roles) == 0
} else := $"nothing in {concat(", ", roles)} says that Flux"
