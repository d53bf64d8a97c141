package testnet.rules.workload["pod-security_test"]

import data.testnet.rules.workload["pod-security"] as rule

_container := {
	"name": "daemon",
	"list": "containers",
	"hostPorts": [],
	"hosts": [],
	"securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
}

# What `restricted` has nothing against.
_pod := {
	"appArmorAnnotations": {},
	"containers": [_container],
	"hostIPC": false,
	"hostNetwork": false,
	"hostPID": false,
	"hostUsers": true,
	"malformed": [],
	"os": "",
	"securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
	"volumes": [{"name": "state", "type": "persistentVolumeClaim"}],
}

shape(level, pod) := {"object": "o", "level": level, "pod": pod, "at": 1}

found(level, pod) := {[violation.field, violation.message] | some violation in violations} if {
	violations := rule.violations with data.facts.shapes as [shape(level, pod)]
}

with_pod(change) := object.union(_pod, change)

# One container that differs, beside one that is fine.
with_container(change) := with_pod({"containers": [
	object.union(_container, {"name": "other"}),
	object.union(_container, change),
]})

with_context(change) := with_container({"securityContext": change})

without_context(names) := with_pod({"containers": [object.union(
	object.remove(_container, ["securityContext"]),
	{"securityContext": object.remove(_container.securityContext, names)},
)]})

# A change that is refused at both levels, the field and the message.
refused(pod, field, message) if {
	every level in ["privileged", "baseline", "restricted"] {
		found(level, pod) == {[$"spec.template.spec.{field}", message]}
	}
}

# A change that only `restricted` refuses.
restricted(pod, field, message) if {
	found("restricted", pod) == {[$"spec.template.spec.{field}", message]}
	found("baseline", pod) == set()
}

fine(pod) if {
	found("restricted", pod) == set()
	found("baseline", pod) == set()
}

_daemon := "containers[daemon]"

_said := `container "daemon" of o`

test_nothing_is_wrong if {
	fine(_pod)
	rule.judged == 2 with data.facts.shapes as [shape("restricted", _pod), shape("baseline", _pod)]
	rule.judged == 0 with data.facts.shapes as []
}

test_what_a_violation_holds if {
	rule.violations == {{
		"subject": "o",
		"message": "o shares a namespace of its node: hostPID",
		"at": 1,
		"object": "o",
		"field": "spec.template.spec.hostPID",
	}} with data.facts.shapes as [shape("baseline", with_pod({"hostPID": true}))]
}

test_every_part_was_looked_at if {
	every part in object.keys(_pod) {
		pod := object.remove(_pod, [part])
		["spec.template.spec", $"nobody has looked at {part} of o"] in found("baseline", pod)
	}
	every part in object.keys(_container) {
		pod := object.union(object.remove(_pod, ["containers"]), {"containers": [object.remove(_container, [part])]})
		["spec.template.spec", $"nobody has looked at {part} of a container of o"] in found("baseline", pod)
	}
}

test_malformed if {
	message := "hostPID of o has not the type of that field, so nobody knows what it does"
	refused(with_pod({"malformed": ["hostPID"]}), "hostPID", message)
}

test_host_namespaces if {
	every name in ["hostIPC", "hostNetwork", "hostPID"] {
		refused(with_pod({name: true}), name, $"o shares a namespace of its node: {name}")
	}
}

test_host_path if {
	pod := with_pod({"volumes": [{"name": "v", "type": "hostPath"}]})
	refused(pod, "volumes[v].hostPath", `volume "v" of o is a directory of its node`)
}

test_sysctls if {
	refused(
		with_pod({"securityContext": {"sysctls": ["kernel.msgmax", "net.ipv4.tcp_syncookies"]}}),
		"securityContext.sysctls",
		`o sets the sysctl "kernel.msgmax", which reaches beyond its pod`,
	)
}

test_apparmor_annotation if {
	every profile in ["", "runtime/default", "localhost/mine"] {
		fine(with_pod({"appArmorAnnotations": {"daemon": profile}}))
	}
	found("baseline", with_pod({"appArmorAnnotations": {"daemon": "unconfined"}})) == {[
		"spec.template.metadata.annotations",
		`an annotation gives container "daemon" of o the AppArmor profile "unconfined"`,
	]}
}

test_privileged if {
	refused(with_context({"privileged": true}), $"{_daemon}.securityContext.privileged", $"{_said} is privileged")
	fine(with_context({"privileged": false}))
}

test_capabilities if {
	field := $"{_daemon}.securityContext.capabilities.add"
	refused(with_context({"capabilities": {"add": ["NET_ADMIN"]}}), field, $"{_said} adds the capability NET_ADMIN")
	restricted(with_context({"capabilities": {"add": ["CHOWN"]}}), field, $"{_said} adds the capability CHOWN")
	fine(with_context({"capabilities": {"add": ["NET_BIND_SERVICE"]}}))
}

test_proc_mount if {
	field := $"{_daemon}.securityContext.procMount"
	pod := with_context({"procMount": "Unmasked"})
	message := $"{_said} mounts /proc as \"Unmasked\""
	refused(pod, field, message)
	restricted(object.union(pod, {"hostUsers": false}), field, message)
	fine(with_context({"procMount": "Default"}))
}

test_host_ports if {
	every port in ["p2p", "discovery"] {
		fine(with_container({"hostPorts": [port]}))
	}
	refused(
		with_container({"hostPorts": ["other:3085", "p2p"]}),
		$"{_daemon}.ports",
		$"{_said} takes a port of its node that no peer dials: other:3085",
	)
}

