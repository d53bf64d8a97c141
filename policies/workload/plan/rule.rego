# METADATA
# title: What was built is what was planned
# description: >-
#   A component's patch is applied after what the planner wrote, and wins without a word: also over
#   the `replicas: 0` of a key that is being handed over, which would then run twice. So replicas,
#   arguments, image and resources of every workload are compared with the plan after the build.
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
	"subject": workload.daemon,
	"message": $"{workload.object} has other {name} than planned",
	"at": workload.at,
	"object": workload.object,
	"field": $"spec.template.spec.containers[{_container(workload.role)}].{name}",
} if {
	some workload in _built
	some name in ["args", "image", "resources"]
	not workload[name]
}

# The container that the plan speaks of.
_container(role) := object.get({"service": "service", "snark-worker": "worker"}, role, "daemon")
