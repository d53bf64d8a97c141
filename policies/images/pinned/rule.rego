# METADATA
# title: Images are pinned by digest
# description: >-
#   A tag can be pushed again, and a node that has pulled it before keeps the old image. A digest
#   names the bytes: every daemon of the net runs the same ones, today and after a restart.
# custom:
#   severity: warning
#   waivable: true
#   remediation: Add the digest that the registry shows for this tag, as `image:tag@sha256:...`.
#   subjects: {table: images}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.images.pinned

judged := count(data.facts.images)

# Of what has no release at all, images/latest speaks.
violations contains {
	"subject": image.image,
	"message": $"image \"{image.image}\" is not pinned by a digest",
	"at": image.at,
} if {
	some image in data.facts.images
	image.digest == ""
	not image.tag in {"", "latest"}
}
