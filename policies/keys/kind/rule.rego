# METADATA
# title: Every key is of the kind that its daemon needs
# description: >-
#   Keys that sign blocks, keys that earn SNARK fees and libp2p identities are kept and mounted in
#   different ways. A daemon that is given one of another kind does not start, or starts as
#   somebody else.
# custom:
#   severity: error
#   waivable: true
#   remediation: Use a key of the kind that is needed; `testnet keys --free` lists some.
#   subjects: {table: key_uses, where: {registered: true}}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.keys.kind

judged := count([1 | some use in data.facts.key_uses; use.registered])

violations contains {
	"subject": $"{use.net}/{use.name}",
	"message": $"key \"{use.name}\" is of kind {use.registered_kind}, but a {use.kind} key is needed",
	"remediation": $"Use a {use.kind} key; `testnet keys --free --kind {use.kind}` lists some.",
	"at": use.at,
	"related": [{"at": use.key_at, "message": "registered here"}],
} if {
	some use in data.facts.key_uses
	use.registered
	use.registered_kind != use.kind
}
