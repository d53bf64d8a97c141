"""Facts about everything else that was built: who may reach it, who owns it, what it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from generator.check.facts.table import Row, Rows
from generator.check.facts.unit import Origins, Unit, placed
from generator.check.observe.peers import PEER_PORTS
from generator.check.places import Places
from generator.plan import Plan
from generator.plan import command as ports

# What listens at a port, whatever the port is called.
_KNOWN = {
    ports.CLIENT_PORT: "client",
    ports.GRAPHQL_PORT: "graphql",
    ports.METRICS_PORT: "metrics",
    ports.ARCHIVE_METRICS_PORT: "metrics",
    ports.SERVICE_METRICS_PORT: "metrics",
    ports.ARCHIVE_PORT: "archive",
    ports.POSTGRES_PORT: "postgres",
}


def exposed_rows(units: Iterable[Unit], origins: Origins, places: Places) -> Rows:
    """Yield the ports that the world can reach."""
    for unit in units:
        for row in unit.seen["exposed"]:
            name = row["port"]
            purpose = "p2p" if name in PEER_PORTS else (name or "other")
            yield {
                "object": unit.named(row["object"]),
                "daemon": row["daemon"],
                "via": row["via"],
                "purpose": next(
                    (_KNOWN[n] for n in (row["number"], *row["targets"]) if n in _KNOWN), purpose
                ),
                "number": row["number"],
                "protocol": row["protocol"],
                "at": places.number(origins.of_object(unit, row["object"])),
            }


def admitted_rows(units: Iterable[Unit], origins: Origins, places: Places) -> Rows:
    """Yield the address ranges that network policies let reach a net's seeds."""
    for unit in units:
        for cidr in dict.fromkeys(unit.seen["admitted"]):
            yield {
                "net": unit.net,
                "cluster": unit.cluster,
                "cidr": cidr,
                "at": places.number(origins.of_object(unit, "")),
            }


def genesis_rows(plan: Plan, units: Iterable[Unit], origins: Origins, places: Places) -> Rows:
    """Yield the genesis that was built for a net on each of its clusters."""
    for unit in units:
        genesis = unit.seen["genesis"]
        if genesis:
            parts = genesis.get("parts", {})
            text = "".join(parts[number] for number in sorted(parts, key=int))
            name = genesis.get("object", "")
            yield {
                "net": plan.name,
                "cluster": unit.cluster,
                "digest": hashlib.sha256(text.encode()).hexdigest() if text else "",
                "wanted_digest": plan.genesis.digest,
                "time": genesis.get("time", ""),
                "wanted_time": plan.genesis.time,
                "object": unit.named(name),
                "at": places.number(origins.of_object(unit, name)),
            }


def secret_rows(units: Iterable[Unit], origins: Origins, places: Places) -> Rows:
    """Yield Secrets and ExternalSecrets; those alike once a net, as ten thousand of them are."""
    alike: set[tuple[str, ...]] = set()
    for unit in units:
        for row in unit.seen["secrets"]:
            key = (unit.net, row["kind"], row["store"], row["policy"], row["field"])
            if row["values"] or key not in alike:
                alike.add(key)
                yield placed(row, unit, origins, places)


def volume_rows(plan: Plan, units: Iterable[Unit], origins: Origins, places: Places) -> Rows:
    """Yield the claims of a net that is protected."""
    for unit in units if plan.testnet.protected else ():
        for name, kept in unit.seen["claims"].items():
            yield {
                "net": plan.name,
                "object": unit.named(name),
                "kept": kept,
                "at": places.number(origins.of_object(unit, name)),
            }


def autoscaler_rows(units: Sequence[Unit], origins: Origins, places: Places) -> Rows:
    """Yield what would change replicas by itself."""
    roles: dict[str, str] = {}
    for unit in units:
        for name, workload in unit.seen["workloads"].items():
            # Empty is for a target that is not there.
            roles[unit.named(name)] = workload["role"] or "other"
    for unit in units:
        for row in unit.seen["autoscalers"]:
            namespace = row["object"].partition("/")[0]
            target = unit.named(f"{namespace}/{row['kind']}/{row['target']}")
            yield {
                "object": unit.named(row["object"]),
                "target": row["target"],
                "role": roles.get(target, ""),
                "at": places.number(origins.of_object(unit, row["object"])),
            }


def annotation_rows(units: Iterable[Unit], origins: Origins, places: Places) -> Rows:
    """Yield the annotations by which objects opt out of Flux."""
    for unit in units:
        for row in unit.seen["annotations"]:
            yield placed(row, unit, origins, places)


def immutable_rows(units: Iterable[Unit], origins: Origins, places: Places) -> Rows:
    """Yield fields that differ from the published object and that Kubernetes does not change."""
    for unit in units:
        before = unit.before["fixed"] if unit.before else {}
        for name, fields in unit.seen["fixed"].items():
            old = before.get(name, fields)
            for field in sorted(fields.keys() | old.keys()):
                if fields.get(field) != old.get(field):
                    workload = unit.seen["workloads"].get(name, {})
                    yield {
                        "object": unit.named(name),
                        "role": workload.get("role", ""),
                        "field": field,
                        "before": old.get(field, ""),
                        "after": fields.get(field, ""),
                        "at": places.number(origins.of_object(unit, name)),
                    }


def owner_rows(units: Iterable[Unit], origins: Origins, places: Places) -> Rows:
    """Yield objects that two Kustomizations build: they would take turns in writing them."""
    owners: dict[tuple[str, str], Unit] = {}
    for unit in units:
        for name in unit.seen["objects"]:
            first = owners.setdefault((unit.cluster, name), unit)
            if first is not unit and first.owner != unit.owner:
                yield {
                    "object": unit.named(name),
                    "first": first.owner,
                    "second": unit.owner,
                    "at": places.number(origins.of_object(unit, name)),
                    "first_at": places.number(origins.of_object(first, name)),
                }


def patch_rows(units: Iterable[Unit], spot: Mapping[tuple[str, int], int]) -> Rows:
    """Yield the patches of the library; `spot` says at which place each entry is written."""
    rows: dict[tuple[str, int], Row] = {}
    for unit in units:
        for file, index, matched in unit.seen["patches"]:
            row = rows.setdefault(
                (file, index),
                {
                    "file": file,
                    "entry": f"patches[{index}]",
                    "kind": "patch",
                    "overlays": 0,
                    "unmatched": 0,
                    "example": "",
                    "at": spot.get((file, index), 0),
                },
            )
            row["overlays"] += 1
            if not matched:
                row["unmatched"] += 1
                row["example"] = row["example"] or unit.path
    yield from rows.values()
