# METADATA
# title: A protected net keeps its volumes
# description: >-
#   What is on the volumes of a protected net cannot be made again: its chain, its archive. Flux
#   deletes whatever leaves the published tree, and the disk goes with its claim, unless the claim
#   says that it is never to be pruned.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Leave the annotation `kustomize.toolkit.fluxcd.io/prune: disabled` on the claim; no component
#     may take it away.
#   subjects: {table: volumes}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.lifecycle.volumes

judged := count(data.facts.volumes)

violations contains {
	"subject": volume.object,
	"message": $"claim {volume.object} of protected net \"{volume.net}\" would be deleted with its daemon",
	"at": volume.at,
	"object": volume.object,
	"field": "metadata.annotations[kustomize.toolkit.fluxcd.io/prune]",
} if {
	some volume in data.facts.volumes
	not volume.kept
}
