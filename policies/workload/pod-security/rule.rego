# METADATA
# title: Pods keep to Pod Security
# description: >-
#   An image under test is not trusted: what it may do to its node decides what else it can reach,
#   and a node holds the keys of other nets. Every pod meets `baseline` of the Pod Security
#   Standards (v1.35), and `restricted` where its namespace warns at that level. One thing is
#   allowed that the standard refuses: the host ports by which peers dial a daemon, unchanged and
#   on no other container than a running one. A field that cannot be read counts as a violation.
# custom:
#   severity: error
#   waivable: true
#   remediation: >-
#     Take it out of the component that sets it; `components/daemon` shows what `restricted` asks
#     for.
#   subjects: {table: shapes}
# schemas:
#   - data.facts: schema.facts
package testnet.rules.workload["pod-security"]

import data.testnet.lib.pod_security

judged := count(data.facts.shapes)

_spec := "spec.template.spec"

_containers := [[row, path, container] |
	some row in data.facts.shapes
	some container in row.pod.containers
	path := $"{_spec}.{container.list}[{container.name}]"
]

# Whose security context, where it is, and what is in it: of pods and of containers.
_contexts := array.concat(
	[[row, "the pod", path, row.pod.securityContext] |
		some row in data.facts.shapes
		path := $"{_spec}.securityContext"
	],
	[[row, whose, path, container.securityContext] |
		some [row, parent, container] in _containers
		whose := $"container \"{container.name}\""
		path := $"{parent}.securityContext"
	],
)

_violation(row, field, message) := {
	"subject": row.object,
	"message": message,
	"at": row.at,
	"object": row.object,
	"field": field,
}

# --- baseline

_parts := {
	"appArmorAnnotations",
	"containers",
	"hostIPC",
	"hostNetwork",
	"hostPID",
	"hostUsers",
	"malformed",
	"os",
	"securityContext",
	"volumes",
}

_container_parts := {"hostPorts", "hosts", "list", "name", "securityContext"}

# What is not among the facts would look like what is not in the pod.
violations contains _violation(row, _spec, message) if {
	some row in data.facts.shapes
	some part in (_parts - object.keys(row.pod))
	message := $"nobody has looked at {part} of {row.object}"
}

violations contains _violation(row, _spec, message) if {
	some row in data.facts.shapes
	some container in row.pod.containers
	some part in (_container_parts - object.keys(container))
	message := $"nobody has looked at {part} of a container of {row.object}"
}

violations contains _violation(row, field, message) if {
	some row in data.facts.shapes
	some path in row.pod.malformed
	field := $"{_spec}.{path}"
	message := $"{path} of {row.object} has not the type of that field, so nobody knows what it does"
}

violations contains _violation(row, field, message) if {
	some row in data.facts.shapes
	some name in {"hostIPC", "hostNetwork", "hostPID"}
	row.pod[name]
	field := $"{_spec}.{name}"
	message := $"{row.object} shares a namespace of its node: {name}"
}

violations contains _violation(row, field, message) if {
	some row in data.facts.shapes
	some volume in row.pod.volumes
	volume.type == "hostPath"
	field := $"{_spec}.volumes[{volume.name}].hostPath"
	message := $"volume \"{volume.name}\" of {row.object} is a directory of its node"
}

violations contains _violation(row, field, message) if {
	some row in data.facts.shapes
	some name in row.pod.securityContext.sysctls
	not name in pod_security.sysctls
	field := $"{_spec}.securityContext.sysctls"
	message := $"{row.object} sets the sysctl \"{name}\", which reaches beyond its pod"
}

violations contains _violation(row, field, message) if {
	some row in data.facts.shapes
	some name, profile in row.pod.appArmorAnnotations
	not profile in {"", "runtime/default"}
	not startswith(profile, "localhost/")
	field := "spec.template.metadata.annotations"
	message := $"an annotation gives container \"{name}\" of {row.object} the AppArmor profile \"{profile}\""
}

violations contains _violation(row, field, message) if {
	some [row, path, container] in _containers
	container.securityContext.privileged
	field := $"{path}.securityContext.privileged"
	message := $"container \"{container.name}\" of {row.object} is privileged"
}

violations contains _violation(row, field, message) if {
	some [row, path, container] in _containers
	some name in container.securityContext.capabilities.add
	not name in pod_security.capabilities
	field := $"{path}.securityContext.capabilities.add"
	message := $"container \"{container.name}\" of {row.object} adds the capability {name}"
}

violations contains _violation(row, field, message) if {
	some [row, path, container] in _containers
	mount := container.securityContext.procMount
	mount != "Default"

	# In a user namespace of its own a pod may, below `restricted`.
	true in {row.pod.hostUsers, row.level == "restricted"}
	field := $"{path}.securityContext.procMount"
	message := $"container \"{container.name}\" of {row.object} mounts /proc as \"{mount}\""
}

