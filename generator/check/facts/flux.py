"""Facts about Flux: its Kustomizations, what they wait for, and what they may do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from generator.check.facts.table import Row, Rows
from generator.check.facts.unit import Origins, Unit
from generator.check.observe.model import Seen
from generator.check.places import Places

# What server-side apply, pruning and health checks take.
VERBS = ("create", "delete", "get", "list", "patch", "watch")
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


def duration_seconds(text: str) -> int:
    """Return a duration as Go writes it (1h30m) in whole seconds; -1 for what is none."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return -1
    return int(sum(float(number) * _SECONDS[unit] for number, unit in parts))


def kustomization_rows(units: Sequence[Unit], origins: Origins, places: Places) -> Rows:
    """Yield the Kustomizations of all clusters, each with the size of what it applies."""
    applied = {unit.path: unit for unit in units}
    for unit in units:
        for row in unit.seen["kustomizations"]:
            target = applied.get(row["path"].removeprefix("./"))
            yield {
                "kustomization": f"{unit.cluster}/{row['name']}",
                "cluster": unit.cluster,
                "net": unit.net,
                "phase": row["phase"],
                "path": row["path"],
                "source": row["source"],
                "account": row["account"],
                "objects": len(target.seen["objects"]) if target else 0,
                "bytes": target.seen["size"] if target else 0,
                "prune": row["prune"],
                "wait": row["wait"],
                "force": row["force"],
                "suspend": row["suspend"],
                "post_build": row["post_build"],
                "substitutions": target.seen["substitutions"] if target else 0,
                "target_namespace": row["target_namespace"],
                "interval": duration_seconds(row["interval"]),
                "timeout": duration_seconds(row["timeout"]),
                "at": places.number(origins.of_object(unit, "")),
            }


def depends_rows(units: Sequence[Unit], origins: Origins, places: Places) -> Rows:
    """Yield what each Kustomization waits for."""
    sources: dict[tuple[str, str, str], str] = {}
    for unit in units:
        for row in unit.seen["kustomizations"]:
            sources[unit.cluster, row["namespace"], row["name"]] = row["source"]
    for unit in units:
        for row in unit.seen["kustomizations"]:
            for need in row["depends"]:
                source = sources.get((unit.cluster, need["namespace"], need["name"]))
                yield {
                    "kustomization": f"{unit.cluster}/{row['name']}",
                    "on": f"{unit.cluster}/{need['name']}",
                    "exists": source is not None,
                    "same_source": source == row["source"],
                    "ready_expression": need["ready_expression"],
                    "at": places.number(origins.of_object(unit, "")),
                }


def need_rows(units: Sequence[Unit], origins: Origins, places: Places) -> Rows:
    """Yield each permission that applying takes, by the role that would have to grant it.

    Kustomizations that use the controller's own account are those of the operators' bootstrap,
    which the controller's installation binds: only the accounts of nets are judged.
    """
    roles = _bound_roles(units)
    applied = {unit.path: unit for unit in units}
    seen: set[tuple[str, str, str]] = set()
    for unit in units:
        for row in unit.seen["kustomizations"] if unit.net else ():
            target = applied.get(row["path"].removeprefix("./"))
            account = f"{row['namespace']}/{row['account']}"
            for api, kind, namespace, example in target.seen["kinds"] if target else ():
                held = roles.get((unit.cluster, namespace, account), "")
                resource = resource_of(kind)
                if (held, api, resource) not in seen:
                    seen.add((held, api, resource))
                    at = places.number(origins.of_object(unit, ""))
                    yield from _needs(held, api, resource, unit.named(example), at)


def _needs(role: str, api: str, resource: str, example: str, at: int) -> Iterable[Row]:
    for verb in VERBS:
        yield {
            "role": role,
            "api": api,
            "resource": resource,
            "verb": verb,
            "example": example,
            "at": at,
        }


def _bound_roles(units: Iterable[Unit]) -> dict[tuple[str, str, str], str]:
    """Return the role that each account is bound to, by cluster, namespace and account."""
    return {
        (unit.cluster, row["namespace"], row["account"]): row["role"]
        for unit in units
        for row in unit.seen["bindings"]
    }


def grant_rows(units: Iterable[Unit]) -> Rows:
    """Yield the rules of roles that all nets of a cluster share."""
    seen: set[str] = set()
    for unit in units:
        for name, rules in unit.seen["roles"].items() if not unit.net else ():
            for rule in rules:
                row: Seen = {"role": name} | rule
                if str(row) not in seen:
                    seen.add(str(row))
                    yield row


def resource_of(kind: str) -> str:
    """Return the resource of a kind, as RBAC names it.

    The rule of Kubernetes' own guess: https://pkg.go.dev/k8s.io/apimachinery/pkg/api/meta
    (UnsafeGuessKindToResource).
    """
    name = kind.lower()
    if name.endswith("s"):
        return f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
