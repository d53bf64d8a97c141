"""The search: every state that can be reached, breadth first, so that a trace is a shortest one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.model.ledger import Ledger, Rule
from tests.model.overlays import Local as Overlay
from tests.model.overlays import Overlays
from tests.model.places import Local, Places
from tests.model.reader import Reader, Readers
from tests.model.world import FORCED, GONE, World

# The head, then a number each for: Kustomizations, places, keys (their readers).
Point = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a search found: `broken` is "" where the invariant holds in all `states`."""

    world: str
    states: int
    commits: int
    broken: str
    trace: tuple[str, ...]
    seconds: float  # of processor time
    complete: bool = True


@dataclass(slots=True)
class Model:
    """A world, with the rule and the reader under test."""

    world: World
    rule: Rule = field(default_factory=Rule)
    reader: Reader = field(default_factory=Reader)
    audits: bool = True  # what the register says is held against the invariant too
    ledger: Ledger = field(init=False)
    places: Places = field(init=False)
    overlays: Overlays = field(init=False)
    readers: Readers = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.world, self.rule)
        self.places = Places(self.ledger)
        self.overlays = Overlays(self.ledger, self.places)
        self.readers = Readers(self.ledger, self.places, self.overlays, self.reader)
        self._first = 1 + len(self.overlays)
        self._last = self._first + len(self.world.places)

    _first: int = field(init=False, default=0)
    _last: int = field(init=False, default=0)

    def start(self) -> Point:
        """Return the state before the first commit."""
        flux = (self.overlays.empty,) * len(self.overlays)
        at = (self.places.empty,) * len(self.world.places)
        return (0, *flux, *at, *(self.readers.empty,) * len(self.world.wants))

    def steps(self, point: Point) -> Iterator[tuple[str, Point, int]]:
        """Return what may happen in a state: (what, the state then, key that is born or -1)."""
        first, last = self._first, self._last
        head, flux, at = point[0], point[1:first], point[first:last]
        for slot in range(first, last):
            for what, number, born in self.places.steps(point[slot]):
                yield what, (*point[:slot], number, *point[slot + 1 :]), born
        yield from self._flux(point)
        for slot in range(last, len(point)):
            stop = self.ledger.stops_at(head)[slot - last]
            for what, number in self.readers.steps(point[slot], stop, head, flux, at):
                yield what, (*point[:slot], number, *point[slot + 1 :]), -1
        for what, new_head in self._commits(point):
            yield what, (new_head, *point[1:]), -1
        if GONE in self.world.faults:
            yield from self._destroyed(point)

    def _flux(self, point: Point) -> Iterator[tuple[str, Point, int]]:
        first = self._first
        head, at = point[0], point[first : self._last]
        for slot in range(1, first):
            for what, number, puts in self.overlays.steps(slot - 1, point[slot], head, at):
                if not puts:
                    yield what, (*point[:slot], number, *point[slot + 1 :]), -1
                    continue
                new = list(point)
                new[slot] = number
                for place, put in puts:
                    new[first + place] = put
                yield what, tuple(new), -1

    def _commits(self, point: Point) -> Iterator[tuple[str, int]]:
        commit = self.ledger.commits[point[0]]
        if len(commit.path) < self.world.commits:
            for new in self.ledger.publish(point[0], self.facts(point)):
                yield f"publishes {new}", new
        if FORCED in self.world.faults:
            for old in commit.path[:-1]:
                yield f"force-push back to {old}", old

    def facts(self, point: Point) -> tuple[tuple[tuple[int, int], ...], ...]:
        """Return what was found of each key until now, by its reader or a file."""
        return tuple(self.readers.locals[number].facts for number in point[self._last :])

    def _destroyed(self, point: Point) -> Iterator[tuple[str, Point, int]]:
        """The last cluster is destroyed, with everything that runs there."""
        mine = self.world.neighbours(len(self.world.places) - 1)
        if self.places.locals[point[self._first + mine[0]]].dead:
            return
        new = list(point)
        for place in mine:
            new[self._first + place] = self.places.number(Local(dead=True))
            new[1 + self.world.overlays[place]] = self.overlays.number(Overlay(dead=True))
        yield "the cluster is destroyed", tuple(new), -1

    def flaw(self, point: Point, born: int) -> str:
        """Say what is wrong with a state in which a process with the key `born` was started."""
        if born >= 0:
            alive = 0
            for number in point[self._first : self._last]:
                alive += self.places.alive[number].count(born)
            if alive > 1:
                return f"{alive} processes with one key"
        return self.ledger.commits[point[0]].flaw if self.audits else ""


def search(model: Model, limit: int = 10_000_000) -> Verdict:
    """Visit every state that can be reached, up to the first flaw; `limit` bounds the states."""
    began = time.process_time()
    start = model.start()
    before: dict[Point, Point] = {start: start}
    layer = [start]
    name = model.world.name

    def verdict(broken: str, trace: tuple[str, ...] = (), *, complete: bool = True) -> Verdict:
        return Verdict(
            world=name,
            states=len(before),
            commits=len(model.ledger.commits) - 1,
            broken=broken,
            trace=trace,
            seconds=time.process_time() - began,
            complete=complete,
        )

    while layer:
        found = []
        for point in layer:
            for _, new, born in model.steps(point):
                if new in before:
                    continue
                before[new] = point
                found.append(new)
                if born >= 0 or new[0] != point[0]:
                    broken = model.flaw(new, born)
                    if broken:
                        return verdict(broken, trace_of(model, before, new))
        if len(before) > limit:
            return verdict("", complete=False)
        layer = found
    return verdict("")


def trace_of(model: Model, before: dict[Point, Point], point: Point) -> tuple[str, ...]:
    """Return what led to a state, oldest first."""
    told = []
    while before[point] != point:
        old = before[point]
        what = next(what for what, new, _ in model.steps(old) if new == point)
        told.append(f"{what}{describe(model, old, point)}")
        point = old
    return tuple(reversed(told))


def describe(model: Model, old: Point, new: Point) -> str:
    """Return where a step happened: the places that changed, or what a commit says."""
    if old[0] != new[0]:
        said = []
        for key, record in zip(model.world.keys, model.ledger.commits[new[0]].records, strict=True):
            text = f"{record.state} {record.place} gen {record.generation}" if record else "-"
            said.append(f"{key} {text}")
        return ": " + ", ".join(said)
    changed = [n for n, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    first = 1 + len(model.overlays)
    last = first + len(model.world.places)
    places = [model.world.places[n - first] for n in changed if first <= n < last]
    return "".join(f" [{place}]" for place in places)
