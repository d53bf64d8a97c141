# METADATA
# title: No image is "latest"
# description: >-
#   `latest`, or no tag at all, is another image tomorrow. Daemons that start on different days
#   then run different code, and nobody can say afterwards what was tested.
# custom:
#   severity: error
#   waivable: true
#   remediation: Write the tag of a release.
#   subjects: {table: images}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.images.latest

judged := count(data.facts.images)

# Even beside a digest: it says that the release is another one than it is.
violations contains {
	"subject": _subject(image),
	"message": $"image \"{image.image}\" has the tag \"latest\", which is another image every day",
	"at": image.at,
	"object": image.object,
	"field": image.field,
} if {
	some image in data.facts.images
	image.tag == "latest"
}

violations contains {
	"subject": _subject(image),
	"message": $"image \"{image.image}\" has neither tag nor digest",
	"at": image.at,
	"object": image.object,
	"field": image.field,
} if {
	some image in data.facts.images
	image.tag == ""
	image.digest == ""
}

# What all nets share is of none.
_subject(image) := trim_prefix($"{image.net}/{image.image}", "/")
