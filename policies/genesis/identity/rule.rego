# METADATA
# title: No two nets have one genesis
# description: >-
#   Nets that start from the same time, constants and accounts have one chain id, so that a daemon
#   of one is a peer of the other: blocks, transactions and bans cross over. Where outsiders may
#   join that is certain to happen; nets for QA are kept apart by their addresses alone.
# custom:
#   severity: error
#   waivable: true
#   remediation: Give one of the nets another genesis time, or other accounts.
#   subjects: {table: nets}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.genesis.identity

judged := count(data.facts.nets)

# Sorted, equal identities are neighbours. A genesis that comes with the image has none.
_nets := sort([[net.identity, net.net, net.genesis_at] |
	some net in data.facts.nets
	net.identity != ""
])

_open := {net.identity | some net in data.facts.nets; net.purpose == "public"}

violations contains {
	"subject": net,
	"message": $"net \"{net}\" has the genesis of net \"{first[1]}\"",
	"severity": _severity(identity),
	"at": at,
	"related": [{"at": first[2], "message": $"that of \"{first[1]}\" is here"}],
} if {
	some i, first in _nets
	[identity, net, at] := _nets[i + 1]
	identity == first[0]
}

_severity(identity) := "error" if {
	identity in _open
} else := "warning"
