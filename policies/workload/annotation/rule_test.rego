package testnet.rules.workload.annotation_test

import data.testnet.rules.workload.annotation

row(object, role, name, value) := {
	"object": object,
	"role": role,
	"map": "annotations",
	"name": $"kustomize.toolkit.fluxcd.io/{name}",
	"value": value,
	"at": 2,
}

found(object, role, name, value) := violations if {
	violations := annotation.violations with data.facts as {
		"counts": {"objects": 9},
		"annotations": [row(object, role, name, value)],
	}
}

_set := "america/net-n/StatefulSet/d"

test_producer_opts_out if {
	found(_set, "block-producer", "reconcile", "disabled") == {{
		"subject": _set,
		"severity": "error",
		"message": "america/net-n/StatefulSet/d opts out of Flux: kustomize.toolkit.fluxcd.io/reconcile: disabled",
		"at": 2,
		"object": _set,
		"field": "metadata.annotations[kustomize.toolkit.fluxcd.io/reconcile]",
	}}
}

test_by_a_label if {
	rows := [object.union(row(_set, "seed", "prune", "disabled"), {"map": "labels"})]
	violations := annotation.violations with data.facts.annotations as rows
	{v.field | some v in violations} == {"metadata.labels[kustomize.toolkit.fluxcd.io/prune]"}
}

test_elsewhere_it_is_a_warning if {
	{v.severity | some v in found(_set, "seed", "reconcile", "disabled")} == {"warning"}
	{v.severity | some v in found("america/net-n/ConfigMap/c", "", "ssa", "Merge")} == {"warning"}
}

test_all_ways_out if {
	every way in [
		["force", "enabled"],
		["force", "Enabled"],
		["prune", "disabled"],
		["reconcile", "Disabled"],
		["ssa", "IfNotPresent"],
		["ssa", "Ignore"],
		["ssa", "Merge"],
	] {
		count(found(_set, "seed", way[0], way[1])) == 1
	}
}

test_other_values_opt_out_of_nothing if {
	every way in [["force", "disabled"], ["prune", "enabled"], ["ssa", "Override"], ["substitute", "disabled"]] {
		found(_set, "block-producer", way[0], way[1]) == set()
	}
}

test_claims_and_namespaces_may_stay if {
	found("america/net-n/PersistentVolumeClaim/d-g1", "block-producer", "prune", "disabled") == set()
	found("america//Namespace/net-n", "", "prune", "disabled") == set()
}

test_but_are_reconciled if {
	count(found("america/net-n/PersistentVolumeClaim/d-g1", "seed", "reconcile", "disabled")) == 1
	count(found("america//Namespace/net-n", "", "force", "enabled")) == 1
}

test_judged_are_objects if {
	annotation.judged == 9 with data.facts as {"counts": {"objects": 9}, "annotations": []}
}