test_host_ports_of_other_containers if {
	every list in ["initContainers", "ephemeralContainers"] {
		refused(
			with_container({"list": list, "hostPorts": ["p2p"]}),
			$"{list}[daemon].ports",
			$"{_said} takes the port p2p of its node, which is for the daemon itself",
		)
	}
	refused(
		with_container({"list": "initContainers", "hostPorts": ["other:1"]}),
		"initContainers[daemon].ports",
		$"{_said} takes a port of its node that no peer dials: other:1",
	)
}

test_hosts_of_probes if {
	refused(
		with_container({"hosts": ["livenessProbe.httpGet.host"]}),
		$"{_daemon}.livenessProbe.httpGet.host",
		$"{_said} makes its node call another host: livenessProbe.httpGet.host",
	)
}

test_host_process if {
	change := {"windowsOptions": {"hostProcess": true}}
	refused(
		with_pod({"securityContext": change}),
		"securityContext.windowsOptions.hostProcess",
		"the pod of o is a process of its node",
	)
	refused(
		with_context(change),
		$"{_daemon}.securityContext.windowsOptions.hostProcess",
		$"{_said} is a process of its node",
	)
}

test_profiles if {
	every name in ["appArmorProfile", "seccompProfile"] {
		every type in ["Localhost", "RuntimeDefault"] {
			fine(with_context({name: {"type": type}}))
		}
		refused(
			with_context({name: {"type": "Unconfined"}}),
			$"{_daemon}.securityContext.{name}.type",
			$"{_said} has the {name} \"Unconfined\"",
		)
		refused(
			with_pod({"securityContext": {name: {"type": ""}}}),
			$"securityContext.{name}.type",
			$"the pod of o has the {name} \"\"",
		)
	}
}

test_selinux if {
	fine(with_context({"seLinuxOptions": {"type": "container_t"}}))
	refused(
		with_context({"seLinuxOptions": {"type": "spc_t"}}),
		$"{_daemon}.securityContext.seLinuxOptions.type",
		$"{_said} has the SELinux type \"spc_t\"",
	)
	every part in ["role", "user"] {
		refused(
			with_pod({"securityContext": {"seLinuxOptions": {part: "x"}}}),
			$"securityContext.seLinuxOptions.{part}",
			$"the pod of o has the SELinux {part} \"x\"",
		)
	}
}

test_volume_types if {
	pod := with_pod({"volumes": [{"name": "v", "type": "nfs"}, {"name": "w", "type": "secret"}]})
	restricted(pod, "volumes[v]", `volume "v" of o is of the type nfs`)
}

test_privilege_escalation if {
	field := $"{_daemon}.securityContext.allowPrivilegeEscalation"
	message := $"{_said} may gain privileges"
	restricted(with_context({"allowPrivilegeEscalation": true}), field, message)
	restricted(without_context(["allowPrivilegeEscalation"]), field, message)
}

test_drops_all if {
	field := $"{_daemon}.securityContext.capabilities.drop"
	message := $"{_said} does not drop all capabilities"
	restricted(with_context({"capabilities": {"drop": ["CHOWN"]}}), field, message)
	restricted(without_context(["capabilities"]), field, message)
}

test_seccomp_is_said_somewhere if {
	silent := object.union(object.remove(_pod, ["securityContext"]), {"securityContext": {"runAsNonRoot": true}})
	restricted(silent, $"{_daemon}.securityContext.seccompProfile", $"{_said} has no seccompProfile, nor has its pod")
	context := object.union(_container.securityContext, {"seccompProfile": {"type": "Localhost"}})
	fine(object.union(silent, {"containers": [object.union(_container, {"securityContext": context})]}))
}

test_windows_has_no_linux_fields if {
	bare := without_context(["allowPrivilegeEscalation", "capabilities"])
	context := {"runAsNonRoot": true}
	pod := object.union(object.remove(bare, ["securityContext"]), {"os": "windows", "securityContext": context})
	fine(pod)
	count(found("restricted", object.union(pod, {"os": "linux"}))) == 3
}

test_may_run_as_root if {
	silent := object.union(
		object.remove(_pod, ["securityContext"]),
		{"securityContext": {"seccompProfile": {"type": "Localhost"}}},
	)
	field := $"{_daemon}.securityContext.runAsNonRoot"
	message := $"{_said} may run as root"
	restricted(silent, field, message)
	restricted(with_context({"runAsNonRoot": false}), field, message)
	fine(object.union(silent, {"hostUsers": false}))
	context := object.union(_container.securityContext, {"runAsNonRoot": true})
	fine(object.union(silent, {"containers": [object.union(_container, {"securityContext": context})]}))
}

# Also where each container says otherwise.
test_pod_lets_containers_run_as_root if {
	context := object.union(_container.securityContext, {"runAsNonRoot": true})
	pod := with_pod({
		"securityContext": {"runAsNonRoot": false},
		"containers": [object.union(_container, {"securityContext": context})],
	})
	restricted(pod, "securityContext.runAsNonRoot", "the pod of o lets its containers run as root")
	fine(object.union(pod, {"hostUsers": false}))
}

test_runs_as_root if {
	pod := with_pod({"securityContext": {"runAsUser": 0}})
	restricted(pod, "securityContext.runAsUser", "the pod of o runs as root")
	restricted(with_context({"runAsUser": 0}), $"{_daemon}.securityContext.runAsUser", $"{_said} runs as root")
	fine(with_context({"runAsUser": 1}))
	fine(object.union(pod, {"hostUsers": false}))
}
