# METADATA
# title: The nets of an owner stay within its budget
# description: >-
#   A net costs what its daemons ask for, whether or not anybody looks at it. A budget for each owner
#   makes the first net that is too much a question to its owner, instead of a bill at the end of the
#   month. The place is the owner of the net that asks for most.
# custom:
#   severity: error
#   waivable: true
#   remediation: Remove or shrink a net of this owner, or raise the budget in policies/settings.
#   parameters:
#     default:
#       type: object
#       properties:
#         cpu: {type: number, minimum: 0}
#         memory: {type: number, minimum: 0}
#         storage: {type: number, minimum: 0}
#         dollars: {type: number, minimum: 0}
#       required: [cpu, memory, storage, dollars]
#       additionalProperties: false
#     owners:
#       type: object
#       additionalProperties:
#         type: object
#         properties:
#           cpu: {type: number, minimum: 0}
#           memory: {type: number, minimum: 0}
#           storage: {type: number, minimum: 0}
#           dollars: {type: number, minimum: 0}
#         additionalProperties: false
#   subjects: {table: usage}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.resources["owner-budget"]

_parameters := data.settings.parameters["resources/owner-budget"]

_default := _parameters.default

# Each with the column of the facts, how many of its units make one, and how people say it.
_kinds := {
	"cpu": {"column": "cpu", "size": 1000, "text": "cores"},
	"memory": {"column": "memory", "size": (1024 * 1024) * 1024, "text": "GiB of memory"},
	"storage": {"column": "storage", "size": (1024 * 1024) * 1024, "text": "GiB of storage"},
	"dollars": {"column": "cents", "size": 100, "text": "dollars a month"},
}

# Without a budget of every kind not everything is compared, so that nothing must count as judged.
judged := count(data.facts.usage) if {
	is_object(_parameters.owners)
	every kind, _ in _kinds {
		is_number(_default[kind])
	}
}

# What each net asks for on all of its clusters; also of those that are not judged now, but count.
_nets := [{"net": name, "owner": owner, "at": at, "rows": rows} |
	some [name, owner, at] in {[row.net, row.owner, row.owner_at] | some row in data.facts.usage}
	rows := [row | some row in data.facts.usage; row.net == name]
]

violations contains {
	"subject": $"{owner}/{kind}",
	"message": $"nets of owner \"{owner}\" ask for {ceil(used / unit.size)} of {budget} {unit.text}, most of it net \"{most[1]}\"",
	"at": most[2],
	"concerns": [amount[2] | some amount in amounts; amount[0] > 0],
	"severity": severity,
} if {
	some owner in {net.owner | some net in _nets}
	mine := [net | some net in _nets; net.owner == owner]
	some kind, unit in _kinds
	column := unit.column
	amounts := [[sum([row[column] | some row in net.rows]), net.net, net.at] | some net in mine]
	used := sum([amount[0] | some amount in amounts])
	budget := object.get(_parameters.owners, [owner, kind], _default[kind])
	severity := _severity(used, budget * unit.size)
	most := max(amounts)
}

_severity(used, budget) := "error" if {
	used > budget
} else := "note" if {
	used * 100 > budget * 80
}
