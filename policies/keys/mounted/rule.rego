# METADATA
# title: Keys and volumes are given to their own daemons alone
# description: >-
#   Whoever is given the Secret of a block producer can produce with its key: two daemons would then
#   sign two blocks for one slot. Its volume holds the wallet, so that whoever mounts or copies it has
#   the key as well; and a driver of volumes may fetch any. So every Secret and claim that a pod is
#   given, and every key that an ExternalSecret fetches, is compared with what the plan gives to that
#   daemon.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Take it out of the component: which key a daemon holds is said in the testnet file alone.
#   subjects: {count: mounts}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.keys.mounted

# The table has only what is not as planned.
judged := data.facts.counts.mounts

violations contains {
	"subject": row.object,
	"severity": _severity(row),
	"message": _message(row),
	"at": row.at,
	"object": row.object,
	"field": row.field,
} if {
	some row in data.facts.mounts
}

# A Secret that nobody planned, or a new volume, holds none of the keys that are known; what fetches
# them is judged. A claim that nobody planned may be of an earlier generation, with its wallet.
_severity(row) := "warning" if {
	row.kind in {"mount", "template"}
	row.owner == ""
} else := "error"

_message(row) := $"{row.object} is given a volume by the driver \"{row.secret}\", which may fetch any key" if {
	row.kind == "driver"
} else := $"{row.object} makes volumes by the template \"{row.secret}\", which nobody planned" if {
	row.kind == "template"
} else := $"{row.object} is filled from \"{row.secret}\", which nobody planned" if {
	row.kind == "copy"
	row.owner == ""
} else := $"{row.object} is filled from \"{row.secret}\", the volume of daemon {row.owner}" if {
	row.kind == "copy"
} else := $"{row.object} is given claim \"{row.secret}\", which nobody planned" if {
	row.kind == "claim"
	row.owner == ""
} else := $"{row.object} is given claim \"{row.secret}\", the volume of daemon {row.owner}" if {
	row.kind == "claim"
} else := $"{row.object} is given Secret \"{row.secret}\", which nobody planned" if {
	row.kind == "mount"
	row.owner == ""
} else := $"{row.object} is given Secret \"{row.secret}\", which is planned for daemon {row.owner}" if {
	row.kind == "mount"
} else := $"{row.object} makes Secret \"{row.secret}\", which is not its own" if {
	row.kind == "target"
} else := $"{row.object} fetches \"{row.secret}\", which nobody planned" if {
	row.owner == ""
} else := $"{row.object} fetches \"{row.secret}\", the key of daemon {row.owner}"
