"""What a cluster is made of besides Flux: its programs' command lines, what is there from birth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.fleet import Cluster as Planned
from tests.clusters.api import Object
from tests.clusters.network import PASSWORD, USER
from tests.clusters.parts import free_port
from tests.clusters.stages import node

FLUX = "flux-system"
NETS = "testnets"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
Manifest = tuple[str, Object]  # where in the API, and what


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a cluster is, mostly from the fleet file."""

    name: str
    region: str
    storage_class: str
    notification_secret: str
    zones: int = 3
    nodes_per_zone: int = 2
    node_capacity: tuple[tuple[str, str], ...] = (
        ("cpu", "256"),
        ("memory", "1Ti"),
        ("ephemeral-storage", "1Ti"),
        ("pods", "250"),
    )


def facts(planned: Planned) -> Facts:
    """Return what the fleet file says of a cluster."""
    return Facts(
        name=planned.name,
        region=planned.region,
        storage_class=planned.storage_class,
        notification_secret=planned.notification_secret,
    )


def api_server(directory: Path, *, name: str, number: int, port: int, etcd: int) -> tuple[str, ...]:
    """Return the options of kube-apiserver; certificates are those of the parent directory."""
    root = directory.parent
    return (
        f"--etcd-servers=http://127.0.0.1:{etcd}",
        f"--etcd-prefix=/{name}",
        f"--secure-port={port}",
        "--bind-address=127.0.0.1",
        f"--cert-dir={directory}",
        f"--tls-cert-file={root}/server.crt",
        f"--tls-private-key-file={root}/server.key",
        "--token-auth-file=tokens.csv",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-account-key-file=accounts.pub",
        "--service-account-signing-key-file=accounts.key",
        f"--service-cluster-ip-range=172.{16 + number}.0.0/16",
        "--endpoint-reconciler-type=none",
        "--profiling=false",
    )


def controller_manager(directory: Path) -> tuple[str, ...]:
    """Return the options of kube-controller-manager: all controllers, each as itself."""
    return (
        "--kubeconfig=manager.json",
        "--leader-elect=false",
        "--controllers=*,-node-ipam-controller",
        "--service-account-private-key-file=accounts.key",
        f"--root-ca-file={directory.parent}/ca.crt",
        "--use-service-account-credentials=true",
        "--bind-address=127.0.0.1",
        f"--secure-port={free_port()}",
        f"--cert-dir={directory}",
    )


def scheduler(directory: Path) -> tuple[str, ...]:
    """Return the options of kube-scheduler, and write its configuration."""
    configuration = {
        "apiVersion": "kubescheduler.config.k8s.io/v1",
        "kind": "KubeSchedulerConfiguration",
        "clientConnection": {"kubeconfig": "scheduler.json", "qps": 200, "burst": 400},
        "leaderElection": {"leaderElect": False},
    }
    (directory / "scheduler-config.json").write_text(json.dumps(configuration), "utf-8")
    return (
        "--config=scheduler-config.json",
        "--bind-address=127.0.0.1",
        f"--secure-port={free_port()}",
        f"--cert-dir={directory}",
    )


def machines() -> tuple[str, ...]:
    """Return the options of KWOK, which plays all nodes by stages.yaml."""
    return (
        "--kubeconfig=kwok.json",
        "--manage-all-nodes=true",
        "--config=stages.yaml",
        # With leases, KWOK would play no node for 40 s after a restart: the old ones hold.
        "--node-lease-duration-seconds=0",
        f"--server-address=127.0.0.1:{free_port()}",
    )


def innate(facts: Facts, authority: Path) -> Iterator[Manifest]:
    """Yield what a cluster has before it joins the fleet (docs/bootstrap.md), but for nodes."""
    login = {"username": USER, "password": PASSWORD, "ca.crt": authority.read_text("utf-8")}
    for namespace in (FLUX, NETS):
        yield manifest(f"/api/v1/namespaces/{namespace}", "v1", "Namespace")
        yield _secret(namespace, "environments", login)
    yield _secret(NETS, facts.notification_secret, {"token": "of-these-tests"})
    yield manifest(
        f"/apis/storage.k8s.io/v1/storageclasses/{facts.storage_class}",
        "storage.k8s.io/v1",
        "StorageClass",
        provisioner="kwok",
        volumeBindingMode="WaitForFirstConsumer",
    )


def nodes(facts: Facts) -> Iterator[Object]:
    """Yield the nodes of a cluster, zone by zone."""
    for index in range(facts.zones * facts.nodes_per_zone):
        zone = f"{facts.region}{'abcdef'[index % facts.zones]}"
        capacity = dict(facts.node_capacity)
        yield node(f"{facts.name}-{index + 1}", facts.region, zone, index, capacity)


def manifest(path: str, version: str, kind: str, **fields: Any) -> Manifest:
    """Return an object, named as its path is."""
    head = {"name": path.rpartition("/")[2]}
    return path, {"apiVersion": version, "kind": kind, "metadata": head, **fields}


def _secret(namespace: str, name: str, data: dict[str, str]) -> Manifest:
    path = f"/api/v1/namespaces/{namespace}/secrets/{name}"
    return manifest(path, "v1", "Secret", stringData=data)
