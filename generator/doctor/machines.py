"""Nodes and volumes, and what no API server can tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from ipaddress import AddressValueError, IPv4Address, IPv4Network

from generator.doctor.model import BOOTSTRAP, Check, judge, ok, unchecked, unseen, wrong
from generator.fleet import AddressMode, Cluster, Provider
from generator.quantity import decimal_text
from generator.sync.setup import Node, Setup, StorageClass

_SEE = f"{BOOTSTRAP}, What the cluster must have."
_NAMED = 3


def check_machines(setup: Setup, cluster: Cluster) -> Iterable[Check]:
    """Return the checks of volumes and nodes, and what is not checked."""
    yield judge("volumes", setup.storage, lambda found: _storage(setup, found, cluster))
    yield judge("nodes", setup.nodes, _ready)
    yield judge("zones", setup.nodes, lambda nodes: _zones(nodes, cluster))
    if cluster.addresses is AddressMode.HOST_PORT:
        yield judge("addresses", setup.nodes, _addresses)
        yield judge("egress", setup.nodes, lambda nodes: _egress(nodes, cluster))
    yield judge("capacity", setup.nodes, lambda nodes: _capacity(nodes, cluster))
    yield unchecked(
        "NetworkPolicies", "whether anything enforces them is seen by no question", _SEE
    )
    first, last = cluster.ports.start, cluster.ports.stop - 1
    yield unchecked(
        "firewall",
        f"whether it lets {first}-{last} in, TCP and UDP, shows from outside only",
        "testnet reach NET",
    )
    if cluster.provider is Provider.AWS:
        yield unchecked("metadata service", "its hop limit is a matter of EC2", _SEE)


def _storage(setup: Setup, found: tuple[StorageClass, ...], cluster: Cluster) -> Check:
    name = cluster.storage_class
    classes = {each.name: each for each in found}
    if name not in classes:
        there = f"there are {', '.join(sorted(classes))}" if classes else "there is none"
        return wrong(
            "volumes",
            f'no StorageClass "{name}"; {there}',
            f"Make it, or name another as storage_class at {cluster.name} in"
            f" environments/fleet.yaml: {_SEE}",
        )
    if not classes[name].waits:
        return wrong(
            "volumes",
            f'the StorageClass "{name}" makes a volume before its pod has a zone: a pod may never'
            " get to its volume",
            f"Make it anew with volumeBindingMode: WaitForFirstConsumer. {_SEE}",
        )
    if not classes[name].expands:
        return wrong(
            "volumes",
            f'the StorageClass "{name}" lets no volume grow: one that is full stays full',
            f"kubectl --context {setup.context} patch storageclass {name}"
            " --patch '{\"allowVolumeExpansion\":true}'",
        )
    return ok("volumes", f'StorageClass "{name}" of {classes[name].provisioner}')


def _usable(nodes: Sequence[Node]) -> list[Node]:
    return [node for node in nodes if node.ready and node.open]


def _ready(nodes: tuple[Node, ...]) -> Check:
    usable = _usable(nodes)
    if usable:
        return ok("nodes", f"{len(usable)} of {len(nodes)} are ready and take any pod")
    return wrong("nodes", f"none of {len(nodes)} is ready and takes any pod", f"Add nodes: {_SEE}")


def _zones(nodes: tuple[Node, ...], cluster: Cluster) -> Check:
    other = [node for node in nodes if node.region != cluster.region or not node.zone]
    if other:
        node = other[0]
        return wrong(
            "zones",
            f"{_counted(other, nodes)} are not of {cluster.region}, such as {node.name}"
            f' (region "{node.region}", zone "{node.zone}")',
            "Nodes get the labels topology.kubernetes.io/region and zone from the provider: see"
            f" that the fleet names the right region for {cluster.name}.",
        )
    zones = sorted({node.zone for node in _usable(nodes)})
    return ok("zones", ", ".join(zones) if zones else "no usable node in any")


def _addresses(nodes: tuple[Node, ...]) -> Check:
    usable = _usable(nodes)
    without = [node for node in usable if not _public(node)]
    if without:
        return wrong(
            "addresses",
            f"{_counted(without, usable)} have no public IPv4 address, such as"
            f" {_names(without)}: a daemon that comes to one never starts",
            f"Give them addresses, or keep daemons off them with a taint: {_SEE}",
        )
    return ok("addresses", f"{len(usable)} nodes have a public IPv4 address")


def _egress(nodes: tuple[Node, ...], cluster: Cluster) -> Check:
    networks = [IPv4Network(cidr) for cidr in cluster.egress]
    addressed = [node for node in _usable(nodes) if _public(node)]
    if not addressed:
        return unchecked("egress", "no node has a public address: pods leave by another way")
    outside = [
        node
        for node in addressed
        if not any(address in network for address in _public(node) for network in networks)
    ]
    if outside:
        return unseen(
            "egress",
            f"{_counted(outside, addressed)} have an address outside network.egress, such as"
            f" {_names(outside)}: QA nets of other clusters let it in only if pods leave through"
            " a gateway",
            f"Name the range of the nodes' addresses in network.egress too: {BOOTSTRAP}, Egress"
            " addresses.",
        )
    return ok("egress", "network.egress covers the addresses of all nodes")


def _capacity(nodes: tuple[Node, ...], cluster: Cluster) -> Check:
    usable = _usable(nodes)
    cpu = sum((node.cpu for node in usable), Decimal(0))
    memory = sum(node.memory for node in usable)
    text = (
        f"nodes give {decimal_text(round(cpu))} of {decimal_text(cluster.cpu)} cores and"
        f" {memory // 2**30} of {cluster.memory // 2**30} GiB"
    )
    if cpu >= cluster.cpu and memory >= cluster.memory:
        return ok("capacity", text)
    return unchecked(
        "capacity",
        f"{text}; whether an autoscaler adds the rest is not looked at",
        f"Without one, lower capacity at {cluster.name} in environments/fleet.yaml.",
    )


def _public(node: Node) -> list[IPv4Address]:
    """Return the addresses that a peer elsewhere could dial, as find-address.py takes them."""
    found = []
    for text in node.addresses:
        try:
            address = IPv4Address(text)
        except AddressValueError:
            continue
        if address.is_global and not address.is_multicast:
            found.append(address)
    return found


def _counted(some: Sequence[Node], nodes: Sequence[Node]) -> str:
    return f"{len(some)} of {len(nodes)} nodes"


def _names(nodes: Sequence[Node]) -> str:
    return ", ".join(node.name for node in nodes[:_NAMED])
