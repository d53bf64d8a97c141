"""`environments/fleet.yaml` to a `Fleet`."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from decimal import Decimal
from typing import cast

from generator.finding import Finding, Related
from generator.fleet.model import (
    AddressMode,
    Automatic,
    Cluster,
    Fleet,
    MergeMethod,
    Merging,
    PriceClass,
    Provider,
    SecretAccess,
)
from generator.quantity import parse_cpu, parse_memory
from generator.schema import beside, check_schema, known_minors
from generator.source import Document, Mapping, Sequence
from generator.waiver import read_waivers

# What a daemon listens on beside its peer-to-peer port, and that port behind a load balancer.
DAEMON_PORTS = (3085, 3086, 8081, 8082, 8301, 8302, 8303)


def load_fleet(document: Document) -> tuple[Fleet | None, tuple[Finding, ...]]:
    """Read the fleet; None when its shape is wrong or two clusters get in each other's way."""
    top = document.mapping
    findings = check_schema("fleet", top)
    if findings:
        return None, beside(findings, document.findings)
    entries = [cast("Mapping", entry) for entry in cast("Sequence", top["clusters"])]
    prices = _read_prices(cast("Mapping", top["prices"]))
    problems = [
        *_repeated(entries, "name"),
        *_repeated(entries, "region"),
        *_zones_twice(entries),
        *(finding for entry in entries for finding in _check_cluster(entry, prices)),
    ]
    waivers = read_waivers(top.get("waivers"), problems)
    if problems:
        return None, tuple(problems)
    environments = cast("Mapping", top["environments"])
    notifications = cast("Mapping", top["notifications"])
    fleet = Fleet(
        url=str(environments["url"]),
        branch=str(environments["branch"]),
        notification_type=str(notifications["type"]),
        clusters=tuple(_read_cluster(e, prices, str(notifications["secret"])) for e in entries),
        waivers=waivers,
        flux_identity=str(notifications.get("flux_identity", "")),
        merging=_read_merging(cast("Mapping", top["merging"])) if "merging" in top else None,
        at=top.at,
    )
    return fleet, ()


def _read_merging(merging: Mapping) -> Merging:
    entry = cast("Mapping | None", merging.get("automatic"))
    return Merging(
        method=MergeMethod(str(merging.get("method", MergeMethod.SQUASH))),
        automatic=None if entry is None else _read_automatic(entry),
    )


def _read_automatic(entry: Mapping) -> Automatic:
    def said(name: str) -> bool:
        return bool(entry.get(name, False))

    return Automatic(
        budget_month=Decimal(str(entry["budget_month"])),
        daemons=int(str(entry["daemons"])),
        purposes=_texts(entry, "purposes") or ("qa",),
        owners=_texts(entry, "owners"),
        deletions=said("deletions"),
        restarts=said("restarts"),
        handovers=said("handovers"),
        warnings=said("warnings"),
        forks=said("forks"),
    )


def _texts(entry: Mapping, name: str) -> tuple[str, ...]:
    return tuple(str(text) for text in cast("Sequence", entry.get(name, ())))


def _read_prices(entries: Mapping) -> dict[str, PriceClass]:
    return {
        name: PriceClass(
            name=name,
            **{str(k): Decimal(str(v)) for k, v in cast("Mapping", entry).items()},
        )
        for name, entry in entries.items()
    }


def _repeated(entries: list[Mapping], field: str) -> Iterable[Finding]:
    seen: dict[str, Mapping] = {}
    for entry in entries:
        value = str(entry[field])
        first = seen.setdefault(value, entry)
        if first is not entry:
            yield Finding(
                rule=f"fleet/{field}",
                message=f'{field} "{value}" is already that of cluster "{first["name"]}"',
                at=entry.value_at(field),
                remediation=f"Give each cluster a {field} of its own.",
                subject=str(entry["name"]),
                related=(Related(at=first.value_at(field), message="the first of the two"),),
            )


def _zones_twice(entries: list[Mapping]) -> Iterable[Finding]:
    """Two external-dns in one zone would remove each other's records."""
    seen: dict[str, Mapping] = {}
    for entry in entries:
        dns = cast("Mapping", entry["dns"])
        zone = str(dns["public"])
        first = seen.setdefault(zone, dns)
        if first is not dns:
            yield Finding(
                rule="fleet/zone",
                message=f'zone "{zone}" is already that of another cluster',
                at=dns.value_at("public"),
                remediation="Delegate a zone of its own to each cluster.",
                subject=str(entry["name"]),
                related=(Related(at=first.value_at("public"), message="the first of the two"),),
            )


