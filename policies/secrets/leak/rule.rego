# METADATA
# title: No secret is written down
# description: >-
#   What is once in a repository stays there: in its history, in every clone and on every cluster that
#   applies it. Private keys, their boxes, passwords and known leaked values are looked for in all
#   inputs and in everything that is built, also within base64. The value itself is never shown.
# custom:
#   severity: error
#   waivable: false
#   remediation: >-
#     Remove it, and take the key or password out of use: it is known now. Refer to the secret in the
#     provider's store by name.
#   subjects: {table: texts}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.secrets.leak

judged := count(data.facts.texts)

violations contains object.union(_built(row.object, row.field), {
	"subject": $"{row.text} {row.digest}",
	"message": $"{row.text} holds what looks like a secret: {row.kind} ({row.where})",
	"at": row.at,
}) if {
	some row in data.facts.leaks
}

# Only what was built is an object, whose field leads to the component that set it.
_built(object, field) := {} if {
	object == ""
} else := {"object": object, "field": field}
