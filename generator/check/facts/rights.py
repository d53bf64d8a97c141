"""Facts about rights: what roles grant and to whom, and what is applied in which part.

A library makes the same objects for every net: what is alike is one row, at the first of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from generator.check.facts.table import Row
from generator.check.facts.unit import Origins, Unit, placed
from generator.check.places import Places


def right_tables(
    units: Sequence[Unit], origins: Origins, places: Places
) -> Mapping[str, list[Row]]:
    """Return the tables of this module."""
    makers: Mapping[str, Callable[[Sequence[Unit]], Iterable[tuple[Unit, Row]]]] = {
        "rights": _rights,
        "bindings": _bindings,
        "applied": _applied,
        "namespaces": _namespaces,
    }
    return {
        table: [placed(row, unit, origins, places) for unit, row in _distinct(maker(units))]
        for table, maker in makers.items()
    }


def _distinct(rows: Iterable[tuple[Unit, Row]]) -> Iterable[tuple[Unit, Row]]:
    """Yield rows that differ in more than the cluster and the name of the net."""
    known: set[str] = set()
    for unit, row in rows:
        likeness = unit.likeness(row)
        if likeness not in known:
            known.add(likeness)
            yield unit, row


def _rights(units: Iterable[Unit]) -> Iterable[tuple[Unit, Row]]:
    """Yield the rules of roles."""
    yield from ((unit, row) for unit in units for row in unit.seen["rights"])


def _bindings(units: Sequence[Unit]) -> Iterable[tuple[Unit, Row]]:
    """Yield the subjects of bindings.

    A role is known where the net itself makes it or all nets share it, an account where the net
    itself makes it: no net gives rights to another one's.
    """
    made: dict[tuple[str, str], set[str]] = {}
    for unit in units:
        made.setdefault((unit.cluster, unit.net), set()).update(unit.seen["objects"])
    for unit in units:
        own = made[unit.cluster, unit.net]
        shared = made.get((unit.cluster, ""), set())
        for row in unit.seen["subjects"]:
            yield (
                unit,
                row
                | {
                    "role": row["role"].lstrip("/"),
                    "made": row["role"] in own or row["role"] in shared,
                    "known": "/ServiceAccount/" in row["subject"] and row["subject"] in own,
                },
            )


def _part(unit: Unit) -> str:
    """Return which directory of a cluster a unit is in: platform, flux-system, testnets, nets."""
    _, _, part, *_ = [*unit.path.split("/"), "", ""]
    return part


def _applied(units: Iterable[Unit]) -> Iterable[tuple[Unit, Row]]:
    """Yield the kinds that each part of a cluster has, by namespace, each with an example."""
    known: set[tuple[str, ...]] = set()
    for unit in units:
        for api, kind, namespace, example in unit.seen["kinds"]:
            where = "net-*" if unit.net and namespace == f"net-{unit.net}" else namespace
            key = (_part(unit), api, kind, where)
            if key not in known:
                known.add(key)
                row = {"part": key[0], "api": api, "kind": kind, "namespace": namespace}
                yield unit, row | {"object": example}


def _namespaces(units: Iterable[Unit]) -> Iterable[tuple[Unit, Row]]:
    """Yield the namespaces."""
    for unit in units:
        yield from ((unit, row | {"part": _part(unit)}) for row in unit.seen["namespaces"])
