"""Pod Security and rights: what the built pods and roles may do, asserted directly."""

from __future__ import annotations

from typing import Any

import pytest

from tests.overlays.library import OVERLAYS, SAMPLE_NAMES, Resource, build, of_kind, pod, sample

VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}
WITH_HOST_PORTS = {"archive", "coordinators", "producers", "seeds-gcp", "seeds-kademlia"}


def violations(spec: Resource) -> set[str]:
    """Return what Pod Security `restricted` (Kubernetes 1.37) refuses in a pod."""
    found: set[str] = set()
    security = spec.get("securityContext", {})
    if any(spec.get(f"host{kind}") for kind in ("Network", "PID", "IPC")):
        found.add("host namespace")
    for volume in spec.get("volumes", ()):
        found |= {f"volume {kind}" for kind in volume if kind != "name" and kind not in VOLUMES}
    for container in [*spec.get("initContainers", ()), *spec["containers"]]:
        found |= _container_violations(container, security)
    return found


def _container_violations(container: Resource, of_pod: Resource) -> set[str]:
    own = container.get("securityContext", {})

    def setting(name: str) -> Any:
        return own.get(name, of_pod.get(name))

    checks = {
        "privileged": not own.get("privileged"),
        "privilege escalation": own.get("allowPrivilegeEscalation") is False,
        "capabilities": own.get("capabilities", {}).get("drop") == ["ALL"]
        and not own["capabilities"].get("add"),
        "root": setting("runAsNonRoot") is True and setting("runAsUser") != 0,
        "seccomp": (setting("seccompProfile") or {}).get("type") in {"RuntimeDefault", "Localhost"},
        "host port": not any(port.get("hostPort") for port in container.get("ports", ())),
    }
    return {name for name, holds in checks.items() if not holds}


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_pods_are_restricted_but_for_host_ports(name: str) -> None:
    allowed = {"host port"} if name in WITH_HOST_PORTS else set()
    for resource in of_kind(sample(name), "StatefulSet"):
        assert violations(pod(resource)) <= allowed


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("runAsNonRoot", False, {"root"}),
        ("runAsUser", 0, {"root"}),
        ("seccompProfile", {"type": "Unconfined"}, {"seccomp"}),
        ("seccompProfile", None, {"seccomp"}),
    ],
)
def test_the_assertion_notices_a_weaker_pod(field: str, value: Any, found: set[str]) -> None:
    spec = pod(of_kind(sample("workers"), "StatefulSet")[0])
    weaker = {**spec, "securityContext": {**spec["securityContext"], field: value}}
    assert violations(weaker) == found


def rules(name: str) -> list[Resource]:
    roles = {
        r["metadata"]["name"]: r for r in of_kind(build(OVERLAYS / "base/platform"), "ClusterRole")
    }
    found: list[Resource] = roles[name]["rules"]
    return found


def test_the_reconciler_has_no_way_to_more_rights() -> None:
    granted = {
        (kind, verb)
        for rule in rules("testnet-reconciler")
        for kind in rule["resources"]
        for verb in rule["verbs"]
    }
    assert not {kind for kind, _ in granted} & {
        "*",
        "secrets",
        "pods/exec",
        "serviceaccounts/token",
    }
    assert not {verb for _, verb in granted} & {"*", "escalate", "bind", "impersonate"}
    assert {verb for kind, verb in granted if kind == "pods"} == {"get", "list", "watch"}


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_the_reconciler_may_apply_each_kind_of_a_net(name: str) -> None:
    allowed = {
        (group, kind)
        for rule in rules("testnet-reconciler")
        if {"create", "patch", "delete"} <= set(rule["verbs"])
        for group in rule["apiGroups"]
        for kind in rule["resources"]
    }
    for resource in sample(name):
        group = resource["apiVersion"].rpartition("/")[0]
        kind = resource["kind"].lower()
        plural = kind[:-1] + "ies" if kind.endswith("y") else f"{kind}s"
        assert (group, plural) in allowed


def test_a_daemon_reads_its_node_and_its_service_only() -> None:
    assert rules("testnet-address-reader") == [
        {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}
    ]
    assert rules("testnet-daemon") == [
        {"apiGroups": [""], "resources": ["services"], "verbs": ["get"]}
    ]


def test_a_role_is_there_before_what_is_bound_to_it() -> None:
    # Flux tries all objects before it makes one, and without the verb `bind` the API server reads
    # the role of a binding that is tried.
    assert not of_kind(build(OVERLAYS / "base/net"), "Role")


def test_the_namespace_of_all_nets_is_never_pruned() -> None:
    (namespace,) = of_kind(build(OVERLAYS / "base/platform"), "Namespace")
    notes = namespace["metadata"]["annotations"]
    assert notes["kustomize.toolkit.fluxcd.io/prune"] == "disabled"
