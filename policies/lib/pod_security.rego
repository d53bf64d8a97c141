# METADATA
# title: What the Pod Security Standards allow, as of v1.35
# scope: package
package testnet.lib.pod_security

# What a container may add, as it has them by default anyway.
capabilities := {
	"AUDIT_WRITE",
	"CHOWN",
	"DAC_OVERRIDE",
	"FOWNER",
	"FSETID",
	"KILL",
	"MKNOD",
	"NET_BIND_SERVICE",
	"SETFCAP",
	"SETGID",
	"SETPCAP",
	"SETUID",
	"SYS_CHROOT",
}

# What a node may give away: peers dial these ports of it.
peer_ports := {"discovery", "p2p"}

# Of seccomp and AppArmor.
profiles := {"Localhost", "RuntimeDefault"}

selinux_types := {"container_engine_t", "container_init_t", "container_kvm_t", "container_t"}

# Those that change nothing outside of the pod.
sysctls := {
	"kernel.shm_rmid_forced",
	"net.ipv4.ip_local_port_range",
	"net.ipv4.ip_local_reserved_ports",
	"net.ipv4.ip_unprivileged_port_start",
	"net.ipv4.ping_group_range",
	"net.ipv4.tcp_fin_timeout",
	"net.ipv4.tcp_keepalive_intvl",
	"net.ipv4.tcp_keepalive_probes",
	"net.ipv4.tcp_keepalive_time",
	"net.ipv4.tcp_rmem",
	"net.ipv4.tcp_syncookies",
	"net.ipv4.tcp_wmem",
}

# What `restricted` leaves.
volume_types := {
	"configMap",
	"csi",
	"downwardAPI",
	"emptyDir",
	"ephemeral",
	"image",
	"persistentVolumeClaim",
	"projected",
	"secret",
}
