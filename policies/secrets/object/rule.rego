# METADATA
# title: Secrets come from the net's own store
# description: >-
#   A Secret that is built holds its values in the published tree, for everybody who reads it. And an
#   ExternalSecret that names another store than `keys` reads with another identity, which may see
#   more than the keys of testnets. One that does not own its Secret leaves the key in the cluster
#   when it goes, or writes into another's. Passwords that are made in the cluster need no store.
# custom:
#   severity: error
#   waivable: false
#   remediation: >-
#     Use an ExternalSecret with the SecretStore `keys`, or a generator, and `creationPolicy: Owner`;
#     and no Secret.
#   subjects: {table: secret_objects}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.secrets.object

judged := count(data.facts.secret_objects)

violations contains {
	"subject": row.object,
	"message": $"{row.kind} {row.object} has {row.values} of its values in the tree",
	"at": row.at,
	"object": row.object,
	"field": "data",
} if {
	some row in data.facts.secret_objects
	row.values > 0
}

# The facts say "generator" where every source of it is one.
_stores := {"keys", "generator"}

violations contains {
	"subject": row.object,
	"message": $"ExternalSecret {row.object} reads from store \"{row.store}\", not from \"keys\"",
	"at": row.at,
	"object": row.object,
	"field": row.field,
} if {
	some row in data.facts.secret_objects
	row.kind == "ExternalSecret"
	not row.store in _stores
}

violations contains {
	"subject": row.object,
	"message": $"ExternalSecret {row.object} does not own its Secret: its creationPolicy is {row.policy}",
	"at": row.at,
	"object": row.object,
	"field": "spec.target.creationPolicy",
} if {
	some row in data.facts.secret_objects
	row.kind == "ExternalSecret"
	row.policy != "Owner"
}
