"""`clusters/<cluster>/testnets/<net>.yaml`: what a cluster's own identity sets up for a net."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from generator.fleet import AddressMode, Cluster
from generator.plan import NETWORKED, Daemon, Plan
from generator.plan.defaults import consumed
from generator.quantity import decimal_text, parse_cpu, parse_memory
from generator.render.flux import NAMESPACE, render_flux
from generator.render.manifest import Manifest, keep_annotations, manifest

RBAC = "rbac.authorization.k8s.io"
# Room for init containers and drain Jobs beside what the daemons ask for.
SPARE_CPU, SPARE_MEMORY = Decimal(2), 2 * 2**30


def render_admin(plan: Plan, cluster: Cluster) -> Iterable[Manifest]:
    """Return namespace, limits, default policy, rights and Flux objects of a net."""
    daemons = plan.by_cluster[cluster.name]
    yield _namespace(plan, daemons)
    yield _quota(plan, daemons)
    yield _limit_range(plan)
    yield _deny_by_default(plan)
    yield _service_account(plan)
    yield _role_binding(plan)
    yield _address_reader(plan)
    yield from render_flux(plan, cluster)


def _labels(plan: Plan) -> dict[str, str]:
    return {"testnet/net": plan.name, "testnet/owner": plan.testnet.owner}


def _namespace(plan: Plan, daemons: tuple[Daemon, ...]) -> Manifest:
    host_ports = any(
        daemon.role in NETWORKED and daemon.address is AddressMode.HOST_PORT for daemon in daemons
    )
    levels = {
        # Pod Security refuses hostPort at baseline and above; everything else about the
        # daemons is restricted, and warn and audit say so.
        "pod-security.kubernetes.io/enforce": "privileged" if host_ports else "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/audit": "restricted",
    }
    annotations: Manifest = {"testnet/purpose": str(plan.testnet.purpose)}
    if plan.expires:
        annotations["testnet/expires"] = plan.expires.strftime("%Y-%m-%dT%H:%M:%SZ")
    annotations |= keep_annotations(plan)
    head: Manifest = {"name": plan.namespace, "labels": _labels(plan) | levels}
    return manifest("v1", "Namespace", head | {"annotations": annotations})


def _in_namespace(plan: Plan, name: str) -> Manifest:
    return {"name": name, "namespace": plan.namespace, "labels": _labels(plan)}


def _quota(plan: Plan, daemons: tuple[Daemon, ...]) -> Manifest:
    resources = [part for daemon in daemons for part in consumed(daemon)]
    cpu = sum((parse_cpu(part.cpu) for part in resources), SPARE_CPU)
    memory = sum((parse_memory(part.memory) for part in resources), SPARE_MEMORY)
    storage = sum(parse_memory(part.storage or 0) for part in resources)
    balancers = [
        daemon
        for daemon in daemons
        if daemon.role in NETWORKED and daemon.address is AddressMode.LOAD_BALANCER
    ]
    hard = {
        "requests.cpu": decimal_text(cpu),
        "requests.memory": f"{-(-memory // 2**20)}Mi",
        # Twice: while a chain restarts, the volumes of both generations are there.
        "requests.storage": f"{-(-2 * storage // 2**30)}Gi",
        "services.loadbalancers": str(len(balancers)),
        # Kubernetes counts one for each port, whether or not the cloud makes use of it.
        "services.nodeports": str(sum(p.public for daemon in balancers for p in daemon.ports)),
    }
    return manifest("v1", "ResourceQuota", _in_namespace(plan, "net"), spec={"hard": hard})


def _limit_range(plan: Plan) -> Manifest:
    """Give init containers and Jobs that ask for nothing a small share, as the quota demands."""
    small = {"cpu": "100m", "memory": "256Mi"}
    limits = [{"type": "Container", "default": small, "defaultRequest": small}]
    return manifest("v1", "LimitRange", _in_namespace(plan, "net"), spec={"limits": limits})


def _deny_by_default(plan: Plan) -> Manifest:
    return manifest(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        _in_namespace(plan, "deny-by-default"),
        spec={"podSelector": {}, "policyTypes": ["Ingress"]},
    )


def _service_account(plan: Plan) -> Manifest:
    """Outside the net's namespace: one deleted with its namespace would stop pruning."""
    return manifest(
        "v1",
        "ServiceAccount",
        {"name": plan.namespace, "namespace": NAMESPACE, "labels": _labels(plan)},
    )


def _role_binding(plan: Plan) -> Manifest:
    return manifest(
        f"{RBAC}/v1",
        "RoleBinding",
        _in_namespace(plan, "reconciler"),
        roleRef={"apiGroup": RBAC, "kind": "ClusterRole", "name": "testnet-reconciler"},
        subjects=[{"kind": "ServiceAccount", "name": plan.namespace, "namespace": NAMESPACE}],
    )


def _address_reader(plan: Plan) -> Manifest:
    """Let the daemons read their node's public address."""
    return manifest(
        f"{RBAC}/v1",
        "ClusterRoleBinding",
        {"name": f"{plan.namespace}-address-reader", "labels": _labels(plan)},
        roleRef={"apiGroup": RBAC, "kind": "ClusterRole", "name": "testnet-address-reader"},
        subjects=[{"kind": "ServiceAccount", "name": "daemon", "namespace": plan.namespace}],
    )
