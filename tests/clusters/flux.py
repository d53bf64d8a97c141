"""Flux on a cluster: the rights of its own installation, its options, what its objects say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.clusters.api import Object
from tests.clusters.parts import free_port
from tests.clusters.plane import FLUX, Manifest, manifest

KUSTOMIZE = "/apis/kustomize.toolkit.fluxcd.io/v1"
SOURCE = "/apis/source.toolkit.fluxcd.io/v1"
NOTIFY = "/apis/notification.toolkit.fluxcd.io/v1beta3"
CONTROLLERS = ("source-controller", "kustomize-controller")
_GROUP = "rbac.authorization.k8s.io"
_RBAC = f"/apis/{_GROUP}/v1"


def rights() -> Iterator[Manifest]:
    """Yield what Flux's own installation gives its controllers, and their accounts."""
    kinds = [f"{part}.toolkit.fluxcd.io" for part in ("source", "kustomize", "notification")]
    read = ["get", "list", "watch"]
    known = ["namespaces", "secrets", "configmaps", "serviceaccounts"]
    leases = ["configmaps", "configmaps/status", "leases"]
    rules: list[Object] = [
        {"apiGroups": kinds, "resources": ["*"], "verbs": ["*"]},
        {"apiGroups": [""], "resources": known, "verbs": read},
        {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]},
        {
            "apiGroups": ["", "coordination.k8s.io"],
            "resources": leases,
            "verbs": [*read, "create", "update", "patch", "delete"],
        },
        {"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]},
    ]
    name = "crd-controller-flux-system"
    yield manifest(f"{_RBAC}/clusterroles/{name}", f"{_GROUP}/v1", "ClusterRole", rules=rules)
    yield _binding(name, name, CONTROLLERS)
    yield _binding("cluster-reconciler-flux-system", "cluster-admin", CONTROLLERS[1:])
    for account in CONTROLLERS:
        path = f"/api/v1/namespaces/{FLUX}/serviceaccounts/{account}"
        yield manifest(path, "v1", "ServiceAccount")


def _binding(name: str, role: str, accounts: tuple[str, ...]) -> Manifest:
    return manifest(
        f"{_RBAC}/clusterrolebindings/{name}",
        f"{_GROUP}/v1",
        "ClusterRoleBinding",
        roleRef={"apiGroup": _GROUP, "kind": "ClusterRole", "name": role},
        subjects=[
            {"kind": "ServiceAccount", "name": account, "namespace": FLUX} for account in accounts
        ],
    )


def options(directory: Path, events: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the options of each controller; `events` is where its events go."""
    storage = free_port()
    (directory / "artifacts").mkdir()
    usual = (
        "--watch-all-namespaces=true",
        "--enable-leader-election=false",
        f"--events-addr={events}",
        "--metrics-addr=127.0.0.1:0",
        "--health-addr=127.0.0.1:0",
    )
    own = (
        (
            f"--storage-path={directory}/artifacts",
            f"--storage-addr=127.0.0.1:{storage}",
            f"--storage-adv-addr=127.0.0.1:{storage}",
        ),
        (  # as docs/bootstrap.md wants it, but for a second instead of 5: a net has six phases
            "--feature-gates=CancelHealthCheckOnNewRevision=true",
            "--concurrent=20",
            "--requeue-dependency=1s",
            "--no-cross-namespace-refs",
        ),
    )
    for name, special in zip(CONTROLLERS, own, strict=True):
        yield name, special + usual


def lag(item: Object, revision: str) -> str:
    """Return why a Kustomization is not Ready at a commit, nothing where it is."""
    status = item.get("status", {})
    conditions: list[Object] = status.get("conditions", [])
    ready = next((found for found in conditions if found["type"] == "Ready"), Object())
    if ready.get("status") != "True":
        return f"{ready.get('reason', 'no status')}: {ready.get('message', '')}"
    if status.get("observedGeneration") != item["metadata"]["generation"]:
        return "a change of it is not seen yet"
    last = status.get("lastAppliedRevision", "")
    return "" if last.endswith(f":{revision}") else f"at {last}"
