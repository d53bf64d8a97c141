"""The overlay of phase `shared`: what every daemon of a net on one cluster reads."""

from __future__ import annotations

from collections.abc import Iterable

from generator.fleet import Cluster, Provider
from generator.plan import Daemon, GenesisPlan, Plan
from generator.plan.command import peer_text
from generator.plan.genesis import LARGEST_GENESIS
from generator.render.manifest import Manifest, manifest
from generator.testnet import Purpose

# Well below the 1 MiB that a ConfigMap may hold; the library mounts eight parts.
PART_SIZE = LARGEST_GENESIS // 8
KEYS_READER = "keys-reader"


def render_shared(plan: Plan, cluster: Cluster) -> Iterable[Manifest]:
    """Return what is shared on a cluster, but for the genesis."""
    yield _settings(plan)
    yield config_map(plan, "peers", {"peers.txt": peers_text(plan, cluster.name)})
    yield _public_ports(plan, cluster)
    yield _keys_reader(plan, cluster)
    yield _secret_store(plan, cluster)


def render_genesis(plan: Plan) -> Iterable[Manifest]:
    """Return daemon.json in parts, one ConfigMap each; byte-identical on every cluster."""
    for number, part in enumerate(split_lines(plan.genesis.text, PART_SIZE)):
        yield config_map(plan, f"genesis-{number}", {"part": part})


def is_large(genesis: GenesisPlan) -> bool:
    """Say whether daemon.json takes more than one ConfigMap."""
    return len(genesis.text) > PART_SIZE


def split_lines(text: str, size: int) -> list[str]:
    """Cut a text at line ends into parts of at most `size` characters; joined they are it."""
    parts: list[str] = []
    start = 0
    while len(text) - start > size:
        end = text.rindex("\n", start, start + size) + 1
        parts.append(text[start:end])
        start = end
    return [*parts, text[start:]] if text else []


def config_map(plan: Plan, name: str, data: dict[str, str]) -> Manifest:
    """Return a ConfigMap of the net."""
    return manifest("v1", "ConfigMap", _metadata(plan, name), data=data)


def peers_text(plan: Plan, cluster: str) -> str:
    """Return the seeds' addresses, one a line: inside the cluster by their internal name.

    With an empty `cluster`, every seed has its public name, as outsiders need it.
    """
    return "".join(f"{_peer(plan, seed, cluster)}\n" for seed in plan.seeds)


def _peer(plan: Plan, seed: Daemon, cluster: str) -> str:
    host = seed.public_name
    if seed.cluster.name == cluster:
        host = f"{seed.name}.{plan.namespace}.svc.{seed.cluster.internal_zone}"
    peer_id = seed.identity.text if seed.identity else ""
    return peer_text(plan.testnet.flavour, host, seed.port, peer_id)


def _metadata(plan: Plan, name: str) -> Manifest:
    return {"name": name, "namespace": plan.namespace, "labels": {"testnet/net": plan.name}}


def _settings(plan: Plan) -> Manifest:
    """The environment that start.sh and the probes read in every daemon of the net."""
    flavour = plan.testnet.flavour
    data = {
        "BINARY": flavour.binary,
        "GENESIS_TIME": plan.genesis.time,
        "GENESIS_SHA256": plan.genesis.digest,
        "PEERS_AS_FLAGS": "1" if flavour.peers_as_flags else "",
    }
    return config_map(plan, "net", {name: value for name, value in data.items() if value})


def _public_ports(plan: Plan, cluster: Cluster) -> Manifest:
    """Open the peer-to-peer ports, by name, and nothing else.

    To the world for public nets; for QA nets to the daemons of the fleet only.
    """
    sources = ["0.0.0.0/0"]
    if plan.testnet.purpose is Purpose.QA:
        sources = list(plan.fleet_egress)
    public = {
        (port.name, port.protocol)
        for daemon in plan.by_cluster.get(cluster.name, ())
        for port in daemon.ports
        if port.public
    }
    return manifest(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        _metadata(plan, "peer-to-peer"),
        spec={
            "podSelector": {"matchExpressions": [{"key": "testnet/daemon", "operator": "Exists"}]},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [{"ipBlock": {"cidr": cidr}} for cidr in sources],
                    "ports": [
                        {"port": name, "protocol": protocol} for name, protocol in sorted(public)
                    ],
                }
            ],
        },
    )


def _keys_reader(plan: Plan, cluster: Cluster) -> Manifest:
    """The identity by which External Secrets reads the net's keys, and no one else's."""
    annotations = {"eks.amazonaws.com/role-arn": cluster.secrets.role}
    if cluster.provider is Provider.GCP:
        annotations = {"iam.gke.io/gcp-service-account": cluster.secrets.service_account}
    return manifest(
        "v1",
        "ServiceAccount",
        _metadata(plan, KEYS_READER) | {"annotations": annotations},
    )


def _secret_store(plan: Plan, cluster: Cluster) -> Manifest:
    reader = {"name": KEYS_READER}
    secrets = cluster.secrets
    provider: Manifest = {
        "aws": {
            "service": "SecretsManager",
            "region": cluster.region,
            "auth": {"jwt": {"serviceAccountRef": reader}},
        }
    }
    if cluster.provider is Provider.GCP:
        identity = {
            "clusterLocation": cluster.region,
            "clusterName": secrets.cluster or cluster.name,
            "clusterProjectID": secrets.project,
            "serviceAccountRef": reader,
        }
        provider = {"gcpsm": {"projectID": secrets.project, "auth": {"workloadIdentity": identity}}}
    return manifest(
        "external-secrets.io/v1",
        "SecretStore",
        _metadata(plan, "keys"),
        spec={"provider": provider},
    )
