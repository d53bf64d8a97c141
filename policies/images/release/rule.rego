# METADATA
# title: Archive and daemons are of one release
# description: >-
#   The archive program reads blocks from its daemon in the binary form of their release. One of
#   another release drops them or stops, and the gap in the archive is noticed weeks later.
# custom:
#   severity: error
#   waivable: true
#   remediation: Remove the archive's `image`, so that it follows the daemons, or write their release.
#   subjects: {table: images, where: {use: archive}}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.images.release

judged := count([1 | some image in data.facts.images; image.use == "archive"])

# A net may try several releases of the daemon at once: the archive's is to be one of them.
_running := {[image.net, image.release] |
	some image in data.facts.images
	image.use == "daemon"
	image.release != ""
}

_known := {net | some [net, _] in _running}

violations contains {
	"subject": $"{image.net}/{image.image}",
	"message": $"archive image \"{image.image}\" is of release {image.release}, and no daemon of net \"{image.net}\" is",
	"at": image.at,
} if {
	some image in data.facts.images
	image.use == "archive"
	image.release != ""
	image.net in _known
	not [image.net, image.release] in _running
}
