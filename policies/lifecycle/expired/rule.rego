# METADATA
# title: No net is past its end
# description: >-
#   A net that has expired is taken down with its volumes. Its file is to go from the repository,
#   or to say that the net is still needed, before that is a surprise.
# custom:
#   severity: error
#   waivable: true
#   remediation: Remove the file, or raise `ttl` if the net is still needed.
#   parameters:
#     warn_hours: {type: number, minimum: 0}
#   subjects: {table: nets}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.lifecycle.expired

import data.testnet.lib.duration

_warn := data.settings.parameters["lifecycle/expired"].warn_hours * 3600

judged := count(data.facts.nets) if is_number(_warn)

violations contains {
	"subject": net.net,
	"message": $"net \"{net.net}\" expired {duration.about(data.facts.now - net.expires)} ago",
	"at": net.ttl_at,
} if {
	some net in data.facts.nets
	net.expires != 0
	net.expires < data.facts.now
}

# A net that is not published yet has all of its time before it, however short that is.
violations contains {
	"subject": net.net,
	"message": $"net \"{net.net}\" expires in {duration.about(net.expires - data.facts.now)}",
	"severity": "warning",
	"at": net.ttl_at,
} if {
	some net in data.facts.nets
	net.is_published
	net.expires >= data.facts.now
	net.expires - data.facts.now <= _warn
}
