# METADATA
# title: Nothing but the peer-to-peer ports is open to the world
# description: >-
#   GraphQL spends the accounts that are unlocked, the client port stops the daemon, and metrics tell
#   everybody what runs where. None of them asks who is there: whoever reaches the port may use it.
# custom:
#   severity: error
#   waivable: true
#   remediation: Take the port out of what is public, and reach it by `kubectl port-forward`.
#   subjects: {table: exposed}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.network.exposed

judged := count(data.facts.exposed)

violations contains {
	"subject": $"{row.object}:{row.purpose}/{row.number}",
	"message": $"{row.protocol} port {_port(row.number, row.purpose)} of {row.object} is open to {_whom(row.via)} by {row.via}",
	"at": row.at,
	"object": row.object,
	"field": object.get(_fields, row.via, "spec"),
} if {
	some row in data.facts.exposed
	row.purpose != "p2p"
}

_fields := {
	"hostPort": "spec.template.spec.containers[daemon].ports",
	"hostNetwork": "spec.template.spec.hostNetwork",
	"LoadBalancer": "spec.type",
	"NodePort": "spec.type",
	"externalIPs": "spec.externalIPs",
	"Ingress": "spec.rules",
	"NetworkPolicy": "spec.ingress",
	"namespaceSelector": "spec.ingress",
}

_whom(via) := "all nets of the cluster" if {
	via == "namespaceSelector"
} else := "the world"

# A network policy may name a port without its number.
_port(number, purpose) := $"{number} ({purpose})" if {
	number != 0
} else := $"\"{purpose}\""
