# METADATA
# title: Every block producer has stake in the genesis ledger
# description: >-
#   A producer wins slots by its share of the stake. Without an account in the genesis ledger, or
#   with an empty one, it runs, costs money and never makes a block. That is meant for producers
#   that were added to a running chain: waive it for them.
# custom:
#   severity: warning
#   waivable: true
#   remediation: Give its group a `stake`, or delegate some to it with an account of the ledger.
#   subjects: {table: key_uses, where: {role: block-producer}}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.keys.stake

judged := count([1 | some use in data.facts.key_uses; use.role == "block-producer"])

# Of a ledger that comes with the image nobody here knows what is in it.
_written := {net.net | some net in data.facts.nets; net.ledger}

# An unknown key cannot be in the ledger; keys/unknown speaks of it.
_producers := [use |
	some use in data.facts.key_uses
	use.role == "block-producer"
	use.registered
	use.net in _written
]

violations contains {
	"subject": $"{use.net}/{use.name}",
	"message": $"{use.daemon} makes no blocks: its key \"{use.name}\" is not in the genesis ledger",
	"at": use.at,
} if {
	some use in _producers
	not use.in_ledger
}

violations contains {
	"subject": $"{use.net}/{use.name}",
	"message": $"{use.daemon} makes no blocks: its key \"{use.name}\" has no stake in the genesis ledger",
	"at": use.at,
} if {
	some use in _producers
	use.in_ledger
	use.stake <= 0
}
