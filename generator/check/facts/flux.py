"""Facts about Flux: its Kustomizations, what they wait for, and what they may do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

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
    applied = _by_owner(units)
    for unit in units:
        for row in unit.seen["kustomizations"]:
            name = unit.named(row["name"])
            parts = [part.seen for part in applied.get(name, ())]
            yield {
                "kustomization": name,
                "net": unit.net,
                "phase": row["phase"],
                "source": row["source"],
                "account": row["account"],
                "objects": sum(len(seen["objects"]) for seen in parts),
                "bytes": sum(seen["size"] for seen in parts),
                "prune": row["prune"],
                "force": row["force"],
                "suspend": row["suspend"],
                "post_build": row["post_build"],
                "substitutions": sum(seen["substitutions"] for seen in parts),
                "target_namespace": row["target_namespace"],
                "interval": duration_seconds(row["interval"]),
                "timeout": duration_seconds(row["timeout"]),
                "at": places.number(origins.of_object(unit, "")),
            }


def _by_owner(units: Iterable[Unit]) -> Mapping[str, list[Unit]]:
    """Return units by the Kustomization that applies them: one may apply many files."""
    owners: dict[str, list[Unit]] = {}
    for unit in units:
        owners.setdefault(unit.owner, []).append(unit)
    return owners


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
    """Yield each permission that applying takes, by the roles that may grant it.

    Kustomizations that use the controller's own account are those of the operators' bootstrap,
    which the controller's installation binds: only the accounts of nets are judged.
    """
    bound = _bound_roles(units)
    applied = _by_owner(units)
    seen: set[tuple[str, tuple[str, ...], str, str]] = set()
    for unit in units:
        for row in unit.seen["kustomizations"] if unit.net else ():
            account = f"{row['namespace']}/{row['account']}"
            everywhere = bound.get((unit.cluster, "", account), set())
            at = places.number(origins.of_object(unit, ""))
            for api, kind, namespace, example in _kinds(applied.get(unit.named(row["name"]), ())):
                inside = bound.get((unit.cluster, namespace, account), set())
                roles = tuple(sorted(everywhere | inside))
                need = (unit.cluster, roles, api, resource_of(kind))
                if need not in seen:
                    seen.add(need)
                    yield from _needs(*need, unit.named(example), at)


def _kinds(units: Iterable[Unit]) -> Iterable[Sequence[str]]:
    """Yield API group, kind, namespace and an example of what units hold."""
    for unit in units:
        yield from unit.seen["kinds"]


def _needs(  # noqa: PLR0913 - the columns of a row
    cluster: str, roles: tuple[str, ...], api: str, resource: str, example: str, at: int
) -> Iterable[Row]:
    for verb in VERBS:
        yield {
            "cluster": cluster,
            "roles": list(roles),
            "api": api,
            "resource": resource,
            "verb": verb,
            "example": example,
            "at": at,
        }


def _bound_roles(units: Iterable[Unit]) -> Mapping[tuple[str, str, str], set[str]]:
    """Return the roles that each account is bound to, by cluster, namespace and account.

    The namespace is empty for those that are bound everywhere.
    """
    bound: dict[tuple[str, str, str], set[str]] = {}
    for unit in units:
        for row in unit.seen["bindings"]:
            key = (unit.cluster, row["namespace"], row["account"])
            bound.setdefault(key, set()).add(row["role"])
    return bound


def grant_rows(units: Iterable[Unit]) -> Rows:
    """Yield the rules of the roles that all nets of a cluster share, each once.

    A Role is of one namespace: another one's of the same name grants nothing there.
    """
    seen: set[str] = set()
    for unit in units:
        for name, rules in unit.seen["roles"].items() if not unit.net else ():
            for rule in rules if name.startswith("ClusterRole/") else ():
                row: Seen = {"cluster": unit.cluster, "role": name} | rule
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
