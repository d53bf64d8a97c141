package testnet.rules.secrets.object_test

import data.testnet.rules.secrets.object as rule

row(kind, values, store) := {
	"object": $"west/net-a/{kind}/x",
	"kind": kind,
	"values": values,
	"store": store,
	"policy": "Owner",
	"field": "spec.secretStoreRef",
	"at": 2,
}

found(entry) := violations if {
	violations := rule.violations with data.facts as {"secret_objects": [entry]}
}

test_a_secret_with_values if {
	found(row("Secret", 1, "")) == {{
		"subject": "west/net-a/Secret/x",
		"message": "Secret west/net-a/Secret/x has 1 of its values in the tree",
		"at": 2,
		"object": "west/net-a/Secret/x",
		"field": "data",
	}}
}

test_a_secret_without_values_is_fine if {
	count(found(row("Secret", 0, ""))) == 0
}

test_another_store if {
	found(row("ExternalSecret", 0, "ClusterSecretStore/keys")) == {{
		"subject": "west/net-a/ExternalSecret/x",
		"message": `ExternalSecret west/net-a/ExternalSecret/x reads from store "ClusterSecretStore/keys", not from "keys"`,
		"at": 2,
		"object": "west/net-a/ExternalSecret/x",
		"field": "spec.secretStoreRef",
	}}
}

test_no_store if count(found(row("ExternalSecret", 0, ""))) == 1

test_the_store_of_the_net_is_fine if count(found(row("ExternalSecret", 0, "keys"))) == 0

test_a_generator_is_fine if count(found(row("ExternalSecret", 0, "generator"))) == 0

test_values_count_in_every_kind if count(found(row("ExternalSecret", 1, "keys"))) == 1

test_each_object_is_judged if {
	facts := {"secret_objects": [row("Secret", 0, ""), row("ExternalSecret", 0, "keys")]}
	rule.judged == 2 with data.facts as facts
	count(rule.violations) == 0 with data.facts as facts
}

test_a_store_of_one_entry if {
	field := "spec.data[0].sourceRef.storeRef"
	entry := object.union(row("ExternalSecret", 0, "other"), {"field": field})
	{violation.field | some violation in found(entry)} == {field}
}

test_a_secret_of_somebody_else if {
	merging := object.union(row("ExternalSecret", 0, "keys"), {"policy": "Merge"})
	found(merging) == {{
		"subject": "west/net-a/ExternalSecret/x",
		"message": "ExternalSecret west/net-a/ExternalSecret/x does not own its Secret: its creationPolicy is Merge",
		"at": 2,
		"object": "west/net-a/ExternalSecret/x",
		"field": "spec.target.creationPolicy",
	}}
	count(found(object.union(row("Secret", 0, ""), {"policy": ""}))) == 0
}
