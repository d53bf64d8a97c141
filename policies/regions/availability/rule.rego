# METADATA
# title: A public net is highly available
# description: >-
#   Everybody uses a public net, and one with `availability: single` is neither asked for enough regions
#   nor for seeds and stake that outlast one: the loss of a region may stop it.
# custom:
#   severity: warning
#   waivable: true
#   remediation: "Set `availability: high`, and give the net regions enough for it."
#   subjects: {table: nets, where: {purpose: public}}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.regions.availability

judged := count([1 | some net in data.facts.nets; net.purpose == "public"])

violations contains {
	"subject": net.net,
	"message": $"net \"{net.net}\" is public, and its availability is {net.availability}",
	"at": net.regions_at,
} if {
	some net in data.facts.nets
	net.purpose == "public"
	net.availability != "high"
}
