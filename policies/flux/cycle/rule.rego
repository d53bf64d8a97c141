# METADATA
# title: No Kustomization waits for itself
# description: >-
#   Kustomizations that depend on each other in a circle wait for ever, and none of them is applied.
#   A circle lies within one net, or it leaves the net on its way: so no net may wait for another
#   one, which would hold it up whenever that one is sick.
# custom:
#   severity: error
#   waivable: true
#   remediation: Let each phase depend on earlier phases of its own net only.
#   subjects: {table: flux_depends}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.flux.cycle

judged := count(data.facts.flux_depends)

_nets := {row.kustomization: row.net | some row in data.facts.kustomizations}

_edges := [[row.kustomization, row.on, row.at] | some row in data.facts.flux_depends]

# Edges that leave a net are left out: what is reached from a Kustomization is then never more than
# its net, however many nets there are.
_inner := sort([[source, target] |
	some [source, target, _] in _edges
	_nets[source] == _nets[target]
])

# Collecting the targets of each source is quadratic. So a source leads to the first of its edges,
# and an edge, by its number, to its target and to the next edge of its source.
_following := {next |
	some i, [source, _] in _inner
	next := i + 1
	_inner[next][0] == source
}

_first := {source: {i} |
	some i, [source, _] in _inner
	not i in _following
}

_next := {i: reached |
	some i, [_, target] in _inner
	reached := {target} | ({i + 1} & _following)
}

_graph := object.union(_first, _next)

violations contains {
	"subject": source,
	"message": $"{source} depends on {target}, which waits for {source} in turn",
	"at": at,
} if {
	some [source, target, at] in _edges
	source in graph.reachable(_graph, [target])
}

violations contains {
	"subject": source,
	"message": $"{source} depends on {target}, which is not of its net",
	"at": at,
} if {
	some [source, target, at] in _edges
	_nets[source] != _nets[target]
}
