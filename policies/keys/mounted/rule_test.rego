package testnet.rules.keys.mounted_test

import data.testnet.rules.keys.mounted

found(change) := violations if {
	row := {
		"object": "america/net-n/StatefulSet/d",
		"kind": "mount",
		"secret": "whale-1-key",
		"owner": "n/whale-1",
		"field": "spec.template.spec.volumes[key]",
		"at": 3,
	}
	facts := {"counts": {"mounts": 7}, "mounts": [object.union(row, change)]}
	violations := mounted.violations with data.facts as facts
}

said(change) := [[v.severity, v.message] | some v in found(change)]

test_the_key_of_another if {
	found({}) == {{
		"subject": "america/net-n/StatefulSet/d",
		"severity": "error",
		"message": `america/net-n/StatefulSet/d is given Secret "whale-1-key", which is planned for daemon n/whale-1`,
		"at": 3,
		"object": "america/net-n/StatefulSet/d",
		"field": "spec.template.spec.volumes[key]",
	}}
}

test_a_secret_of_nobody if {
	said({"owner": ""}) == [[
		"warning",
		`america/net-n/StatefulSet/d is given Secret "whale-1-key", which nobody planned`,
	]]
}

test_another_name if {
	message := `america/net-n/StatefulSet/d makes Secret "whale-1-key", which is not its own`
	said({"kind": "target"}) == [["error", message]]
	said({"kind": "target", "owner": ""}) == [["error", message]]
}

test_another_key if {
	said({"kind": "fetch", "secret": "keys/x"}) == [[
		"error",
		`america/net-n/StatefulSet/d fetches "keys/x", the key of daemon n/whale-1`,
	]]
	said({"kind": "fetch", "secret": "keys/x", "owner": ""}) == [[
		"error",
		`america/net-n/StatefulSet/d fetches "keys/x", which nobody planned`,
	]]
}

test_a_volume_of_another if {
	said({"kind": "claim", "secret": "whale-1-g1"}) == [[
		"error",
		`america/net-n/StatefulSet/d is given claim "whale-1-g1", the volume of daemon n/whale-1`,
	]]
	said({"kind": "claim", "secret": "more", "owner": ""}) == [[
		"error",
		`america/net-n/StatefulSet/d is given claim "more", which nobody planned`,
	]]
}

test_a_template_of_volumes if {
	said({"kind": "template", "secret": "more", "owner": ""}) == [[
		"warning",
		`america/net-n/StatefulSet/d makes volumes by the template "more", which nobody planned`,
	]]
}

test_a_copy if {
	said({"kind": "copy", "secret": "PersistentVolumeClaim/whale-1-g1"}) == [[
		"error",
		`america/net-n/StatefulSet/d is filled from "PersistentVolumeClaim/whale-1-g1", the volume of daemon n/whale-1`,
	]]
	said({"kind": "copy", "secret": "VolumeSnapshot/x", "owner": ""}) == [[
		"error",
		`america/net-n/StatefulSet/d is filled from "VolumeSnapshot/x", which nobody planned`,
	]]
}

test_a_driver if {
	said({"kind": "driver", "secret": "secrets-store.csi.k8s.io", "owner": ""}) == [[
		"error",
		`america/net-n/StatefulSet/d is given a volume by the driver "secrets-store.csi.k8s.io", which may fetch any key`,
	]]
}

test_all_are_judged if {
	facts := {"counts": {"mounts": 7}, "mounts": []}
	mounted.judged == 7 with data.facts as facts
	mounted.violations == set() with data.facts as facts
}
