# METADATA
# title: Nothing opts out of Flux
# description: >-
#   By an annotation an object opts out of what Flux does with it. A producer that Flux no longer
#   applies, or no longer prunes, runs on with its key after git has handed the key to another
#   place; with `force` it is deleted and made anew. Elsewhere it hides drift. Claims and namespaces
#   may outlive what made them: they hold data, not keys that run.
# custom:
#   severity: error
#   waivable: true
#   remediation: Take the annotation out; to stop a daemon, take it out of the testnet file.
#   subjects: {count: objects}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.workload.annotation

judged := data.facts.counts.objects

# Flux compares the values without regard to case.
_ways_out := {
	["kustomize.toolkit.fluxcd.io/force", "enabled"],
	["kustomize.toolkit.fluxcd.io/prune", "disabled"],
	["kustomize.toolkit.fluxcd.io/reconcile", "disabled"],
	["kustomize.toolkit.fluxcd.io/ssa", "ifnotpresent"],
	["kustomize.toolkit.fluxcd.io/ssa", "ignore"],
	["kustomize.toolkit.fluxcd.io/ssa", "merge"],
}

violations contains {
	"subject": row.object,
	"severity": _severity(row.role),
	"message": $"{row.object} opts out of Flux: {row.name}: {row.value}",
	"at": row.at,
	"object": row.object,
	"field": $"metadata.{row.map}[{row.name}]",
} if {
	some row in data.facts.annotations
	[row.name, lower(row.value)] in _ways_out
	not _outlives(row)
}

_outlives(row) if {
	row.name == "kustomize.toolkit.fluxcd.io/prune"
	some kind in ["/Namespace/", "/PersistentVolumeClaim/"]
	contains(row.object, kind)
}

default _severity(_) := "warning"

_severity("block-producer") := "error"
