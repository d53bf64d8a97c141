"""What is seen in network policies: each rule, by whom it lets in or out, and to which ports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from generator.check.observe.model import Object, Observed, Seen, entries, mapping, whole, words
from generator.check.observe.peers import inner_ports, opened_by, read_range, selects_all

_ALL = ("testnet/daemon", "testnet/role")
_DIRECTIONS = {"Ingress": ("ingress", "from"), "Egress": ("egress", "to")}


def see_isolation(name: str, item: Object, seen: Observed) -> None:
    """See the rules of a network policy; a direction that it is not about is ignored."""
    if name.split("/")[1] != "NetworkPolicy":
        return
    spec = mapping(item.get("spec"))
    # As Kubernetes fills it in: https://kubernetes.io/docs/concepts/services-networking/
    types = words(spec.get("policyTypes")) or ["Ingress", *(["Egress"] if "egress" in spec else [])]
    for direction, (key, peers) in _DIRECTIONS.items():
        if direction not in types:
            continue
        if direction == "Egress" and _selects_all(spec):
            seen["confined"] = True
        for index, rule in enumerate(entries(spec.get(key))):
            row: Seen = {"object": name, "field": f"spec.{key}[{index}]", "way": key}
            row["ports"] = [_port(port) for port in entries(rule.get("ports"))]
            # What rows of `exposed` are about.
            row["exposed"] = bool(key == "ingress" and opened_by(rule) and inner_ports(rule))
            for who in _who(rule, peers):
                seen["passages"].append(row | who)


def _selects_all(spec: Mapping[str, Any]) -> bool:
    """Say whether a policy is about all pods of a net."""
    selector = mapping(spec.get("podSelector"))
    return not selector.get("matchLabels") and all(
        expression.get("operator") == "Exists" and expression.get("key") in _ALL
        for expression in entries(selector.get("matchExpressions"))
    )


def _port(port: Mapping[str, Any]) -> str:
    where, last = port.get("port", "all"), whole(port.get("endPort"))
    return f"{port.get('protocol', 'TCP')}/{where}" + (f"-{last}" if last else "")


def _who(rule: Mapping[str, Any], key: str) -> Iterable[Seen]:
    """Yield the other side of a rule: anyone, all namespaces, pods that are chosen, or a range."""
    peers = list(entries(rule.get(key)))
    for peer in peers:
        block = mapping(peer.get("ipBlock"))
        if "ipBlock" in peer:
            found = [read_range(text) for text in words(block.get("except"))]
            cidr = read_range(str(block.get("cidr", "")))
            yield {"who": "range", "cidr": cidr, "excepted": [text for text in found if text]}
        else:
            everywhere = selects_all(peer)
            yield {"who": "namespaces" if everywhere else "pods", "cidr": "", "excepted": []}
    if not peers:
        yield {"who": "anyone", "cidr": "", "excepted": []}
