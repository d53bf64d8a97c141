# METADATA
# title: Flux substitutes nothing
# description: >-
#   With `postBuild` Flux replaces every `${name}` in what it built: also the variables of a shell
#   script in a ConfigMap, which then are empty, or since Flux 2.9 fail the whole Kustomization. And
#   what runs is no longer what was reviewed.
# custom:
#   severity: error
#   waivable: true
#   remediation: Take `postBuild` out; the generator writes the values themselves.
#   subjects: {table: kustomizations}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.flux.substitution

judged := count(data.facts.kustomizations)

violations contains {
	"subject": row.kustomization,
	"message": $"{row.kustomization} has postBuild, and {row.substitutions} variables for it to replace",
	"at": row.at,
} if {
	some row in data.facts.kustomizations
	row.post_build
}
