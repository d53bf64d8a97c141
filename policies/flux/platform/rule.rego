# METADATA
# title: The platform stays small, and nets tell Flux nothing
# description: >-
#   The platform is applied with all rights of the controller: what the library puts there no role
#   of a net restrains. A Kustomization with another source, or one that a net's overlay brings,
#   applies what nobody reviewed here. Without its label a namespace takes any pod; without its
#   annotation the one of all nets can be pruned, and every net with it.
# custom:
#   severity: error
#   waivable: true
#   remediation: Leave the platform and Flux's objects as `testnet generate` and the library have them.
#   parameters:
#     kinds: {type: array, items: {type: string}}
#     controllers: {type: array, items: {type: string}}
#     source: {type: string}
#   subjects: {table: applied}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.flux.platform

_parameters := data.settings.parameters["flux/platform"]

# Without the parameters nothing would be compared, so that nothing must count as judged.
judged := count(data.facts.applied) if {
	is_array(_parameters.kinds)
	is_array(_parameters.controllers)
	is_string(_parameters.source)
}

violations contains {
	"subject": row.object,
	"message": $"{row.object} is applied with the controller's rights; the platform has no {_kind(row)}",
	"at": row.at,
	"object": row.object,
	"field": "kind",
} if {
	some row in data.facts.applied
	row.part == "platform"
	not _kind(row) in _parameters.kinds
}

violations contains {
	"subject": row.object,
	"message": $"{row.object} is of the platform, and in the namespace of a net",
	"at": row.at,
	"object": row.object,
	"field": "metadata.namespace",
} if {
	some row in data.facts.applied
	row.part == "platform"
	startswith(row.namespace, "net-")
}

violations contains {
	"subject": row.object,
	"message": $"{row.object} is built by the overlay of a net, and tells Flux what to do",
	"at": row.at,
	"object": row.object,
	"field": "kind",
} if {
	some row in data.facts.applied
	row.part == "nets"
	some group in _parameters.controllers
	endswith($".{row.api}", $".{group}")
}

_kind(row) := trim_suffix($"{row.kind}.{row.api}", ".")

violations contains {
	"subject": row.kustomization,
	"message": $"{row.kustomization} applies what is in {row.source}, not in {source}",
	"at": row.at,
} if {
	some row in data.facts.kustomizations
	source := $"GitRepository/{_home(row.net)}/{_parameters.source}"
	row.source != source
}

_home(net) := "flux-system" if net == ""

_home(net) := "testnets" if net != ""

violations contains {
	"subject": row.object,
	"message": $"{row.object} enforces \"{row.enforce}\", not one of {concat(", ", levels)}",
	"at": row.at,
	"object": row.object,
	"field": "metadata.labels[pod-security.kubernetes.io/enforce]",
} if {
	some row in data.facts.namespaces
	levels := object.get(_levels, row.part, ["restricted"])
	not row.enforce in levels
}

# What is rendered for a net needs ports of its nodes, where it says so.
_levels := {"testnets": ["restricted", "privileged"]}

violations contains {
	"subject": row.object,
	"message": $"{row.object} can be pruned, and with it all that is in it",
	"at": row.at,
	"object": row.object,
	"field": "metadata.annotations[kustomize.toolkit.fluxcd.io/prune]",
} if {
	some row in data.facts.namespaces
	row.part == "platform"
	row.prune != "disabled"
}
