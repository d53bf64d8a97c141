# METADATA
# title: Every SNARK pool has its coordinator beside its workers
# description: >-
#   Workers do nothing but ask their coordinator for jobs, over a port that is never opened to the
#   world. A coordinator that is not there, or is on another cluster, or does not answer at
#   that port leaves all of them idle, and once the scan state is full blocks stop taking
#   transactions.
# custom:
#   severity: error
#   waivable: true
#   remediation: Let the workers reach the client port of their own coordinator, on its cluster.
#   subjects: {table: pools}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.pools.coordinator

judged := count(data.facts.pools)

violations contains {
	"subject": $"{pool.net}/{pool.pool}",
	"message": $"pool \"{pool.pool}\" of net \"{pool.net}\" has no coordinator",
	"at": pool.at,
} if {
	some pool in data.facts.pools
	pool.coordinator == ""
}

# Workers that are not there reach nobody.
violations contains {
	"subject": $"{pool.net}/{pool.pool}",
	"message": $"the workers of pool \"{pool.pool}\" do not reach its coordinator {pool.coordinator}",
	"at": pool.at,
} if {
	some pool in data.facts.pools
	pool.coordinator != ""
	pool.workers > 0
	not pool.wired
}
