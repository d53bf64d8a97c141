"""One thing that Flux applies, with what was seen in it, and where its parts come from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from generator.check.facts.table import Row
from generator.check.observe import Observed
from generator.check.observe.workload import DAEMON
from generator.check.places import Places
from generator.finding import Location
from generator.fleet import Fleet
from generator.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """An overlay, or a file of Flux objects: `owner` is the Kustomization that applies it.

    `path` is where it is published; `net` is empty for what all nets of a cluster share; `parts`
    are the directories of the library that it uses, and `version` is which library; `before` is
    what was seen in it as it is published now, None where it is not published or has not changed.
    """

    path: str
    cluster: str
    net: str
    owner: str
    parts: tuple[str, ...]
    seen: Observed
    version: str = ""
    before: Observed | None = None

    def named(self, name: str) -> str:
        """Return the name of an object among those of the whole fleet."""
        return f"{self.cluster}/{name}"

    def likeness(self, row: Row) -> str:
        """Return what a row has in common with those that the library makes for other nets."""
        text = json.dumps(row, sort_keys=True)
        return text.replace(f"net-{self.net}", "net-*") if self.net else text


@dataclass(frozen=True, kw_only=True)
class Origins:
    """The place, in a file that people wrote, that an object follows from."""

    fleet: Fleet
    plans: Sequence[Plan]
    _daemons: dict[tuple[str, str], Location] = field(default_factory=dict)
    _nets: dict[str, Location] = field(default_factory=dict)
    _clusters: dict[str, Location] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for plan in self.plans:
            self._nets[plan.name] = plan.testnet.at
            self._daemons.update(((plan.name, d.name), d.at) for d in plan.daemons)
        self._clusters.update((cluster.name, cluster.at) for cluster in self.fleet.clusters)

    def of_daemon(self, net: str, daemon: str) -> Location:
        """Return the place of a daemon, or of what belongs to it; else that of its net."""
        for name in (daemon, daemon.removesuffix("-postgres")):
            if at := self._daemons.get((net, name)):
                return at
        return self._nets.get(net, self.fleet.at)

    def of_object(self, unit: Unit, name: str) -> Location:
        """Return the place of an object of a unit."""
        if not unit.net:
            return self._clusters.get(unit.cluster, self.fleet.at)
        daemon = unit.seen["labels"].get(name, {}).get(DAEMON, "")
        return self.of_daemon(unit.net, daemon or name.rpartition("/")[2])


def placed(row: Row, unit: Unit, origins: Origins, places: Places) -> Row:
    """Return what was seen in an object of a unit, with its name in the fleet and its place."""
    at = places.number(origins.of_object(unit, row["object"]))
    return row | {"object": unit.named(row["object"]), "at": at}


def by_net(units: Iterable[Unit]) -> Mapping[str, list[Unit]]:
    """Return units by the net that they belong to."""
    nets: dict[str, list[Unit]] = {}
    for unit in units:
        nets.setdefault(unit.net, []).append(unit)
    return nets
