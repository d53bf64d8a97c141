"""What is seen in Services, Ingresses and network policies: who may reach which port."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.check.observe.model import (
    Object,
    Observed,
    Seen,
    entries,
    labels_of,
    mapping,
    whole,
    words,
)
from generator.check.observe.peers import PEER_PORTS, inner_ports, opened_by


def see_service(name: str, item: Object, seen: Observed) -> None:
    """See a Service, and what it opens to the world."""
    spec = mapping(item.get("spec"))
    labels = labels_of(item)
    kind = str(spec.get("type", "ClusterIP"))
    ports = list(entries(spec.get("ports")))
    seen["services"][name] = {
        "type": kind,
        "ports": {
            str(port.get("name", "")): [whole(port.get("port")), str(port.get("targetPort", ""))]
            for port in ports
        },
    }
    via = kind if kind in ("LoadBalancer", "NodePort") else ""
    if spec.get("externalIPs"):
        via = "externalIPs"
    for port in ports if via else ():
        _expose(name, str(labels.get("testnet/daemon", "")), via, _service_port(port), seen)


def _service_port(port: Mapping[str, Any]) -> Seen:
    target = port.get("targetPort", port.get("port", 0))
    return {
        "port": target if isinstance(target, str) else str(port.get("name", "")),
        "number": whole(target) or whole(port.get("port")),
        "protocol": str(port.get("protocol", "TCP")),
    }


def _expose(name: str, daemon: str, via: str, port: Seen, seen: Observed) -> None:
    seen["exposed"].append({"object": name, "daemon": daemon, "via": via} | port)


def see_ingress(name: str, item: Object, seen: Observed) -> None:
    """See an Ingress: all that it opens is HTTP, which no peer speaks."""
    spec = mapping(item.get("spec"))
    backends = [spec.get("defaultBackend")]
    for rule in entries(spec.get("rules")):
        backends += [
            path.get("backend") for path in entries(mapping(rule.get("http")).get("paths"))
        ]
    for backend in backends:
        service = mapping(mapping(backend).get("service"))
        number = whole(mapping(service.get("port")).get("number"))
        port = {"port": "http", "number": number, "protocol": "TCP"}
        if service:
            _expose(name, str(service.get("name", "")), "Ingress", port, seen)


def see_policy(name: str, item: Object, seen: Observed) -> None:
    """See whom a network policy lets in from outside the cluster, and to which ports."""
    spec = mapping(item.get("spec"))
    for rule in entries(spec.get("ingress")):
        sources = [mapping(peer.get("ipBlock")).get("cidr") for peer in entries(rule.get("from"))]
        outside = [str(cidr) for cidr in sources if cidr]
        anyone = not rule.get("from")
        names = {str(port.get("port", "")) for port in entries(rule.get("ports"))}
        if (not names or names & PEER_PORTS) and _selects_seeds(spec):
            seen["admitted"].extend(outside)
            if anyone:
                seen["admitted"].append("0.0.0.0/0")
        if via := opened_by(rule):
            for port in inner_ports(rule):
                _expose(name, "", via, port, seen)


def _selects_seeds(spec: Mapping[str, Any]) -> bool:
    """Say whether a policy is about seeds: about everything, every daemon, or their role."""
    selector = mapping(spec.get("podSelector"))
    labels = mapping(selector.get("matchLabels"))
    if any(name != "testnet/role" or value != "seed" for name, value in labels.items()):
        return False
    return all(_covers_seeds(e) for e in entries(selector.get("matchExpressions")))


def _covers_seeds(expression: Mapping[str, Any]) -> bool:
    key, operator = expression.get("key"), expression.get("operator")
    if operator == "Exists":
        return key in ("testnet/daemon", "testnet/role", "testnet/net")
    return key == "testnet/role" and operator == "In" and "seed" in words(expression.get("values"))
