# METADATA
# title: Daemons are probed
# description: >-
#   Without a readiness probe Flux takes a daemon for ready before it listens, and starts the next
#   phase too early; without a startup probe, loading the ledger for half an hour counts as hanging;
#   without a liveness probe a daemon that hangs stays so, with its key. A probe without a handler
#   asks nothing.
# custom:
#   severity: warning
#   waivable: true
#   remediation: Give the container `daemon` the probes that `components/daemon` has.
#   subjects:
#     table: shapes
#     where: {role: [seed, block-producer, snark-coordinator, archive]}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.workload.probes

_roles := {"archive", "block-producer", "seed", "snark-coordinator"}

judged := count([1 | some shape in data.facts.shapes; shape.role in _roles])

violations contains {
	"subject": shape.object,
	"message": $"container \"daemon\" of {shape.object} has no {name} probe",
	"at": shape.at,
	"object": shape.object,
	"field": $"spec.template.spec.containers[daemon].{name}Probe",
} if {
	some shape in data.facts.shapes
	shape.role in _roles
	probes := {probe |
		some container in shape.pod.containers
		container.name == "daemon"
		some probe in container.probes
	}
	some name in ({"liveness", "readiness", "startup"} - probes)
}
