"""Facts of any size, made from their schema by the names of the columns.

There are n daemons in n/100 nets on six clusters. Tables of nets, and of nets and clusters, have as
many rows as that gives, and all others n. A net has rows in every table: for one that has none, OPA
finds nothing in the index of a comprehension and then reads the whole table.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from tests.policies.opa import SCHEMAS

CLUSTERS = 6
_PER_NET = 100
_FLEET = {"clusters": CLUSTERS, "egress": 2 * CLUSTERS, "grants": 30, "needs": 60}
# What is alike in many nets is one row.
_FLEET |= {"rights": 30, "bindings": 6, "applied": 30, "namespaces": 6, "passages": 30}
# How many rows a net has where it is not as many as it has daemons.
_ROWS_OF_NET = {
    "nets": 1,
    "regions": 3,
    "distances": 3,
    "pools": 3,
    "dependencies": 6,
    "genesis": 3,
    "admitted": 6,
    "isolation": 3,
    "usage": 3,
    "shapes": 8,
}
_REGIONS = (
    "us-west-2",
    "eu-central-1",
    "asia-northeast1",
    "us-east-1",
    "eu-west-1",
    "sa-east-1",
)
_ROLES = ("block-producer", "seed", "snark-coordinator", "snark-worker", "archive")

Row = dict[str, Any]


@cache
def tables() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Return the columns of each table with their schemas."""
    properties = json.loads((SCHEMAS / "facts.json").read_text("utf-8"))["properties"]
    return {
        name: schema["items"]["properties"]
        for name, schema in properties.items()
        if schema["type"] == "array"
    }


def make_facts(n: int, only: frozenset[str] | None = None) -> dict[str, Any]:
    """Return facts about n daemons; with `only`, the other tables are empty."""
    counts = {"objects": n, "mounts": 2 * n, "services": n}
    facts: dict[str, Any] = {"run": "synthetic", "now": 1_800_000_000, "counts": counts}
    for table, columns in tables().items():
        rows = _rows(table, n) if only is None or table in only else 0
        facts[table] = [_row(table, columns, i) for i in range(rows)]
    return facts


def _rows(table: str, n: int) -> int:
    if table in _FLEET:
        return min(n, _FLEET[table])
    return -(-n * _ROWS_OF_NET.get(table, _PER_NET) // _PER_NET)


def _row(table: str, columns: Mapping[str, Mapping[str, Any]], i: int) -> Row:
    return {name: _value(table, name, schema, i) for name, schema in columns.items()}


def _net(table: str, i: int) -> str:
    return f"net-{i // _ROWS_OF_NET.get(table, _PER_NET)}"


def _daemon(table: str, i: int) -> str:
    return f"{_net(table, i)}/daemon-{i}"


_NAMED: Mapping[str, Callable[[str, int], object]] = {
    "net": _net,
    "owner": lambda _, i: f"owner-{i % 10}",
    "daemon": _daemon,
    "coordinator": _daemon,
    "cluster": lambda _, i: f"cluster-{i % CLUSTERS}",
    "region": lambda _, i: _REGIONS[i % CLUSTERS],
    "one": lambda _, i: _REGIONS[i % CLUSTERS],
    "other": lambda _, i: _REGIONS[(i + 1) % CLUSTERS],
    "provider": lambda _, i: ("aws", "gcp")[i % 2],
    "role": lambda _, i: _ROLES[i % len(_ROLES)],
    "protocol": lambda _, i: ("TCP", "UDP")[i % 2],
    "availability": lambda _, i: ("high", "single")[i % 2],
    "purpose": lambda _, i: ("qa", "public")[i % 2],
    "address": lambda _, i: ("host-port", "load-balancer")[i % 2],
    "number": lambda _, i: 10_000 + i,
    "port": lambda _, i: 10_000 + i,
    "cidr": lambda _, i: f"203.{i // 65536 % 256}.{i // 256 % 256}.{i % 256}/32",
    "pods": lambda _, i: f"10.{i % 256}.0.0/16",
    "image": lambda _, i: f"gcr.io/o1labs-192920/mina-daemon:3.0.{i % 7}",
    "kustomization": lambda _, i: f"cluster-{i % CLUSTERS}/part-{i // CLUSTERS}",
    "on": lambda _, i: f"cluster-{i % CLUSTERS}/shared-{i // _PER_NET}",
    "alternatives": lambda _, i: [
        [
            {
                "key": "topology.kubernetes.io/zone",
                "operator": "In",
                "values": [_REGIONS[i % CLUSTERS]],
            }
        ]
    ],
    "pod": lambda _, i: {"containers": [{"name": "daemon", "image": f"image-{i}"}]},
}


def _value(table: str, name: str, schema: Mapping[str, Any], i: int) -> object:
    kind = schema["type"]
    if name in _NAMED and (kind != "boolean") and not (name == "image" and kind != "string"):
        return _NAMED[name](table, i)
    if kind == "integer":
        return i + 1
    if kind == "boolean":
        return i % 2 == 0
    if kind == "array":
        return [f"{name}-{i % CLUSTERS}"]
    return {} if kind == "object" else f"{name}-{i}"
