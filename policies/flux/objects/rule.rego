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
#   parameters:
#     many: {type: integer, minimum: 0}
#     most: {type: integer, minimum: 0}
#     bytes: {type: integer, minimum: 0}
#     shared_bytes: {type: integer, minimum: 0}
#     all_nets: {type: integer, minimum: 0}
#   subjects: {table: kustomizations}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.flux.objects

_figures := data.settings.parameters["flux/objects"]

# Without all figures nothing is judged, which is an error.
judged := count(data.facts.kustomizations) if {
	every name in ["all_nets", "bytes", "many", "most", "shared_bytes"] {
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
	row.net != ""
	row.objects > _figures.many
	row.objects <= _figures.most
}

violations contains {
	"subject": row.kustomization,
	"message": $"{row.kustomization} builds {row.objects} objects, more than {_figures.most}",
	"at": row.at,
} if {
	some row in data.facts.kustomizations
	row.net != ""
	row.objects > _figures.most
}

# What all nets of a cluster need is one Kustomization, which grows with their number.
violations contains {
	"subject": row.kustomization,
	"severity": "warning",
	"message": $"{row.kustomization} builds {row.objects} objects for all nets, more than {_figures.all_nets}",
	"remediation": "Move nets to other clusters, or remove those that nobody needs.",
	"at": row.at,
} if {
	some row in data.facts.kustomizations
	row.net == ""
	row.objects > _figures.all_nets
}

violations contains {
	"subject": row.kustomization,
	"message": $"{row.kustomization} builds {row.bytes} bytes, more than {_bytes(row)}",
	"at": row.at,
} if {
	some row in data.facts.kustomizations
	row.bytes > _bytes(row)
}

# The genesis of a net is in its phase `shared`, in up to eight ConfigMaps of a MiB.
_bytes(row) := _figures.shared_bytes if {
	true in {row.phase == "shared", row.net == ""}
} else := _figures.bytes
