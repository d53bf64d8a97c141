# METADATA
# title: The loss of any one region leaves most of the stake
# description: >-
#   When a region is cut off, the longer and denser chain wins as the parts meet again. Only with
#   over half of the stake outside of a region is that the chain of the rest, so that nothing there
#   is rolled back; below 60 % little more may fail, and two thirds are the goal. Counted is all stake
#   of the genesis ledger, as stake that nobody produces with works against the rest. A net whose
#   ledger is in its image has no known stake: nothing is found in it.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Move producers or stake to other regions, so that no region has more than a third of the stake.
#   subjects: {table: nets, where: {availability: high}}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.regions.stake

judged := count([1 | some net in data.facts.nets; net.availability == "high"])

_wanted := {
	"error": "it must be over half",
	"warning": "it should be at least 60 %",
	"note": "two thirds are the goal",
}

violations contains {
	"subject": $"{name}/{row.region}",
	"message": $"without region \"{row.region}\", {share} % of the stake of net \"{name}\" is left; {_wanted[level]}",
	"at": row.at,
	"severity": level,
} if {
	some net in data.facts.nets
	net.availability == "high"
	net.stake > 0
	name := net.net
	rows := [row | some row in data.facts.regions; row.net == name]
	produced := sum([row.stake | some row in rows])
	some row in rows
	left := produced - row.stake
	level := _level(left, net.stake)
	share := _share(left, net.stake)
}

# Only integers are compared: a third of a stake has no end as a decimal.
_level(left, all) := "error" if {
	left * 2 <= all
} else := "warning" if {
	left * 100 < all * 60
} else := "note" if {
	left * 3 < all * 2
}

# Per cent with one decimal, never rounded up to what is wanted.
_share(left, all) := $"{whole}.{tenths % 10}" if {
	tenths := ((left * 1000) - ((left * 1000) % all)) / all
	whole := (tenths - (tenths % 10)) / 10
}
