# METADATA
# title: The genesis is the same on every cluster
# description: >-
#   The chain id is a hash over the genesis. Daemons that read other bytes, or start at another
#   time, form a chain of their own, and to each of the two the other one looks like a net that
#   has lost half of its producers. What was built is compared with the plan on each cluster.
# custom:
#   severity: error
#   waivable: true
#   remediation: Let no component change the genesis; it is written by the generator alone.
#   subjects: {table: genesis}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.genesis.same

judged := count(data.facts.genesis)

violations contains {
	"subject": built.net,
	"message": $"net \"{built.net}\" on cluster \"{built.cluster}\" {reason}",
	"at": built.at,
	"object": built.object,
	"field": "data",
} if {
	some built in data.facts.genesis
	reason := _wrong_digest(built)
}

violations contains {
	"subject": built.net,
	"message": $"net \"{built.net}\" on cluster \"{built.cluster}\" {reason}",
	"at": built.at,
	"object": built.object,
	"field": "data",
} if {
	some built in data.facts.genesis
	built.time != built.wanted_time
	reason := $"starts at \"{built.time}\", not at \"{built.wanted_time}\" as planned"
}

_wrong_digest(built) := "has no genesis" if {
	built.digest == ""
	built.wanted_digest != ""
} else := "has a genesis of its own beside that of the image" if {
	built.digest != ""
	built.wanted_digest == ""
} else := $"has genesis {_short(built.digest)}, not {_short(built.wanted_digest)} as planned" if {
	built.digest != built.wanted_digest
}

_short(digest) := substring(digest, 0, 12)
