# METADATA
# title: A net for QA ends, a public one does not
# description: >-
#   A net that nobody ends runs until somebody wonders about the bill. For a test a few days are
#   enough, and a file that is still needed is easily published again. Outsiders who joined a
#   public net rely on it: it has no end that was fixed on its first day.
# custom:
#   severity: error
#   waivable: true
#   remediation: "Write a shorter `ttl`, such as `ttl: 72h`."
#   parameters:
#     most_days: {type: number, minimum: 0}
#   subjects: {table: nets}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.lifecycle.ttl

import data.testnet.lib.duration

_most := data.settings.parameters["lifecycle/ttl"].most_days * 86400

judged := count(data.facts.nets) if is_number(_most)

violations contains {
	"subject": net.net,
	"message": $"net \"{net.net}\" is for QA and never ends",
	"remediation": "Add `ttl`, such as `ttl: 72h`.",
	"at": net.ttl_at,
} if {
	some net in data.facts.nets
	net.purpose != "public"
	net.ttl <= 0
}

violations contains {
	"subject": net.net,
	"message": $"net \"{net.net}\" lives for {duration.text(net.ttl)}, and {duration.text(_most)} is the most",
	"at": net.ttl_at,
} if {
	some net in data.facts.nets
	net.purpose != "public"
	net.ttl > _most
}

violations contains {
	"subject": net.net,
	"message": $"net \"{net.net}\" is public and would end after {duration.text(net.ttl)}",
	"remediation": "Remove `ttl`, or make it a net for QA.",
	"at": net.ttl_at,
} if {
	some net in data.facts.nets
	net.purpose == "public"
	net.ttl > 0
}
