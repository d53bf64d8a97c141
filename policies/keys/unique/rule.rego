# METADATA
# title: Every key has one holder
# description: >-
#   Two daemons that produce blocks with one key sign two blocks for one slot: the chain forks, and
#   what is tested is no longer the protocol. Two that share a libp2p key are one peer to everybody
#   else, and the connections of one cut those of the other. Keys are compared by their decoded
#   public part, over all nets and clusters, so that one key under two names is found.
# custom:
#   severity: error
#   waivable: false
#   remediation: Give one of the daemons another key; `testnet keys --free` lists some.
#   subjects: {table: key_uses}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.keys.unique

judged := count(data.facts.key_uses)

# Sorted, equal keys are neighbours: comparing every use with every other one is quadratic.
_uses := sort([[use.key, use.daemon, use.name, use.at] |
	some use in data.facts.key_uses
	use.key != ""
])

violations contains {
	"subject": name,
	"message": $"key \"{name}\" of {daemon} is also held by {first[1]}",
	"at": at,
	"related": [{"at": first[3], "message": $"held by {first[1]} here"}],
} if {
	some i, first in _uses
	[key, daemon, name, at] := _uses[i + 1]
	key == first[0]
}
