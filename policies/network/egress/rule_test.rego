package testnet.rules.network.egress_test

import data.testnet.rules.network.egress

parameters := {"network/egress": {
	"widest": 8,
	"reserved": ["10.0.0.0/8", "192.168.0.0/16"],
	"documentation": ["203.0.113.0/24"],
}}

# What is found in a cluster that reaches the world from `cidr`.
found(cidr) := [[violation.severity, violation.message] | some violation in violations] if {
	facts := {"egress": [{"cluster": "west", "cidr": cidr, "at": 4}]}
	violations := egress.violations with data.facts as facts with data.settings.parameters as parameters
}

# As `found`, with the parameters that are shipped.
level(cidr) := [violation.severity | some violation in violations] if {
	violations := egress.violations with data.facts as {"egress": [{"cluster": "a", "cidr": cidr, "at": 4}]}
}

test_a_private_address if {
	facts := {"egress": [{"cluster": "west", "cidr": "10.1.2.3/32", "at": 4}]}
	egress.judged == 1 with data.facts as facts with data.settings.parameters as parameters
	egress.violations == {{
		"subject": "west/10.1.2.3/32",
		"message": `egress range 10.1.2.3/32 of cluster "west" is not public: it meets 10.0.0.0/8`,
		"at": 4,
		"severity": "error",
	}} with data.facts as facts with data.settings.parameters as parameters
}

test_a_range_that_holds_a_private_one if {
	found("192.0.0.0/8") == [[
		"error",
		`egress range 192.0.0.0/8 of cluster "west" is not public: it meets 192.168.0.0/16`,
	]]
}

test_documentation_is_a_note if {
	found("203.0.113.7/32") == [[
		"note",
		`egress range 203.0.113.7/32 of cluster "west" is an example: 203.0.113.0/24 is for documentation`,
	]]
}

test_public_addresses_are_fine if {
	found("203.0.112.7/32") == []
	found("52.0.0.0/8") == []
}

test_a_wide_range if {
	found("52.0.0.0/7") == [["error", `egress range 52.0.0.0/7 of cluster "west" is wider than /8`]]
}

test_no_ipv4 if {
	found("2001:db8::/32") == [["error", `egress range 2001:db8::/32 of cluster "west" is no IPv4 range`]]
	found("52.1.2.3")[0][0] == "error"
	found("x52.1.2.3/32")[0][0] == "error"
	found("52.1.2.3/32x")[0][0] == "error"
}

test_each_range_is_judged if {
	facts := {"egress": [
		{"cluster": "west", "cidr": "10.0.0.1/32", "at": 4},
		{"cluster": "west", "cidr": "52.1.2.3/32", "at": 4},
	]}
	egress.judged == 2 with data.facts as facts with data.settings.parameters as parameters
	count(egress.violations) == 1 with data.facts as facts with data.settings.parameters as parameters
}

test_nothing_is_judged_without_a_parameter if {
	facts := {"egress": [{"cluster": "west", "cidr": "10.1.2.3/32", "at": 4}]}
	every name, _ in parameters["network/egress"] {
		less := {"network/egress": object.remove(parameters["network/egress"], {name})}
		not egress.judged with data.facts as facts with data.settings.parameters as less
	}
}

test_the_ranges_that_are_shipped if {
	every cidr in [
		"0.0.0.1/32",
		"10.255.255.255/32",
		"100.64.0.0/32",
		"100.127.255.255/32",
		"127.0.0.1/32",
		"169.254.1.1/32",
		"172.16.0.0/32",
		"172.31.255.255/32",
		"192.168.255.255/32",
		"198.18.0.0/32",
		"198.19.255.255/32",
		"224.0.0.0/32",
		"240.0.0.1/32",
		"255.255.255.255/32",
	] {
		level(cidr) == ["error"]
	}
	every cidr in ["192.0.2.1/32", "198.51.100.1/32", "203.0.113.1/32"] {
		level(cidr) == ["note"]
	}
	every cidr in [
		"1.0.0.0/32",
		"9.255.255.255/32",
		"11.0.0.0/8",
		"100.63.255.255/32",
		"100.128.0.0/32",
		"172.15.255.255/32",
		"172.32.0.0/32",
		"198.17.255.255/32",
		"198.20.0.0/32",
		"223.255.255.255/32",
	] {
		level(cidr) == []
	}
}
