package testnet.rules.flux.settings_test

import data.testnet.rules.flux.settings

_fine := {
	"kustomization": "america/n-seeds-1",
	"account": "net-n",
	"prune": true,
	"force": false,
	"suspend": false,
	"target_namespace": "",
	"interval": 3600,
	"timeout": 600,
	"at": 1,
}

_figures := {"least_interval": 60, "most_interval": 86400, "least_timeout": 30}

_settings := {"parameters": {"flux/settings": _figures}}

messages(change) := {violation.message | some violation in violations} if {
	rows := [object.union(_fine, change)]
	violations := settings.violations with data.facts.kustomizations as rows with data.settings as _settings
}

test_as_generated if {
	messages({}) == set()
}

test_switches if {
	messages({"prune": false}) == {"america/n-seeds-1 does not prune: what leaves git runs on"}
	messages({"force": true}) == {"america/n-seeds-1 deletes and makes anew what it cannot patch (force)"}
	messages({"suspend": true}) == {"america/n-seeds-1 is suspended: nothing of a later commit is applied"}
}

test_account if {
	messages({"account": ""}) == {"america/n-seeds-1 names no ServiceAccount, so it may do what the controller may"}
}

test_namespace if {
	messages({"target_namespace": "other"}) == {`america/n-seeds-1 moves its objects to the namespace "other"`}
}

test_interval if {
	messages({"interval": 59, "timeout": 30}) == {"america/n-seeds-1 has an interval of 59 s; sane are 60 to 86400 s"}
	messages({"interval": 60, "timeout": 60}) == set()
	messages({"interval": 86400}) == set()
	count(messages({"interval": 86401})) == 1
}

test_timeout if {
	messages({"timeout": 29}) == {"america/n-seeds-1 has a timeout of 29 s; sane are 30 s to its interval of 3600 s"}
	messages({"timeout": 30}) == set()
	messages({"timeout": 3600}) == set()
	count(messages({"timeout": 3601})) == 1
}

test_place_and_subject if {
	rows := [object.union(_fine, {"prune": false, "force": true, "suspend": true, "account": "", "target_namespace": "x", "interval": 1, "timeout": 2})]
	violations := settings.violations with data.facts.kustomizations as rows with data.settings as _settings
	count(violations) == 7
	{[violation.subject, violation.at] | some violation in violations} == {["america/n-seeds-1", 1]}
}

test_judged_only_with_all_figures if {
	settings.judged == 1 with data.facts.kustomizations as [_fine] with data.settings as _settings
	settings.judged == 0 with data.facts.kustomizations as [] with data.settings as _settings
	every name in object.keys(_figures) {
		less := {"parameters": {"flux/settings": object.remove(_figures, [name])}}
		not settings.judged with data.facts.kustomizations as [_fine] with data.settings as less
	}
}
