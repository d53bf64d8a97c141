package testnet.rules.resources["owner-budget_test"]

import data.testnet.rules.resources["owner-budget"] as rule

parameters(owners) := {"resources/owner-budget": {
	"default": {"cpu": 100, "memory": 100, "storage": 100, "dollars": 100},
	"owners": owners,
}}

net(name, owner, at) := {"net": name, "owner": owner, "owner_at": at}

usage(name, change) := object.union({"net": name, "cpu": 0, "memory": 0, "storage": 0, "cents": 0}, change)

gib := (1024 * 1024) * 1024

# Rows of usage as the facts have them: with the owner of the net, and its place.
owned(nets, rows) := [object.union(row, {"owner": net.owner, "owner_at": net.owner_at}) |
	some row in rows
	some net in nets
	net.net == row.net
]

found(nets, rows, owners) := violations if {
	violations := rule.violations with data.facts as {"usage": owned(nets, rows)}
		with data.settings.parameters as parameters(owners)
}

# What is found for one net that asks for `change`.
one(change) := {[violation.subject, violation.severity] |
	some violation in found([net("a", "x", 1)], [usage("a", change)], {})
}

test_two_nets_of_an_owner_are_too_much if {
	nets := [net("a", "x", 1), net("b", "x", 2), net("c", "y", 3), net("d", "x", 4)]
	rows := [usage("a", {"cpu": 40000}), usage("b", {"cpu": 30000}), usage("b", {"cpu": 30250}), usage("c", {"cpu": 90}), usage("d", {})]
	rule.judged == 5 with data.facts as {"usage": rows}
		with data.settings.parameters as parameters({})
	found(nets, rows, {}) == {{
		"subject": "x/cpu",
		"message": `nets of owner "x" ask for 101 of 100 cores, most of it net "b"`,
		"at": 2,
		"concerns": [1, 2],
		"severity": "error",
	}}
}

test_of_equal_nets_the_last_name_is_the_place if {
	nets := [net("b", "x", 2), net("a", "x", 1)]
	rows := [usage("b", {"cpu": 60000}), usage("a", {"cpu": 60000})]
	some violation in found(nets, rows, {})
	violation.at == 2
}

test_each_kind_has_its_unit if {
	one({"cpu": 100001}) == {["x/cpu", "error"]}
	one({"memory": (100 * gib) + 1}) == {["x/memory", "error"]}
	one({"storage": (100 * gib) + 1}) == {["x/storage", "error"]}
	one({"cents": 10001}) == {["x/dollars", "error"]}
}

test_figures_are_in_the_units_of_people if {
	every case in [
		[{"memory": 150 * gib}, "ask for 150 of 100 GiB of memory, most"],
		[{"storage": 150 * gib}, "ask for 150 of 100 GiB of storage, most"],
		[{"cents": 15000}, "ask for 150 of 100 dollars a month, most"],
	] {
		[change, text] := case
		some violation in found([net("a", "x", 1)], [usage("a", change)], {})
		contains(violation.message, text)
	}
}

test_all_of_a_budget_is_a_note if {
	one({"cpu": 100000}) == {["x/cpu", "note"]}
	one({"memory": 100 * gib}) == {["x/memory", "note"]}
	one({"storage": 100 * gib}) == {["x/storage", "note"]}
	one({"cents": 10000}) == {["x/dollars", "note"]}
}

test_four_fifths_are_fine if {
	one({"cpu": 80001}) == {["x/cpu", "note"]}
	one({"cpu": 80000}) == set()
	one({"cents": 8001}) == {["x/dollars", "note"]}
	one({"cents": 8000}) == set()
}

test_a_budget_of_its_own if {
	nets := [net("a", "x", 1), net("b", "y", 2)]
	rows := [usage("a", {"cpu": 30000, "cents": 9000}), usage("b", {"cpu": 30000})]
	subjects := {[violation.subject, violation.severity] | some violation in found(nets, rows, {"x": {"cpu": 20}})}
	subjects == {["x/cpu", "error"], ["x/dollars", "note"]}
}

test_nothing_is_judged_without_a_budget if {
	facts := {"usage": [{"net": "a"}]}
	full := parameters({})["resources/owner-budget"]
	every kind, _ in full.default {
		less := object.union(
			object.remove(full, {"default"}),
			{"default": object.remove(full.default, {kind})},
		)
		not rule.judged with data.facts as facts with data.settings.parameters as {"resources/owner-budget": less}
	}
	some_owners := object.remove(full, {"owners"})
	not rule.judged with data.facts as facts with data.settings.parameters as {"resources/owner-budget": some_owners}
}

test_what_is_shipped_can_be_judged if {
	rule.judged == 0 with data.facts as {"usage": []}
}
