# METADATA
# title: Every key is in a pool
# description: >-
#   A pool says what a key's public part is and where its secret is kept. Without that nobody can
#   compare it with other keys, give it stake, or fetch it on a cluster: its daemon would wait for
#   a secret that never comes.
# custom:
#   severity: error
#   waivable: true
#   remediation: Register it, or use a key that is.
#   subjects: {table: key_uses}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.keys.unknown

judged := count(data.facts.key_uses)

violations contains {
	"subject": $"{use.net}/{use.name}",
	"message": $"key \"{use.name}\" is in no pool of environments/keys",
	"at": use.at,
} if {
	some use in data.facts.key_uses
	not use.registered
}
