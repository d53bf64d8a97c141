# METADATA
# title: Pods call themselves daemons and nothing else
# description: >-
#   The account `keys-reader` of a net reads all its keys from the provider: a pod that runs as it, or
#   gets a token that others than the API take, holds every key of the net. Daemons run as `daemon`,
#   and only one init container asks the API for anything, with a token of its own.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Leave serviceAccountName, automountServiceAccountToken and the projected token as
#     `components/daemon` has them.
#   subjects: {table: shapes}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.workload.identity

judged := count(data.facts.shapes)

# An account that is not named is the account `default`.
_accounts := {"daemon", "default", ""}

# What the API takes where a token does not say whom it is for.
_api := {
	"https://kubernetes.default.svc",
	"https://kubernetes.default.svc.cluster.local",
	"kubernetes.default.svc",
}

violations contains {
	"subject": shape.object,
	"message": $"the pod of {shape.object} runs as the account \"{shape.pod.account}\"",
	"at": shape.at,
	"object": shape.object,
	"field": "spec.template.spec.serviceAccountName",
} if {
	some shape in data.facts.shapes
	not shape.pod.account in _accounts
}

violations contains {
	"subject": shape.object,
	"message": $"every container of {shape.object} is given a token of its account",
	"at": shape.at,
	"object": shape.object,
	"field": "spec.template.spec.automountServiceAccountToken",
} if {
	some shape in data.facts.shapes
	shape.pod.automount
}

violations contains {
	"subject": shape.object,
	"message": $"the pod of {shape.object} is given a token for \"{audience}\"",
	"at": shape.at,
	"object": shape.object,
	"field": "spec.template.spec.volumes",
} if {
	some shape in data.facts.shapes
	some audience in shape.pod.audiences
	not audience in _api
}
