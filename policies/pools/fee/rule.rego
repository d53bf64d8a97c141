# METADATA
# title: The fee of a SNARK pool makes sense
# description: >-
#   A block producer buys the work of whoever asks least, and pays it from the fees of the
#   transactions in its block. Work that costs more than those is never bought, and the oldest
#   daemons do not start with a fee that is no whole number. A pool that asks nothing is fine
#   where the market for work is not what is tested.
# custom:
#   severity: error
#   waivable: true
#   remediation: Write a fee that producers can pay, such as "0.025".
#   parameters:
#     most: {type: number, minimum: 0}
#   subjects: {table: pools}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.pools.fee

# In whole coins; the facts are in billionths.
_most := data.settings.parameters["pools/fee"].most

_coin := 1000000000

judged := count(data.facts.pools) if is_number(_most)

violations contains {
	"subject": $"{pool.net}/{pool.pool}",
	"message": $"pool \"{pool.pool}\" asks for a negative fee, {pool.fee_text}",
	"at": pool.fee_at,
} if {
	some pool in data.facts.pools
	pool.fee < 0
}

violations contains {
	"subject": $"{pool.net}/{pool.pool}",
	"message": $"pool \"{pool.pool}\": the flavour takes whole fees, not {pool.fee_text}",
	"remediation": "Write a whole number; decimal fees came with coda-libp2p.",
	"at": pool.fee_at,
} if {
	some pool in data.facts.pools
	pool.whole_fees
	pool.fee % _coin != 0
}

violations contains {
	"subject": $"{pool.net}/{pool.pool}",
	"message": $"pool \"{pool.pool}\" asks for {pool.fee_text} a piece of work, and more than {_most} is hardly ever paid",
	"severity": "warning",
	"at": pool.fee_at,
} if {
	some pool in data.facts.pools
	pool.fee > _most * _coin
}

violations contains {
	"subject": $"{pool.net}/{pool.pool}",
	"message": $"pool \"{pool.pool}\" asks nothing for its work",
	"severity": "note",
	"remediation": "Write a `fee` if the market for work is part of what is tested.",
	"at": pool.fee_at,
} if {
	some pool in data.facts.pools
	pool.fee == 0
}
