# METADATA
# title: No digest is invented
# description: >-
#   A digest is what a registry computed. One that was typed to please a check names no image that
#   exists, so that no pod can pull it; and it hides that the image is not pinned.
# custom:
#   severity: error
#   waivable: true
#   remediation: Write the digest that the registry shows for this tag, or leave it out.
#   subjects: {table: images}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.images.digest

judged := count(data.facts.images)

violations contains {
	"subject": _subject(image),
	"message": $"nobody can have computed the digest of image \"{image.image}\": {reason}",
	"at": image.at,
	"object": image.object,
	"field": image.field,
} if {
	some image in data.facts.images
	image.digest != ""
	reason := _why_invented(trim_prefix(image.digest, "sha256:"))
}

_why_invented(digest) := "it is not sha256: and 64 of the characters 0-9 and a-f" if {
	not regex.match(`^[0-9a-f]{64}$`, digest)
} else := reason if {
	reason := _famous[digest]
} else := $"it is \"{substring(digest, 0, length)}\", again and again" if {
	# Up to half of it: by chance that is once in 2^128.
	lengths := [length | some length in numbers.range(1, 32); _repeats(digest, length)]
	length := lengths[0]
}

# What follows the first part begins as the whole does.
_repeats(digest, length) if startswith(digest, substring(digest, length, -1))

_famous := {
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f": "it counts from 00 to 1f",
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855": "it is that of no bytes at all",
}

# What all nets share is of none.
_subject(image) := trim_prefix($"{image.net}/{image.image}", "/")
