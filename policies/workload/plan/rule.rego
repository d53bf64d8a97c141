# METADATA
# title: What was built is what was planned
# description: >-
#   A component's patch is applied after what the planner wrote, and wins without a word: also over
#   the `replicas: 0` of a key that is being handed over, which would then run twice; and a
#   daemon whose state lies in an emptyDir forgets the chain at each restart. So replicas, labels,
#   arguments, image, resources and the volume of the state are compared with the plan after the build.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Take it out of the component: what a daemon may override is said in the testnet file alone.
#   subjects: {table: workloads}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.workload.plan

judged := count(data.facts.workloads)

# Of what was not built, workload/missing speaks.
_built := [workload | some workload in data.facts.workloads; workload.kind != ""]

violations contains {
	"subject": workload.daemon,
	"message": $"{workload.object} has {workload.replicas} replicas; planned are {workload.wanted_replicas}",
	"at": workload.at,
	"object": workload.object,
	"field": "spec.replicas",
} if {
	some workload in _built
	workload.replicas != workload.wanted_replicas
	not _runs_twice(workload)
}

# Of a block producer that runs more than it should, keys/single speaks.
_runs_twice(workload) if {
	workload.role == "block-producer"
	workload.replicas > workload.wanted_replicas
}

violations contains {
	"subject": row.daemon,
	"message": _difference(row),
	"at": row.at,
	"object": row.object,
	"field": _field(row),
} if {
	some row in data.facts.differences
}

_difference(row) := $"{row.object} has no container \"{row.container}\", which is planned" if {
	row.part == "container"
} else := $"container \"{row.container}\" of {row.object} has the image \"{row.built}\"; planned is \"{row.planned}\"" if {
	row.part == "image"
} else := $"{row.object} has the labels \"{row.built}\" of daemon and role; planned are \"{row.planned}\"" if {
	row.part == "labels"
} else := $"container \"{row.container}\" of {row.object} keeps its state on \"{row.built}\"; planned is \"{row.planned}\"" if {
	row.part in {"state", "mounts"}
} else := $"container \"{row.container}\" of {row.object} has other {row.part} than planned"

_field(row) := "spec.template.spec.containers" if {
	row.part == "container"
} else := "metadata.labels" if {
	row.part == "labels"
} else := "spec.template.spec.volumes[state]" if {
	row.part == "state"
} else := $"spec.template.spec.containers[{row.container}].volumeMounts" if {
	row.part == "mounts"
} else := $"spec.template.spec.containers[{row.container}].{row.part}"
