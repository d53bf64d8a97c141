# METADATA
# title: Pods have time to stop
# description: >-
#   With a grace period of 0 Kubernetes forgets a pod before its process has ended: the next one,
#   on another node, then produces blocks with the same key. With a short one a daemon is killed
#   while it writes its database, and may need hours to be back. With a very long one a daemon that
#   hangs keeps its key for as long, and handing the key over never ends.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Leave `terminationGracePeriodSeconds` to `components/daemon`, which gives every daemon 60 s.
#   parameters:
#     least_seconds: {type: number, minimum: 0}
#     most_seconds: {type: number, minimum: 0}
#   subjects: {table: shapes}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.workload.grace

_least := data.settings.parameters["workload/grace"].least_seconds

_most := data.settings.parameters["workload/grace"].most_seconds

# Without the figures nothing is judged, which is an error.
judged := count(data.facts.shapes) if {
	is_number(_least)
	is_number(_most)
}

violations contains {
	"subject": shape.object,
	"message": $"the pod of {shape.object} is forgotten before it has stopped: its grace period is {shape.grace} s",
	"at": shape.at,
	"object": shape.object,
	"field": "spec.template.spec.terminationGracePeriodSeconds",
} if {
	some shape in data.facts.shapes
	shape.grace <= 0
}

violations contains {
	"subject": shape.object,
	"severity": "warning",
	"message": $"block producer {shape.object} has {shape.grace} s to stop, less than {_least} s",
	"at": shape.at,
	"object": shape.object,
	"field": "spec.template.spec.terminationGracePeriodSeconds",
} if {
	some shape in data.facts.shapes
	shape.role == "block-producer"
	shape.grace > 0
	shape.grace < _least
}

violations contains {
	"subject": shape.object,
	"message": $"the pod of {shape.object} has {shape.grace} s to stop, more than {_most} s",
	"at": shape.at,
	"object": shape.object,
	"field": "spec.template.spec.terminationGracePeriodSeconds",
} if {
	some shape in data.facts.shapes
	shape.grace > _most
}
