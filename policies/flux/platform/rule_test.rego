package testnet.rules.flux.platform_test

import data.testnet.rules.flux.platform

empty := {"applied": [], "kustomizations": [], "namespaces": []}

applied(part, api, kind, namespace) := found if {
	row := {
		"part": part,
		"api": api,
		"kind": kind,
		"namespace": namespace,
		"object": "west/a/K/x",
		"at": 3,
	}
	found := platform.violations with data.facts as object.union(empty, {"applied": [row]})
}

kustomized(net, source) := found if {
	row := {"kustomization": "west/x", "net": net, "source": source, "at": 4}
	found := platform.violations with data.facts as object.union(empty, {"kustomizations": [row]})
}

namespace(part, enforce, prune) := found if {
	row := {"part": part, "object": "west//Namespace/x", "enforce": enforce, "prune": prune, "at": 5}
	found := platform.violations with data.facts as object.union(empty, {"namespaces": [row]})
}

test_another_kind_in_the_platform if {
	applied("platform", "admissionregistration.k8s.io", "MutatingWebhookConfiguration", "") == {{
		"subject": "west/a/K/x",
		"message": "west/a/K/x is applied with the controller's rights; the platform has no MutatingWebhookConfiguration.admissionregistration.k8s.io",
		"at": 3,
		"object": "west/a/K/x",
		"field": "kind",
	}}
	count(applied("platform", "other.example.org", "Namespace", "")) == 1
	count(applied("platform", "", "Pod", "testnets")) == 1
}

test_kinds_of_the_platform if {
	count(applied("platform", "", "Namespace", "")) == 0
	count(applied("platform", "rbac.authorization.k8s.io", "ClusterRole", "")) == 0
	count(applied("platform", "rbac.authorization.k8s.io", "ClusterRoleBinding", "")) == 0
	count(applied("platform", "source.toolkit.fluxcd.io", "GitRepository", "testnets")) == 0
}

test_other_parts_have_other_kinds if {
	count(applied("testnets", "kustomize.toolkit.fluxcd.io", "Kustomization", "testnets")) == 0
	count(applied("nets", "apps", "StatefulSet", "net-a")) == 0
}

test_the_platform_stays_out_of_nets if {
	applied("platform", "source.toolkit.fluxcd.io", "GitRepository", "net-a") == {{
		"subject": "west/a/K/x",
		"message": "west/a/K/x is of the platform, and in the namespace of a net",
		"at": 3,
		"object": "west/a/K/x",
		"field": "metadata.namespace",
	}}
}

test_a_net_tells_flux_nothing if {
	applied("nets", "helm.toolkit.fluxcd.io", "HelmRelease", "net-a") == {{
		"subject": "west/a/K/x",
		"message": "west/a/K/x is built by the overlay of a net, and tells Flux what to do",
		"at": 3,
		"object": "west/a/K/x",
		"field": "kind",
	}}
	count(applied("nets", "toolkit.fluxcd.io", "HelmRelease", "net-a")) == 1
	count(applied("nets", "nottoolkit.fluxcd.io", "HelmRelease", "net-a")) == 0
}

test_the_source_of_nets if {
	count(kustomized("a", "GitRepository/testnets/environments")) == 0
	kustomized("a", "GitRepository/flux-system/environments") == {{
		"subject": "west/x",
		"message": "west/x applies what is in GitRepository/flux-system/environments, not in GitRepository/testnets/environments",
		"at": 4,
	}}
}

test_the_source_of_all_nets if {
	count(kustomized("", "GitRepository/flux-system/environments")) == 0
	count(kustomized("", "GitRepository/testnets/environments")) == 1
	count(kustomized("", "Bucket/flux-system/environments")) == 1
}

test_levels_of_namespaces if {
	count(namespace("platform", "restricted", "disabled")) == 0
	count(namespace("testnets", "restricted", "")) == 0
	count(namespace("testnets", "privileged", "")) == 0
	count(namespace("testnets", "baseline", "")) == 1
	namespace("platform", "privileged", "disabled") == {{
		"subject": "west//Namespace/x",
		"message": `west//Namespace/x enforces "privileged", not one of restricted`,
		"at": 5,
		"object": "west//Namespace/x",
		"field": "metadata.labels[pod-security.kubernetes.io/enforce]",
	}}
}

test_the_namespace_of_all_nets_is_kept if {
	namespace("platform", "restricted", "") == {{
		"subject": "west//Namespace/x",
		"message": "west//Namespace/x can be pruned, and with it all that is in it",
		"at": 5,
		"object": "west//Namespace/x",
		"field": "metadata.annotations[kustomize.toolkit.fluxcd.io/prune]",
	}}
}

test_nothing_is_judged_without_parameters if {
	platform.judged == 0 with data.facts as empty
	every absent in ["kinds", "controllers", "source"] {
		parameters := object.remove({"kinds": [], "controllers": [], "source": "x"}, [absent])
		not platform.judged with data.facts as empty
			with data.settings.parameters as {"flux/platform": parameters}
	}
}
