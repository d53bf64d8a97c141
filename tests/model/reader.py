"""The reader of evidence: it looks at one thing after another, while everything goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tests.model.ledger import Facts, Ledger
from tests.model.overlays import Overlays
from tests.model.places import Places
from tests.model.world import GONE, LIE


@dataclass(frozen=True, slots=True)
class Reader:
    """What is looked at, in which order, and what is demanded of it.

    `order`: r the revision that the Kustomization has applied, s the StatefulSet, p the pods with
    the key on the whole cluster. The kubernetes source reads them as here, and so does the drain
    Job: it exists only once the Kustomization has applied the drain (a dependency of Flux holds
    for one revision), and its commit status names that revision or a later one. The search lets
    a reader wait between two looks, and look again, for as long as it likes: that is also the
    loop of the Job, and a file that is used much later.
    """

    order: str = "rsp"
    label: bool = True  # the StatefulSet has to carry the label of this drain
    observed: bool = True  # its controller has to have seen what it says now
    zero: bool = True  # it has to want no replicas
    absent: bool = False  # no StatefulSet at all is as good
    terminating: bool = True  # a pod that terminates counts
    whole: bool = True  # pods in all namespaces count
    any_overlay: bool = False  # whichever Kustomization of the cluster is the furthest


@dataclass(frozen=True, slots=True)
class Local:
    """For one key: the drain that is looked into, how far, the revision; all that was found."""

    stop: int = -1
    looked: int = 0
    revision: int = 0
    facts: Facts = ()


class Readers:
    """The states of the readers by number, and what each may find next."""

    def __init__(self, ledger: Ledger, places: Places, overlays: Overlays, reader: Reader) -> None:
        self._ledger = ledger
        self._places = places
        self._overlays = overlays
        self._reader = reader
        self._world = ledger.world
        self._told = bool({GONE, LIE} & ledger.world.faults)
        self.locals: list[Local] = []
        self._numbers: dict[Local, int] = {}
        self._steps: dict[tuple[int, ...], tuple[tuple[str, int], ...]] = {}
        self.empty = self.number(Local())

    def number(self, local: Local) -> int:
        """Return the number of a state of a reader."""
        found = self._numbers.get(local)
        if found is None:
            found = self._numbers[local] = len(self.locals)
            self.locals.append(local)
        return found

    def steps(
        self, number: int, stop: int, head: int, flux: Sequence[int], at: Sequence[int]
    ) -> tuple[tuple[str, int], ...]:
        """Return what a reader may do: (what, its state then).

        `stop` is the drain that the key is in at `head` (-1: none), `flux` and `at` are the
        states of all Kustomizations and all places.
        """
        mine = self.locals[number].stop
        if stop < 0 and mine < 0:
            return ()
        asked = (number, stop, head if self._told else 0, *self._sight(stop, mine, flux, at))
        found = self._steps.get(asked)
        if found is None:
            made = self._find(self.locals[number], stop, head, flux, at)
            found = self._steps[asked] = tuple(made)
        return found

    def _sight(self, stop: int, mine: int, flux: Sequence[int], at: Sequence[int]) -> Iterator[int]:
        """Return the part of the state that a step may depend on: the clusters it looks at."""
        for number in {stop, mine} - {-1}:
            for near in self._world.neighbours(self._ledger.stops[number].place):
                yield at[near]
                yield flux[self._world.overlays[near]]

    def _find(
        self, local: Local, stop: int, head: int, flux: Sequence[int], at: Sequence[int]
    ) -> list[tuple[str, int]]:
        made = []
        if stop >= 0 and local.stop != stop:
            made.append(self._look(Local(stop=stop, facts=local.facts), flux, at))
        if local.stop >= 0:
            made.append(self._look(local, flux, at))
        if stop >= 0 and self._told:
            overlay = self._world.overlays[self._ledger.stops[stop].place]
            if LIE in self._world.faults or self._overlays.locals[flux[overlay]].dead:
                told = self._found(replace(local, stop=stop, revision=head))
                made.append(("operator says that the cluster is gone", told))
        return [step for step in made if step]

    def _look(self, local: Local, flux: Sequence[int], at: Sequence[int]) -> tuple[str, int] | None:
        what = self._reader.order[local.looked]
        place = self._ledger.stops[local.stop].place
        if what == "r":
            revision = self._revision(place, flux)
            if revision <= self._known(local):
                return None
            local = replace(local, revision=revision)
            text = f"reader sees {revision} applied for drain {local.stop}"
        elif what == "s":
            if not self._set_is_drained(local.stop, at[place]):
                return None
            text = f"reader sees the StatefulSet at {place} drained ({local.stop})"
        else:
            if not self._pods_are_gone(local.stop, at):
                return None
            text = f"reader sees no pod (drain {local.stop})"
        if local.looked + 1 < len(self._reader.order):
            return text, self.number(replace(local, looked=local.looked + 1))
        if not local.revision:  # a reader that looks at no revision takes what is there then
            local = replace(local, revision=self._revision(place, flux))
        return text, self._found(local)

    def _known(self, local: Local) -> int:
        """Return the last revision that this drain was already proved at."""
        return max((rev for stop, rev in local.facts if stop == local.stop), default=0)

    def _found(self, local: Local) -> int:
        # Of two proofs of one drain the later revision proves all that the earlier one does.
        best = max(local.revision, self._known(local))
        others = [fact for fact in local.facts if fact[0] != local.stop]
        return self.number(Local(facts=tuple(sorted([*others, (local.stop, best)]))))

    def _revision(self, place: int, flux: Sequence[int]) -> int:
        if not self._reader.any_overlay:
            return self._overlays.locals[flux[self._world.overlays[place]]].applied
        near = {self._world.overlays[n] for n in self._world.neighbours(place)}
        return max(self._overlays.locals[flux[overlay]].applied for overlay in near)

    def _set_is_drained(self, stop: int, number: int) -> bool:
        local = self._places.locals[number]
        if not local.wanted:
            return self._reader.absent
        drain = self._ledger.contents[local.wanted][1]
        if self._reader.observed and local.seen != local.wanted:
            return False
        if self._reader.label and drain != stop:
            return False
        return drain >= 0 or not self._reader.zero

    def _pods_are_gone(self, stop: int, at: Sequence[int]) -> bool:
        made = self._ledger.stops[stop]
        here = self._world.places[made.place]
        for near in self._world.neighbours(made.place):
            if not self._reader.whole and self._world.places[near].namespace != here.namespace:
                continue
            pod = self._places.locals[at[near]].pod
            if pod == made.key + 1 or (self._reader.terminating and pod == -made.key - 1):
                return False
        return True
