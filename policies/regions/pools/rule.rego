# METADATA
# title: A SNARK pool is whole in one cluster
# description: >-
#   Workers reach their coordinator only inside its cluster, by a port that is never public. A pool of
#   which a part is elsewhere does no work, and its price is asked for nothing.
# custom:
#   severity: error
#   waivable: true
#   remediation: Run the workers in the region of their coordinator; make another pool elsewhere.
#   subjects: {table: pools}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.regions.pools

judged := count(data.facts.pools)

violations contains {
	"subject": $"{pool.net}/{pool.pool}",
	"message": $"pool \"{pool.pool}\" has its coordinator on cluster \"{pool.cluster}\" and workers on {names}",
	"at": pool.at,
} if {
	some pool in data.facts.pools
	others := {cluster | some cluster in pool.worker_clusters; cluster != pool.cluster}
	count(others) > 0
	names := concat(", ", [$"\"{cluster}\"" | some cluster in others])
}
