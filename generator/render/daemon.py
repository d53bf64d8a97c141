"""The objects of one daemon, as they stand in the `daemons.yaml` of an overlay.

Only what one daemon has and another has not is here; the rest is in the components of
overlays/, which patch these objects by their labels.
"""

from __future__ import annotations

from collections.abc import Iterable

from generator.fleet import AddressMode
from generator.plan import NETWORKED, Daemon, Plan, Port, Role
from generator.render.archive import archive_container, render_postgres
from generator.render.manifest import (
    Manifest,
    container_resources,
    key_label,
    manifest,
    volume_claim,
)
from generator.testnet import Purpose


def render_daemon(plan: Plan, daemon: Daemon) -> Iterable[Manifest]:
    """Return the objects of a daemon, workload first."""
    labels = daemon_labels(plan, daemon)
    yield _stateful_set(plan, daemon, labels)
    if daemon.role not in NETWORKED:
        return
    yield _service(plan, daemon, labels)
    yield from _inner_services(plan, daemon, labels)
    # The name carries the generation of the genesis, so that old volumes never mix in.
    yield volume_claim(
        plan,
        metadata(plan, daemon.claim, labels),
        daemon.cluster.storage_class,
        daemon.resources.storage,
    )
    yield from _external_secrets(plan, daemon, labels)
    if daemon.role is Role.ARCHIVE:
        yield from render_postgres(plan, daemon, labels)


def daemon_labels(plan: Plan, daemon: Daemon) -> dict[str, str]:
    """Return the labels of everything that belongs to a daemon."""
    labels = {
        "testnet/net": plan.name,
        "testnet/role": str(daemon.role),
        "testnet/group": daemon.group,
        "testnet/daemon": daemon.name,
    }
    if daemon.role is Role.BLOCK_PRODUCER and daemon.key:
        labels["testnet/key"] = key_label(daemon.key.text, daemon.key.identity)
    return labels


def metadata(plan: Plan, name: str, labels: dict[str, str]) -> Manifest:
    """Return the metadata of an object of the net."""
    return {"name": name, "namespace": plan.namespace, "labels": labels}


def _stateful_set(plan: Plan, daemon: Daemon, labels: dict[str, str]) -> Manifest:
    return manifest(
        "apps/v1",
        "StatefulSet",
        metadata(plan, daemon.name, labels),
        spec={
            "replicas": daemon.replicas,
            "serviceName": daemon.name,
            "selector": {"matchLabels": {"testnet/daemon": daemon.name}},
            "template": {"metadata": {"labels": labels}, "spec": _pod(plan, daemon)},
        },
    )


def _pod(plan: Plan, daemon: Daemon) -> Manifest:
    container: Manifest = {"name": _container_name(daemon), "image": daemon.image}
    if daemon.args:
        container["args"] = list(daemon.args)
    container["env"] = _env(daemon)
    if daemon.ports:
        container["ports"] = [_container_port(daemon, port) for port in daemon.ports]
    container["resources"] = container_resources(daemon.resources)
    pod: Manifest = {}
    if daemon.claim:
        pod["initContainers"] = [_keys_container(plan, daemon)]
    pod["containers"] = [container]
    if daemon.role is Role.ARCHIVE:
        pod["containers"] = [container, archive_container(daemon)]
    if daemon.claim:
        pod["volumes"] = _volumes(daemon)
    return pod


def _container_name(daemon: Daemon) -> str:
    return {Role.SNARK_WORKER: "worker", Role.SERVICE: "service"}.get(daemon.role, "daemon")


def _env(daemon: Daemon) -> list[Manifest]:
    env: list[Manifest] = [{"name": name, "value": value} for name, value in daemon.env]
    if daemon.role is Role.SERVICE:
        secret = f"{daemon.partner}-key"
        # Releases differ in which name of the password they read.
        for name, part in (
            ("CODA_PUBLIC_KEY", "pub"),
            ("CODA_PRIVKEY_PASS", "password"),
            ("MINA_PRIVKEY_PASS", "password"),
        ):
            env.append({"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": part}}})
    return env


