package testnet.rules.network.isolated_test

import data.testnet.rules.network.isolated

private := ["10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]

base := {
	"purpose": "qa",
	"object": "west/net-a/NetworkPolicy/isolate",
	"field": "spec.egress[0]",
	"way": "egress",
	"who": "pods",
	"cidr": "",
	"excepted": [],
	"ports": [],
	"exposed": false,
	"at": 6,
}

said(change) := {violation.message |
	facts := {
		"isolation": [],
		"passages": [object.union(base, change)],
		"egress": [{"cidr": "203.0.113.10/32"}, {"cidr": "203.0.113.20/32"}],
	}
	some violation in isolated.violations with data.facts as facts
}

reached(ranges) := {$"west/net-a/NetworkPolicy/isolate lets pods of a net for qa reach {range}" |
	some range in ranges
}

test_a_net_that_nothing_confines if {
	facts := {
		"isolation": [
			{"net": "a", "cluster": "west", "confined": false, "at": 1},
			{"net": "a", "cluster": "east", "confined": true, "at": 1},
		],
		"passages": [],
		"egress": [],
	}
	isolated.judged == 2 with data.facts as facts
	isolated.violations == {{
		"subject": "a/west",
		"message": `no network policy is about all that the pods of net "a" send on cluster "west"`,
		"at": 1,
	}} with data.facts as facts
}

test_a_rule_for_everything if {
	facts := {
		"isolation": [],
		"passages": [object.union(base, {"who": "anyone"})],
		"egress": [],
	}
	isolated.violations == {{
		"subject": "west/net-a/NetworkPolicy/isolate:spec.egress[0]",
		"message": "west/net-a/NetworkPolicy/isolate lets pods reach any address at all ports",
		"at": 6,
		"object": "west/net-a/NetworkPolicy/isolate",
		"field": "spec.egress[0]",
	}} with data.facts as facts
}

test_any_address_by_port if {
	count(said({"who": "anyone", "ports": ["UDP/53", "TCP/53", "TCP/443", "TCP/6443"]})) == 0
	said({"who": "anyone", "ports": ["UDP/53", "TCP/1-65535"]}) == {"west/net-a/NetworkPolicy/isolate lets pods reach any address at TCP/1-65535"}
	count(said({"who": "anyone", "ports": ["TCP/80"], "purpose": "public"})) == 1
	count(said({"who": "pods", "ports": ["TCP/80"]})) == 0
}

test_private_ranges if {
	count(said({"who": "range", "cidr": "0.0.0.0/0", "excepted": private})) == 0
	said({"who": "range", "cidr": "0.0.0.0/0"}) == reached(private)
	said({"who": "range", "cidr": "0.0.0.0/1"}) == reached(["10.0.0.0/8"])
	said({"who": "range", "cidr": "10.1.0.0/16"}) == reached(["10.0.0.0/8"])
	count(said({"who": "range", "cidr": "8.8.8.0/24"})) == 0
	count(said({"who": "range", "cidr": "::/0"})) == 2
	count(said({"who": "range", "cidr": "::/0", "excepted": ["fc00::/7", "fe80::/10"]})) == 0
}

test_an_exception_covers_the_whole_range if {
	excepted := ["10.0.0.0/9", "169.254.0.0/16", "172.0.0.0/8", "192.168.0.0/16"]
	said({"who": "range", "cidr": "0.0.0.0/0", "excepted": excepted}) == reached(["10.0.0.0/8"])
}

test_public_nets_reach_all_but_the_metadata_service if {
	excepted := ["169.254.0.0/16"]
	count(said({"who": "range", "cidr": "0.0.0.0/0", "excepted": excepted, "purpose": "public"})) == 0
	said({"who": "range", "cidr": "0.0.0.0/0", "purpose": "public"}) == {"west/net-a/NetworkPolicy/isolate lets pods of a net for public reach 169.254.0.0/16"}
}

test_what_is_no_range if {
	said({"who": "range"}) == {"west/net-a/NetworkPolicy/isolate names what is no range of addresses"}
}

test_pods_of_other_nets if {
	count(said({})) == 0
	count(said({"who": "namespaces", "purpose": "public"})) == 0
	said({"who": "namespaces"}) == {"west/net-a/NetworkPolicy/isolate lets pods of a net for qa reach those of all others"}
}

test_the_fleet_dials if {
	count(said({"way": "ingress", "who": "range", "cidr": "203.0.113.20/32"})) == 0
	count(said({"way": "ingress", "who": "pods"})) == 0
}

test_nobody_else_dials if {
	said({"way": "ingress", "who": "range", "cidr": "203.0.113.0/24"}) == {"west/net-a/NetworkPolicy/isolate lets 203.0.113.0/24, which is none of the fleet's addresses, reach a net for qa"}
	said({"way": "ingress", "who": "anyone"}) == {"west/net-a/NetworkPolicy/isolate lets everybody reach a net for qa"}
}

test_no_other_net_dials if {
	said({"way": "ingress", "who": "namespaces"}) == {"west/net-a/NetworkPolicy/isolate lets the pods of all others reach a net for qa"}
}

test_everybody_dials_public_nets if {
	count(said({"way": "ingress", "who": "range", "cidr": "0.0.0.0/0", "purpose": "public"})) == 0
	count(said({"way": "ingress", "who": "anyone", "purpose": "public"})) == 0
}

test_what_is_exposed_is_judged_elsewhere if {
	count(said({"way": "ingress", "who": "range", "cidr": "0.0.0.0/0", "exposed": true})) == 0
}

test_nothing_is_judged_without_parameters if {
	facts := {"isolation": [], "passages": [], "egress": []}
	isolated.judged == 0 with data.facts as facts
	every parameters in [
		{"ports": [], "closed": {"public": []}},
		{"ports": [], "closed": {"qa": []}},
		{"closed": {"public": [], "qa": []}},
	] {
		not isolated.judged with data.facts as facts
			with data.settings.parameters as {"network/isolated": parameters}
	}
	isolated.judged == 0 with data.facts as facts
		with data.settings.parameters as {"network/isolated": {"ports": [], "closed": {"public": [], "qa": []}}}
}
