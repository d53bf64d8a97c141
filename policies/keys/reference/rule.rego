# METADATA
# title: Every key has a secret where its daemon runs
# description: >-
#   A cluster fetches keys from the secret store of its own provider. Where the pool names no
#   secret for that provider the daemon waits for ever, and nothing but its log says why.
# custom:
#   severity: error
#   waivable: true
#   remediation: Store the key with that provider and add it to the pool's `secrets`.
#   subjects: {table: key_uses, where: {registered: true}}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.keys.reference

judged := count([1 | some use in data.facts.key_uses; use.registered])

# A daemon that could not be placed has no provider; the rule that says why is another one.
violations contains {
	"subject": $"{use.net}/{use.name}",
	"message": $"key \"{use.name}\" has no secret on {use.provider}, where {use.daemon} would run",
	"remediation": $"Store it there and add `{use.provider}` to the pool's secrets.",
	"at": use.at,
	"related": [{"at": use.key_at, "message": "registered here"}],
} if {
	some use in data.facts.key_uses
	use.registered
	use.provider != ""
	not use.reference
}
