# METADATA
# title: Everything planned is built
# description: >-
#   A component can rename an object, or take it out, and kustomize says nothing. The net then
#   starts with a producer, a seed or a pool less than its file says, and every check of the objects
#   passes, because there is no object to check.
# custom:
#   severity: error
#   waivable: true
#   remediation: Find the component that renames it or takes it out, and mend that.
#   subjects: {table: workloads}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.workload.missing

judged := count(data.facts.workloads)

violations contains {
	"subject": workload.daemon,
	"message": $"{workload.daemon} is planned on {workload.cluster}, but no workload was built for it",
	"at": workload.at,
} if {
	some workload in data.facts.workloads
	workload.kind == ""
}
