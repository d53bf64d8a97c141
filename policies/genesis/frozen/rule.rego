# METADATA
# title: A published genesis stays as it is
# description: >-
#   The chain id is a hash over the genesis: daemons with another one form a network of their own,
#   beside those that have not been restarted yet. A higher generation restarts the chain for all
#   of them, each on a new volume; a lower one would bring old volumes back.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Undo that, give new producers a group with `stake: 0`, or raise `genesis.generation` to
#     restart the chain.
#   subjects: {table: nets}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.genesis.frozen

judged := count(data.facts.nets)

violations contains {
	"subject": net.net,
	"message": $"the published genesis would change: {change}",
	"at": net.genesis_at,
} if {
	some net in data.facts.nets
	net.is_published
	net.generation == net.published_generation
	some change in _changes(net)
}

violations contains {
	"subject": net.net,
	"message": $"the generation goes back from {net.published_generation} to {net.generation}",
	"remediation": concat(" ", [
		$"Write {net.published_generation} to go on with the chain,",
		"or more to restart it.",
	]),
	"at": net.genesis_at,
} if {
	some net in data.facts.nets
	net.is_published
	net.generation < net.published_generation
}

_changes(net) := ["its time"] if {
	net.genesis_time != net.published_time
} else := ["its ledger or constants"] if {
	net.digest != net.published_digest
} else := []
