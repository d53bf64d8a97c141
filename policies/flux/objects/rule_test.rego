package testnet.rules.flux.objects_test

import data.testnet.rules.flux.objects

_figures := {"many": 300, "most": 400, "all_nets": 1000, "bytes": 1000, "shared_bytes": 9000}

_settings := {"parameters": {"flux/objects": _figures}}

row(phase, number, size) := {
	"kustomization": "america/n-seeds-1",
	"net": "n",
	"phase": phase,
	"objects": number,
	"bytes": size,
	"at": 1,
}

found(phase, number, size) := violations if {
	violations := objects.violations with data.facts.kustomizations as [row(phase, number, size)]
		with data.settings as _settings
}

test_small_enough if {
	found("seeds", 300, 1000) == set()
	found("shared", 300, 9000) == set()
}

test_many if {
	found("seeds", 301, 2) == {{
		"subject": "america/n-seeds-1",
		"severity": "warning",
		"message": "america/n-seeds-1 builds 301 objects, more than 300",
		"at": 1,
	}}
	[violation.severity | some violation in found("seeds", 400, 1)] == ["warning"]
	count(found("seeds", 400, 1)) == 1
}

test_too_many if {
	found("seeds", 401, 2) == {{
		"subject": "america/n-seeds-1",
		"message": "america/n-seeds-1 builds 401 objects, more than 400",
		"at": 1,
	}}
	count(found("seeds", 1001, 2)) == 1
}

test_too_long if {
	found("seeds", 1, 1001) == {{
		"subject": "america/n-seeds-1",
		"message": "america/n-seeds-1 builds 1001 bytes, more than 1000",
		"at": 1,
	}}
	{violation.message | some violation in found("shared", 1, 9001)} == {"america/n-seeds-1 builds 9001 bytes, more than 9000"}
}

_of_all_nets(number, size) := violations if {
	rows := [object.union(row("", number, size), {"kustomization": "america/testnets", "net": ""})]
	violations := objects.violations with data.facts.kustomizations as rows
		with data.settings as _settings
}

test_what_all_nets_need_grows_with_them if {
	_of_all_nets(1000, 9000) == set()
	_of_all_nets(350, 9000) == set()
	_of_all_nets(1001, 9000) == {{
		"subject": "america/testnets",
		"severity": "warning",
		"message": "america/testnets builds 1001 objects for all nets, more than 1000",
		"remediation": "Move nets to other clusters, or remove those that nobody needs.",
		"at": 1,
	}}
	{v.message | some v in _of_all_nets(1, 9001)} == {"america/testnets builds 9001 bytes, more than 9000"}
}

test_judged_only_with_all_figures if {
	rows := [row("seeds", 1, 1)]
	objects.judged == 1 with data.facts.kustomizations as rows with data.settings as _settings
	every name in object.keys(_figures) {
		less := {"parameters": {"flux/objects": object.remove(_figures, [name])}}
		not objects.judged with data.facts.kustomizations as rows with data.settings as less
	}
}
