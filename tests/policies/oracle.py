"""The same rules in plain Python: grouping in dictionaries, where Rego sorts and joins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

Row = Mapping[str, Any]
Facts = Mapping[str, list[dict[str, Any]]]
Violation = tuple[str, int]
"""The subject of a violation and its place."""

LEAST_REGIONS = 3
LEAST_SEEDS = 2


def _grouped(rows: Iterable[Row], key: Callable[[Row], Hashable]) -> dict[Hashable, list[Row]]:
    groups: dict[Hashable, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def _all_but_first(
    rows: Iterable[Row], key: Callable[[Row], Hashable], order: tuple[str, ...]
) -> Iterator[Row]:
    """Give those that share a key with one that comes before them."""
    for group in _grouped(rows, key).values():
        yield from sorted(group, key=lambda row: tuple(row[column] for column in order))[1:]


def unique_keys(facts: Facts) -> Iterator[Violation]:
    uses = [use for use in facts["key_uses"] if use["key"]]
    for use in _all_but_first(uses, lambda use: use["key"], ("daemon", "name", "at")):
        yield use["name"], use["at"]


def host_ports(facts: Facts) -> Iterator[Violation]:
    def node(row: Row) -> Hashable:
        return row["cluster"], row["protocol"], row["number"]

    for row in _all_but_first(facts["host_ports"], node, ("daemon", "at")):
        yield row["daemon"], row["at"]


def host_names(facts: Facts) -> Iterator[Violation]:
    daemons = [daemon for daemon in facts["daemons"] if daemon["host"]]
    for daemon in _all_but_first(daemons, lambda daemon: daemon["host"], ("daemon", "at")):
        yield daemon["daemon"], daemon["at"]


def _spread(facts: Facts) -> Iterator[tuple[Row, list[Row]]]:
    """Give each net that shall be highly available, with its regions."""
    regions = _grouped(facts["regions"], lambda row: row["net"])
    for net in facts["nets"]:
        if net["availability"] == "high":
            yield net, regions.get(net["net"], [])


def spread(facts: Facts) -> Iterator[Violation]:
    for net, rows in _spread(facts):
        if len({row["region"] for row in rows if row["daemons"]}) < LEAST_REGIONS:
            yield net["net"], net["regions_at"]


def stake(facts: Facts) -> Iterator[Violation]:
    for net, rows in _spread(facts):
        produced = sum(row["stake"] for row in rows)
        for row in rows:
            left = produced - row["stake"]
            if net["stake"] and Fraction(left, net["stake"]) < Fraction(2, 3):
                yield f"{net['net']}/{row['region']}", row["at"]


def seeds(facts: Facts) -> Iterator[Violation]:
    for net, rows in _spread(facts):
        everywhere = sum(row["seeds"] for row in rows)
        if everywhere < LEAST_SEEDS:
            yield net["net"], net["at"]
            continue
        for row in rows:
            if everywhere - row["seeds"] == 0:
                yield f"{net['net']}/{row['region']}", row["at"]


ORACLES: Mapping[str, Callable[[Facts], Iterator[Violation]]] = {
    "keys/unique": unique_keys,
    "network/host-name": host_names,
    "network/host-port": host_ports,
    "regions/seeds": seeds,
    "regions/spread": spread,
    "regions/stake": stake,
}
