# METADATA
# title: A net's seeds can be reached from every cluster of the net
# description: >-
#   A daemon that no seed lets in finds no peers: its region is a net of its own from the first
#   minute. What counts is what the network policies as built let in, and from which addresses each
#   cluster reaches the world.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Let the network policies of the net admit the egress addresses of all its clusters, as they are
#     rendered.
#   subjects: {table: nets}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.network["seed-reach"]

judged := count(data.facts.nets)

violations contains {
	"subject": $"{name}/{from.region}/{to.region}",
	"message": $"seeds of net \"{name}\" on cluster \"{to.cluster}\" do not let in {concat(", ", shut_out)}, by which cluster \"{from.cluster}\" reaches the world",
	"at": from.at,
	"related": [{"at": to.at, "message": "the seeds are here"}],
} if {
	some net in data.facts.nets
	name := net.net
	name in _built
	rows := [row | some row in data.facts.regions; row.net == name]
	some to in rows
	to.seeds > 0
	cluster := to.cluster
	admitted := {row.cidr |
		some row in data.facts.admitted
		row.net == name
		row.cluster == cluster
	}
	some from in rows
	shut_out := _egress[from.cluster] - _reaching(_egress[from.cluster], admitted)
	count(shut_out) > 0
}

# A net that cannot be rendered has no policies to judge; why it cannot is another finding.
_built := {row.net | some row in data.facts.workloads; row.kind != ""}

_egress := {cluster: ranges |
	some row in data.facts.clusters
	cluster := row.cluster
	ranges := {row.cidr | some row in data.facts.egress; row.cluster == cluster}
}

# Most are admitted as they are written; the others may lie within what is admitted.
_reaching(ranges, admitted) := (ranges & admitted) | {inner |
	some inner in (ranges - admitted)
	some outer in admitted
	net.cidr_contains(outer, inner)
}
