"""What was published stays: places, ports and overlay numbers that plans must keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

# kustomize is quadratic in the objects of one build: see overlays/README.md for the figures.
OVERLAY_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonAllocation:
    """What was decided for a daemon at its first publish; port 0 where it has none."""

    cluster: str
    phase: str
    overlay: int
    port: int = 0
    ports: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What a net's files on a cluster were made from and with, and the digest of them all.

    Digests as in the lock.
    """

    inputs: str
    kustomize: str
    files: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NetAllocation:
    """What was decided for a net at its first publish.

    `genesis` is its daemon.json, empty where the image has the ledger or the file is lost;
    `genesis_digest` is the sha256 of it in either case. `source_digest` is that of the
    testnet file as last published: while it stays the same, the net stays with the version
    of the library it was rendered against. `driven` is the daemon that each service drives.

    `keys` is the public part of the key that each block producer may use, by daemon; `drains`
    the id of the drain of each that was told to stop. `leaving` are the clusters where all
    daemons of the net were told to stop. `traces` are by cluster. Flux never prunes the volumes
    of a `protected` net.
    """

    published: datetime
    source_digest: str
    overlays: str
    generation: int
    genesis_time: str
    genesis: str = ""
    genesis_digest: str = ""
    daemons: Mapping[str, DaemonAllocation] = field(default_factory=dict)
    driven: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    drains: Mapping[str, str] = field(default_factory=dict)
    leaving: frozenset[str] = frozenset()
    traces: Mapping[str, Trace] = field(default_factory=dict)
    protected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocations:
    """The published allocations of all nets, by net."""

    nets: Mapping[str, NetAllocation] = field(default_factory=dict)


class Ports:
    """Host ports of one cluster that are still free, lowest first."""

    def __init__(self, numbers: range, taken: set[int]) -> None:
        self._numbers = numbers
        self._taken = taken
        self._next = dict.fromkeys((1, 2), numbers.start)

    def take(self, count: int) -> int:
        """Take `count` ports in a row and return the first, or 0 when there are none left."""
        for first in range(self._next[count], self._numbers.stop - count + 1):
            wanted = range(first, first + count)
            if self._taken.isdisjoint(wanted):
                self._taken.update(wanted)
                self._next[count] = first + count
                return first
        self._next[count] = self._numbers.stop
        return 0


class Overlays:
    """Numbers of the overlays of one net on one cluster, by phase; the first with room wins."""

    def __init__(self, published: Mapping[tuple[str, int], int]) -> None:
        self._filled = dict(published)
        self._next: dict[str, int] = {}

    def take(self, phase: str) -> int:
        """Return the number of the overlay that a new daemon of `phase` goes to."""
        number = self._next.get(phase, 1)
        while self._filled.get((phase, number), 0) >= OVERLAY_SIZE:
            number += 1
        self._next[phase] = number
        self._filled[phase, number] = self._filled.get((phase, number), 0) + 1
        return number


class Register:
    """Everything that is taken on the fleet while plans are made, net after net."""

    def __init__(self, allocations: Allocations, ports: Mapping[str, range]) -> None:
        self._allocations = allocations
        self._numbers = ports

    def take_ports(self, cluster: str, count: int) -> int:
        """Take `count` host ports in a row on a cluster; 0 when there are none left."""
        return self._ports[cluster].take(count)

    @cached_property
    def _ports(self) -> Mapping[str, Ports]:
        """What is free, found out when a port is taken: most changes take none."""
        taken: dict[str, set[int]] = {cluster: set() for cluster in self._numbers}
        for net in self._allocations.nets.values():
            for daemon in net.daemons.values():
                if daemon.port and daemon.cluster in taken:
                    taken[daemon.cluster].update(range(daemon.port, daemon.port + daemon.ports))
        return {name: Ports(numbers, taken[name]) for name, numbers in self._numbers.items()}


def overlays_of(net: NetAllocation | None, cluster: str) -> Overlays:
    """Return the overlay numbers of a net on a cluster as they were published."""
    filled: dict[tuple[str, int], int] = {}
    for daemon in net.daemons.values() if net else ():
        if daemon.cluster == cluster:
            place = (daemon.phase, daemon.overlay)
            filled[place] = filled.get(place, 0) + 1
    return Overlays(filled)
