# METADATA
# title: An overlay is small enough to build
# description: >-
#   kustomize takes four times as long for twice the objects, and kustomize-controller builds one
#   Kustomization at a time: one that takes seconds holds up every net of the cluster, at every
#   commit. An overlay of 50 daemons has 200 to 300 objects.
# custom:
#   severity: error
#   waivable: true
#   remediation: Spread the net over more clusters, or take out what a component adds per daemon.
#   subjects: {table: kustomizations}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.flux.objects

_figures := data.settings.parameters["flux/objects"]

# Without all figures nothing is judged, which is an error.
judged := count(data.facts.kustomizations) if {
	every name in ["bytes", "many", "most", "shared_bytes"] {
		is_number(_figures[name])
	}
}

violations contains {
	"subject": row.kustomization,
	"severity": "warning",
	"message": $"{row.kustomization} builds {row.objects} objects, more than {_figures.many}",
	"at": row.at,
} if {
	some row in data.facts.kustomizations
	row.objects > _figures.many
	row.objects <= _figures.most
}

violations contains {
	"subject": row.kustomization,
	"message": $"{row.kustomization} builds {row.objects} objects, more than {_figures.most}",
	"at": row.at,
} if {
	some row in data.facts.kustomizations
	row.objects > _figures.most
}

violations contains {
	"subject": row.kustomization,
	"message": $"{row.kustomization} builds {row.bytes} bytes, more than {_bytes(row.phase)}",
	"at": row.at,
} if {
	some row in data.facts.kustomizations
	row.bytes > _bytes(row.phase)
}

# The genesis of a net is in its phase `shared`, in up to eight ConfigMaps of a MiB.
_bytes(phase) := _figures.shared_bytes if {
	phase == "shared"
} else := _figures.bytes
