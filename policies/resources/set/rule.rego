# METADATA
# title: Every container says what it needs
# description: >-
#   A pod that asks for nothing is put on a node that is full, and is the first that is killed there:
#   with it goes a producer's slot. An init container may leave it all out, as the LimitRange of the
#   namespace then gives it a small share (100m, 256Mi); what runs beside the daemon may not, since that
#   share would stop it.
# custom:
#   severity: error
#   waivable: true
#   remediation: Set requests of cpu and memory and a limit of memory on the container.
#   subjects: {table: shapes}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.resources.set

judged := count(data.facts.shapes)

# What must be said, in the order in which it is named.
_wanted := [["requests", "cpu"], ["requests", "memory"], ["limits", "memory"]]

violations contains {
	"subject": $"{shape.object}:{container.name}",
	"message": $"container \"{container.name}\" of {shape.object} does not set {missing}",
	"at": shape.at,
	"object": shape.object,
	"field": $"spec.template.spec.{container.list}[{container.name}].resources",
} if {
	some shape in data.facts.shapes
	some container in shape.pod.containers
	absent := [$"{part}.{name}" |
		some [part, name] in _wanted
		object.get(container, ["resources", part, name], "") == ""
	]
	count(absent) > 0
	not _by_default(container)
	missing := concat(", ", absent)
}

# A LimitRange fills in what is left out: all of it is a small share, a part of it is a mistake.
_by_default(container) if {
	container.init
	every amounts in object.get(container, "resources", {}) {
		every amount in amounts {
			amount == ""
		}
	}
}
