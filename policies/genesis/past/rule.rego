# METADATA
# title: A new chain starts in the future
# description: >-
#   Slots count from the genesis time. A chain that starts late has missed all slots until then:
#   its first epochs are empty, and with more than a few of them it does not start at all. With
#   `time: auto` it starts half an hour after the first publish.
# custom:
#   severity: error
#   waivable: true
#   remediation: "Write a time to come, or `time: auto`."
#   parameters:
#     grace_minutes: {type: number, minimum: 0}
#   subjects: {table: nets}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.genesis.past

import data.testnet.lib.duration

_grace := data.settings.parameters["genesis/past"].grace_minutes * 60

judged := count(data.facts.nets) if is_number(_grace)

violations contains {
	"subject": net.net,
	"message": $"the chain of net \"{net.net}\" would start {duration.about(late)} in the past",
	"at": net.genesis_at,
} if {
	some net in data.facts.nets
	_is_new(net)
	net.genesis_time != 0
	late := data.facts.now - net.genesis_time
	late > _grace
}

_is_new(net) if not net.is_published

# A restart of the chain is a new chain.
_is_new(net) if net.generation > net.published_generation
