# METADATA
# title: Every SNARK pool has workers
# description: >-
#   A coordinator hands out jobs and does none itself, but for that of coda-kademlia, which works
#   alone. Without workers no proof is sold, and once the scan state is full blocks stop taking
#   transactions. Pausing a pool for a while is fine; forgetting it is not.
# custom:
#   severity: warning
#   waivable: true
#   remediation: Raise `workers`, or remove the pool.
#   parameters:
#     alone: {type: array, items: {type: string}}
#   subjects: {table: pools}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.pools.workers

# Flavours whose coordinator has a worker inside.
_alone := data.settings.parameters["pools/workers"].alone

judged := count(data.facts.pools) if is_array(_alone)

_served := {net.net | some net in data.facts.nets; net.flavour in _alone}

violations contains {
	"subject": $"{pool.net}/{pool.pool}",
	"message": $"pool \"{pool.pool}\" of net \"{pool.net}\" has no workers, so none of its work is done",
	"at": pool.at,
} if {
	some pool in data.facts.pools
	pool.workers <= 0
	not pool.net in _served
}