def _container_port(daemon: Daemon, port: Port) -> Manifest:
    entry: Manifest = {"name": port.name, "containerPort": port.number}
    if port.public and daemon.address is AddressMode.HOST_PORT:
        entry["hostPort"] = port.number
    if port.protocol != "TCP":
        entry["protocol"] = port.protocol
    return entry


def _keys_container(plan: Plan, daemon: Daemon) -> Manifest:
    """The init container that puts keys in place and compares them with what is declared."""
    env = {"BINARY": plan.testnet.flavour.binary}
    if daemon.role is Role.BLOCK_PRODUCER and daemon.key:
        env["KEY_PUBLIC"] = daemon.key.text
    if daemon.identity:
        env["LIBP2P_PEER_ID"] = daemon.identity.text
    elif plan.testnet.flavour.generate_identity:
        env["LIBP2P_GENERATE"] = "1"
    if daemon.driven:
        env["IMPORT_ACCOUNT"] = "1"
    return {
        "name": "keys",
        "image": daemon.image,
        "env": [{"name": name, "value": value} for name, value in env.items()],
    }


def _volumes(daemon: Daemon) -> list[Manifest]:
    volumes: list[Manifest] = [
        {"name": "state", "persistentVolumeClaim": {"claimName": daemon.claim}}
    ]
    if daemon.role is Role.BLOCK_PRODUCER:
        volumes.append({"name": "key", "secret": {"secretName": f"{daemon.name}-key"}})
    if daemon.identity:
        volumes.append({"name": "libp2p", "secret": {"secretName": f"{daemon.name}-libp2p"}})
    return volumes


def _service(plan: Plan, daemon: Daemon, labels: dict[str, str]) -> Manifest:
    # The components that give a Service its address choose by this label.
    head = metadata(plan, daemon.name, {**labels, "testnet/address": str(daemon.address)})
    head["annotations"] = {"external-dns.alpha.kubernetes.io/hostname": daemon.public_name}
    spec: Manifest = {"selector": {"testnet/daemon": daemon.name}}
    if daemon.address is AddressMode.HOST_PORT:
        spec["clusterIP"] = "None"
    else:
        spec["type"] = "LoadBalancer"
        if plan.testnet.purpose is Purpose.QA:
            spec["loadBalancerSourceRanges"] = list(plan.fleet_egress)
    spec["ports"] = [
        {"name": port.name, "port": port.number, "targetPort": port.name}
        | ({"protocol": port.protocol} if port.protocol != "TCP" else {})
        for port in daemon.ports
        if port.public
    ]
    return manifest("v1", "Service", head, spec=spec)


def _inner_services(plan: Plan, daemon: Daemon, labels: dict[str, str]) -> Iterable[Manifest]:
    """Services that only the net's own namespace reaches: of coordinators and driven daemons."""
    wanted = {"client": daemon.role is Role.SNARK_COORDINATOR, "graphql": daemon.driven}
    for port in daemon.ports:
        if wanted.get(port.name):
            yield manifest(
                "v1",
                "Service",
                metadata(plan, f"{daemon.name}-{port.name}", labels),
                spec={
                    "selector": {"testnet/daemon": daemon.name},
                    "ports": [{"name": port.name, "port": port.number, "targetPort": port.name}],
                },
            )


def _external_secrets(plan: Plan, daemon: Daemon, labels: dict[str, str]) -> Iterable[Manifest]:
    """Fetch what the daemon needs; a coordinator runs on its public key alone."""
    wanted = [(daemon.identity, "libp2p")]
    if daemon.role is Role.BLOCK_PRODUCER:
        wanted.insert(0, (daemon.key, "key"))
    for key, suffix in wanted:
        if key is not None:
            yield manifest(
                "external-secrets.io/v1",
                "ExternalSecret",
                metadata(plan, f"{daemon.name}-{suffix}", labels),
                spec={
                    "dataFrom": [
                        {"extract": {"key": key.references.get(daemon.cluster.provider, "")}}
                    ]
                },
            )
