# METADATA
# title: Every net has an owner
# description: >-
#   Somebody is told when a net expires, breaks or costs too much, and is asked before it is
#   changed. A name that nobody answers to is as good as none.
# custom:
#   severity: error
#   waivable: true
#   remediation: Write the name of your team as `owner`.
#   parameters:
#     owners: {type: array, items: {type: string}}
#     placeholders: {type: array, items: {type: string}}
#   subjects: {table: nets}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.lifecycle.owner

_owners := {owner | some owner in data.settings.parameters["lifecycle/owner"].owners}

_placeholders := {word | some word in data.settings.parameters["lifecycle/owner"].placeholders}

judged := count(data.facts.nets) if count(_placeholders) > 0

violations contains {
	"subject": net.net,
	"message": $"net \"{net.net}\" has no owner but \"{net.owner}\"",
	"at": net.owner_at,
} if {
	some net in data.facts.nets
	_is_placeholder(net.owner)
}

violations contains {
	"subject": net.net,
	"message": $"owner \"{net.owner}\" of net \"{net.net}\" is no team that is known",
	"remediation": $"Choose one of: {concat(", ", sort(_owners))}; or add the team in the settings.",
	"at": net.owner_at,
} if {
	some net in data.facts.nets
	not _is_placeholder(net.owner)
	count(_owners) > 0
	not net.owner in _owners
}

_is_placeholder(owner) if trim_space(owner) == ""

_is_placeholder(owner) if lower(owner) in _placeholders
