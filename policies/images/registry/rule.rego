# METADATA
# title: Images come from registries that are allowed
# description: >-
#   An image runs beside private keys. Whoever can push to its registry can take them, so that only
#   the registries of the projects that make the daemons, and of the library's own parts, are
#   allowed. That goes for every container that is built: also for one that a component adds.
# custom:
#   severity: error
#   waivable: true
#   remediation: Push the image to a registry that is allowed, or allow its registry in the settings.
#   parameters:
#     allowed: {type: array, items: {type: string}}
#   subjects: {table: images}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.images.registry

_allowed := {registry | some registry in data.settings.parameters["images/registry"].allowed}

judged := count(data.facts.images) if count(_allowed) > 0

violations contains {
	"subject": _subject(image),
	"message": $"image \"{image.image}\" is from registry \"{image.registry}\", which is not allowed",
	"at": image.at,
	"object": image.object,
	"field": image.field,
} if {
	some image in data.facts.images
	not image.registry in _allowed
}

# What all nets share is of none.
_subject(image) := trim_prefix($"{image.net}/{image.image}", "/")