violations contains _violation(row, field, message) if {
	some [row, path, container] in _containers
	some port in container.hostPorts
	not port in pod_security.peer_ports
	field := $"{path}.ports"
	message := $"container \"{container.name}\" of {row.object} takes a port of its node that no peer dials: {port}"
}

violations contains _violation(row, field, message) if {
	some [row, path, container] in _containers
	container.list != "containers"
	some port in container.hostPorts
	port in pod_security.peer_ports
	field := $"{path}.ports"
	message := $"container \"{container.name}\" of {row.object} takes the port {port} of its node, which is for the daemon itself"
}

violations contains _violation(row, field, message) if {
	some [row, path, container] in _containers
	some host in container.hosts
	field := $"{path}.{host}"
	message := $"container \"{container.name}\" of {row.object} makes its node call another host: {host}"
}

violations contains _violation(row, field, message) if {
	some [row, whose, path, context] in _contexts
	context.windowsOptions.hostProcess
	field := $"{path}.windowsOptions.hostProcess"
	message := $"{whose} of {row.object} is a process of its node"
}

violations contains _violation(row, field, message) if {
	some [row, whose, path, context] in _contexts
	some name in {"appArmorProfile", "seccompProfile"}
	type := context[name].type
	not type in pod_security.profiles
	field := $"{path}.{name}.type"
	message := $"{whose} of {row.object} has the {name} \"{type}\""
}

violations contains _violation(row, field, message) if {
	some [row, whose, path, context] in _contexts
	type := context.seLinuxOptions.type
	not type in pod_security.selinux_types
	field := $"{path}.seLinuxOptions.type"
	message := $"{whose} of {row.object} has the SELinux type \"{type}\""
}

violations contains _violation(row, field, message) if {
	some [row, whose, path, context] in _contexts
	some part in {"role", "user"}
	value := context.seLinuxOptions[part]
	field := $"{path}.seLinuxOptions.{part}"
	message := $"{whose} of {row.object} has the SELinux {part} \"{value}\""
}

# --- restricted

_restricted := [row | some row in data.facts.shapes; row.level == "restricted"]

_restricted_containers := [[row, path, container] |
	some [row, path, container] in _containers
	row.level == "restricted"
]

# A pod of Windows can have none of what these fields say.
_linux_containers := [[row, path, container] |
	some [row, path, container] in _restricted_containers
	row.pod.os != "windows"
]

violations contains _violation(row, field, message) if {
	some row in _restricted
	some volume in row.pod.volumes
	not volume.type in pod_security.volume_types
	volume.type != "hostPath"
	field := $"{_spec}.volumes[{volume.name}]"
	message := $"volume \"{volume.name}\" of {row.object} is of the type {volume.type}"
}

violations contains _violation(row, field, message) if {
	some [row, path, container] in _linux_containers
	object.get(container.securityContext, "allowPrivilegeEscalation", true)
	field := $"{path}.securityContext.allowPrivilegeEscalation"
	message := $"container \"{container.name}\" of {row.object} may gain privileges"
}

violations contains _violation(row, field, message) if {
	some [row, path, container] in _linux_containers
	not "ALL" in object.get(container.securityContext, ["capabilities", "drop"], [])
	field := $"{path}.securityContext.capabilities.drop"
	message := $"container \"{container.name}\" of {row.object} does not drop all capabilities"
}

violations contains _violation(row, field, message) if {
	some [row, path, container] in _linux_containers
	some name in container.securityContext.capabilities.add
	name != "NET_BIND_SERVICE"
	field := $"{path}.securityContext.capabilities.add"
	message := $"container \"{container.name}\" of {row.object} adds the capability {name}"
}

violations contains _violation(row, field, message) if {
	some [row, path, container] in _linux_containers
	not container.securityContext.seccompProfile
	not row.pod.securityContext.seccompProfile
	field := $"{path}.securityContext.seccompProfile"
	message := $"container \"{container.name}\" of {row.object} has no seccompProfile, nor has its pod"
}

violations contains _violation(row, field, message) if {
	some [row, path, container] in _restricted_containers
	row.pod.hostUsers
	not object.get(container.securityContext, "runAsNonRoot", object.get(row.pod.securityContext, "runAsNonRoot", false))
	field := $"{path}.securityContext.runAsNonRoot"
	message := $"container \"{container.name}\" of {row.object} may run as root"
}

# Even where every container says otherwise.
violations contains _violation(row, field, message) if {
	some row in _restricted
	row.pod.hostUsers
	row.pod.securityContext.runAsNonRoot == false
	field := $"{_spec}.securityContext.runAsNonRoot"
	message := $"the pod of {row.object} lets its containers run as root"
}

violations contains _violation(row, field, message) if {
	some [row, whose, path, context] in _contexts
	row.level == "restricted"
	row.pod.hostUsers
	context.runAsUser == 0
	field := $"{path}.runAsUser"
	message := $"{whose} of {row.object} runs as root"
}