def _check_cluster(entry: Mapping, prices: dict[str, PriceClass]) -> Iterable[Finding]:
    name = str(entry["name"])
    if str(entry["prices"]) not in prices:
        yield Finding(
            rule="fleet/prices",
            message=f'there is no price class "{entry["prices"]}"',
            at=entry.value_at("prices"),
            remediation=f"Choose one of: {', '.join(prices)}; or add the class under `prices`.",
            subject=name,
        )
    yield from _check_version(name, entry)
    yield from _check_network(name, cast("Mapping", entry["network"]))
    yield from _check_ports(name, cast("Mapping", entry["addresses"]))


def _check_version(name: str, entry: Mapping) -> Iterable[Finding]:
    """Objects are judged by the schemas of their own cluster, so these have to be there."""
    if entry["kubernetes"] not in known_minors():
        yield Finding(
            rule="fleet/kubernetes",
            message=f'there are no schemas of Kubernetes "{entry["kubernetes"]}", which cluster'
            f' "{name}" has',
            at=entry.value_at("kubernetes"),
            remediation=f"Choose one of: {', '.join(known_minors())}; or add the schemas of"
            " another with `tools/schemas.py`.",
            subject=name,
        )


def _check_ports(name: str, addresses: Mapping) -> Iterable[Finding]:
    ports = _read_ports(str(addresses["ports"]))
    own = [port for port in DAEMON_PORTS if port in ports]
    what = f"holds {own[0]}, which daemons use inside their pods" if own else ""
    if len(ports) < 2:  # noqa: PLR2004 - a pair, for kademlia
        what = "holds no pair of ports"
    if what:
        yield Finding(
            rule="fleet/ports",
            message=f'port range "{addresses["ports"]}" of cluster "{name}" {what}',
            at=addresses.value_at("ports"),
            remediation="Write the lower port first, and stay above 8303, such as 10000-19999.",
            subject=name,
        )


def _check_network(name: str, network: Mapping) -> Iterable[Finding]:
    egress = cast("Sequence", network["egress"])
    places = [(network["pods"], network.value_at("pods"))]
    places += [(cidr, egress.item_at(i)) for i, cidr in enumerate(egress)]
    for cidr, at in places:
        if str(cidr).endswith(("/0", "/1", "/2", "/3", "/4", "/5", "/6", "/7")):
            yield Finding(
                rule="fleet/cidr",
                message=f'"{cidr}" of cluster "{name}" is a large part of the whole internet',
                at=at,
                remediation="Name the networks of the cluster itself; QA nets trust them.",
                subject=name,
            )
            continue
        try:
            ipaddress.IPv4Network(str(cidr))
        except ValueError as error:
            yield Finding(
                rule="fleet/cidr",
                message=f'"{cidr}" of cluster "{name}" is no IPv4 network: {error}',
                at=at,
                remediation="Write an IPv4 network such as 10.0.0.0/16 or 203.0.113.10/32.",
                subject=name,
            )


def _read_ports(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last) + 1)


def _read_cluster(entry: Mapping, prices: dict[str, PriceClass], secret: str) -> Cluster:
    dns, network = cast("Mapping", entry["dns"]), cast("Mapping", entry["network"])
    addresses, capacity = cast("Mapping", entry["addresses"]), cast("Mapping", entry["capacity"])
    notifications = cast("Mapping", entry.get("notifications") or {})
    egress = cast("Sequence", network["egress"])
    places = {str(cidr): egress.item_at(index) for index, cidr in enumerate(egress)}
    return Cluster(
        name=str(entry["name"]),
        provider=Provider(str(entry["provider"])),
        region=str(entry["region"]),
        kubernetes=str(entry["kubernetes"]),
        flux=str(entry["flux"]),
        public_zone=str(dns["public"]),
        internal_zone=str(dns["internal"]),
        secrets=SecretAccess(
            **{str(k): str(v) for k, v in cast("Mapping", entry["secrets"]).items()}
        ),
        addresses=AddressMode(str(addresses["default"])),
        ports=_read_ports(str(addresses["ports"])),
        pods=str(network["pods"]),
        egress=tuple(str(cidr) for cidr in egress),
        storage_class=str(entry["storage_class"]),
        cpu=parse_cpu(str(capacity["cpu"])),
        memory=parse_memory(str(capacity["memory"])),
        storage=parse_memory(str(capacity["storage"])),
        load_balancers=int(str(entry["load_balancers"])),
        prices=prices[str(entry["prices"])],
        notification_secret=str(notifications.get("secret", secret)),
        at=entry.at,
        places={**places, "pods": network.value_at("pods")},
    )
