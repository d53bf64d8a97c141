# METADATA
# title: Images are pinned by digest
# description: >-
#   A tag can be pushed again, and a node that has pulled it before keeps the old image. A digest
#   names the bytes: every daemon of the net runs the same ones, today and after a restart.
# custom:
#   severity: warning
#   waivable: true
#   remediation: Add the digest that the registry shows for this tag, as `image:tag@sha256:...`.
#   subjects: {table: images, where: {use: [archive, daemon, service]}}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.images.pinned

# The images that a testnet file names. Those of the library's own parts change with the library.
_uses := {"archive", "daemon", "service"}

judged := count([1 | some image in data.facts.images; image.use in _uses])

# Of what has no release at all, images/latest speaks.
violations contains {
	"subject": $"{image.net}/{image.image}",
	"message": $"image \"{image.image}\" is not pinned by a digest",
	"at": image.at,
} if {
	some image in data.facts.images
	image.use in _uses
	image.digest == ""
	not image.tag in {"", "latest"}
}
