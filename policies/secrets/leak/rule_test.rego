package testnet.rules.secrets.leak_test

import data.testnet.rules.secrets.leak

row(object, field, at) := {
	"text": "environments/keys/qa.yaml",
	"kind": "box of a private key",
	"where": "line 3",
	"digest": "0a1b2c",
	"object": object,
	"field": field,
	"at": at,
}

texts := [{"text": "environments/keys/qa.yaml"}, {"text": "environments/fleet.yaml"}]

test_a_secret_in_a_file if {
	facts := {"texts": texts, "leaks": [row("", "", 4)]}
	leak.judged == 2 with data.facts as facts
	leak.violations == {{
		"subject": "environments/keys/qa.yaml 0a1b2c",
		"message": "environments/keys/qa.yaml holds what looks like a secret: box of a private key (line 3)",
		"at": 4,
	}} with data.facts as facts
}

test_a_secret_in_an_object if {
	facts := {"texts": texts, "leaks": [row("west/net-a/ConfigMap/net", "data.KEY", 4)]}
	leak.violations == {{
		"subject": "environments/keys/qa.yaml 0a1b2c",
		"message": "environments/keys/qa.yaml holds what looks like a secret: box of a private key (line 3)",
		"at": 4,
		"object": "west/net-a/ConfigMap/net",
		"field": "data.KEY",
	}} with data.facts as facts
}

test_each_leak_is_a_violation if {
	facts := {"texts": texts, "leaks": [row("", "", 4), row("", "", 5)]}
	count(leak.violations) == 2 with data.facts as facts
}

test_texts_without_secrets_are_fine if {
	facts := {"texts": texts, "leaks": []}
	leak.judged == 2 with data.facts as facts
	count(leak.violations) == 0 with data.facts as facts
}
