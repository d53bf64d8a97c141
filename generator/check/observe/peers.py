"""Whom a rule of a network policy is about: the whole world, or all namespaces of a cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from generator.check.observe.model import Object, Observed, Seen, entries, labels_of, mapping, whole
from generator.check.observe.workload import DAEMON, pod_template

# Of a port that peers use; a name is a promise, which is compared with the number behind it.
PEER_PORTS = frozenset({"p2p", "discovery", "p2p-udp"})
# A wider range is much of the internet: two of /1 are all of it.
_WIDEST = 8


def read_range(text: str) -> str:
    """Return a range of addresses as Rego reads it, empty for what is none."""
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        return ""


def is_wide(text: str) -> bool:
    """Say whether a range is as good as the world."""
    known = read_range(text)
    return bool(known) and int(known.rpartition("/")[2]) < _WIDEST


def selects_all(peer: Mapping[str, Any]) -> bool:
    """Say whether a peer is of any namespace: its selector names none."""
    selector = mapping(peer.get("namespaceSelector"))
    return (
        "namespaceSelector" in peer
        and not mapping(selector.get("matchLabels"))
        and all(e.get("operator") != "In" for e in entries(selector.get("matchExpressions")))
    )


def opened_by(rule: Mapping[str, Any]) -> str:
    """Return by what an ingress rule lets in strangers, empty where it does not."""
    peers = list(entries(rule.get("from")))
    blocks = [str(mapping(peer.get("ipBlock")).get("cidr", "")) for peer in peers]
    if not peers or any(map(is_wide, blocks)):
        return "NetworkPolicy"
    return "namespaceSelector" if any(map(selects_all, peers)) else ""


def inner_ports(rule: Mapping[str, Any]) -> list[Seen]:
    """Return the ports of a rule other than those of peers; without ports it is about all."""
    found = []
    for port in [*entries(rule.get("ports"))] or [{}]:
        where, last = port.get("port", "all"), whole(port.get("endPort"))
        if str(where) not in PEER_PORTS:
            found.append(
                {
                    "port": f"{where}-{last}" if last else str(where),
                    "number": 0 if last else whole(where),
                    "protocol": str(port.get("protocol", "TCP")),
                }
            )
    return found


def resolve_targets(objects: Sequence[Object], seen: Observed) -> None:
    """Tell of each port that is exposed by name which ports of containers have that name."""
    targets: dict[tuple[str, str], list[int]] = {}
    for item in objects if seen["exposed"] else ():
        pod = mapping(pod_template(str(item.get("kind", "")), item).get("spec"))
        labels = labels_of(item)
        for kind in ("initContainers", "containers"):
            for container in entries(pod.get(kind)):
                for port in entries(container.get("ports")):
                    key = (str(labels.get(DAEMON, "")), str(port.get("name", "")))
                    targets.setdefault(key, []).append(whole(port.get("containerPort")))
    for row in seen["exposed"]:
        row["targets"] = targets.get((row["daemon"], row["port"]), [])
