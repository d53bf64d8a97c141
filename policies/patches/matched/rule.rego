# METADATA
# title: Every patch matches something
# description: >-
#   A patch, an image or a replica entry whose target is not there changes nothing, and kustomize
#   says nothing: a misspelt label takes the security settings from every daemon of an overlay.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Correct the target, or list the component only in overlays that have what it patches.
#   subjects: {table: patches}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.patches.matched

judged := count(data.facts.patches)

violations contains {
	"subject": patch.file,
	"message": $"{patch.kind} {patch.entry} matches nothing in {patch.unmatched} of {patch.overlays} overlays, such as {patch.example}",
	"at": patch.at,
} if {
	some patch in data.facts.patches
	patch.unmatched > 0
}
