"""The published tree as the search sees it: commits by number, made by the project's own rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

from generator.register import Drain, Evidence, Lineage, Place, Record, State, Step, next_step
from generator.register.change import take_step
from tests.model.world import UNRELATED, Wish, World

Fact = tuple[int, int]  # number of a drain, number of the commit that was applied
Facts = tuple[Fact, ...]
Records = tuple[Record | None, ...]

LIVE = -1  # in a content: the daemon may run


@dataclass(frozen=True, slots=True)
class Rule:
    """The functions under test; broken ones take their place in `tests.model.broken`."""

    step: Callable[..., Step] = next_step
    take: Callable[..., Record | None] = take_step
    prunes: bool = False  # a drained daemon leaves the tree at once
    rebases: bool = False  # what was computed on an older head is put on the newer one
    forgets: bool = False  # the file of a key that nobody wants is removed


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: what the register says, and what the tree holds at each place (a content)."""

    number: int
    parent: int
    records: Records
    tree: tuple[int, ...]
    path: tuple[int, ...]
    lineage: Lineage
    stops: tuple[int, ...]
    flaw: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A drain that was made: of which key, at which place, and what the tree then holds."""

    drain: Drain
    key: int
    place: int


def commit_id(number: int) -> str:
    """Return the full id of a commit; "" for what is before the first."""
    return f"{number:040x}" if number else ""


class Ledger:
    """All commits that a search has made, from the empty history on."""

    def __init__(self, world: World, rule: Rule) -> None:
        self.world = world
        self.rule = rule
        self.stops: list[Stop] = []
        # (key, drain or LIVE) by number; 0 is nothing at all.
        self.contents: list[tuple[int, int]] = [(-1, LIVE)]
        empty: Records = (None,) * len(world.wants)
        nothing = (0,) * len(world.places)
        self.commits = [Commit(0, 0, empty, nothing, (), Lineage(()), (-1,) * len(empty), "")]
        self._known: dict[tuple[object, ...], int] = {}
        self._wishes = world.wishes()
        self._next: dict[tuple[int, tuple[Facts, ...]], tuple[int, ...]] = {}

    def publish(self, head: int, facts: tuple[Facts, ...]) -> tuple[int, ...]:
        """Return every commit that some publisher may make on top of `head`."""
        found = self._next.get((head, facts))
        if found is None:
            found = self._next[head, facts] = self._publish(head, facts)
        return found

    def _publish(self, head: int, facts: tuple[Facts, ...]) -> tuple[int, ...]:
        made: dict[int, None] = {}
        for wish in self._wishes:
            for commit in self.fulfil(head, facts, wish):
                made[commit] = None
        if UNRELATED in self.world.faults:
            made[self._commit(head, self.commits[head].records, UNRELATED)] = None
        return tuple(made)

    def fulfil(self, head: int, facts: tuple[Facts, ...], wish: Wish) -> tuple[int, ...]:
        """Return the commits on `head` towards one wish, over all evidence that may be offered.

        Every key is offered the evidence of every key, old and new: the rule has to choose.
        """
        known = [None, *(self._evidence(*fact) for of_key in facts for fact in of_key)]
        bases = (head, self.commits[head].parent) if self.rule.rebases else (head,)
        made: dict[int, None] = {}
        for base in bases:
            for offered in product(known, repeat=len(wish)):
                records = self._records(base, wish, offered)
                if base != head:
                    # Only the files that changed there; what the newer head says is not seen.
                    old, new = self.commits[base].records, self.commits[head].records
                    pairs = zip(old, records, new, strict=True)
                    records = tuple(n if r == o else r for o, r, n in pairs)
                if records != self.commits[head].records:
                    made[self._commit(head, records)] = None
        return tuple(made)

    def advance(self, head: int, facts: tuple[Facts, ...], wish: Wish) -> int:
        """Return the commit on `head` that a publisher makes who finds all the evidence there is.

        `head` itself where it has nothing to do.
        """
        stops = self.stops_at(head)
        offered = [
            next((self._evidence(*fact) for fact in known if fact[0] == stop), None)
            for known, stop in zip(facts, stops, strict=True)
        ]
        records = self._records(head, wish, offered)
        return head if records == self.commits[head].records else self._commit(head, records)

    def stops_at(self, head: int) -> tuple[int, ...]:
        """Return for each key the number of the drain that it is in at a commit; -1: none."""
        return self.commits[head].stops

    def _stops(self, records: Records) -> tuple[int, ...]:
        return tuple(
            -1
            if record is None or record.drain is None or record.state is not State.DRAINING
            else self._stop(Stop(record.drain, key, self.world.places.index(record.place)))
            for key, record in enumerate(records)
        )

    def _stop(self, stop: Stop) -> int:
        if stop not in self.stops:
            self.stops.append(stop)
        return self.stops.index(stop)

    def _evidence(self, stop: int, revision: int) -> Evidence:
        made = self.stops[stop]
        return Evidence(
            key=self.world.keys[made.key],
            place=self.world.places[made.place],
            drain=made.drain.id,
            revision=commit_id(revision),
            source="model",
            who="model",
        )

    def _records(self, head: int, wish: Wish, offered: Sequence[Evidence | None]) -> Records:
        commit = self.commits[head]
        return tuple(
            self._record(commit, number, None if want is None else self.world.places[want], seen)
            for number, (want, seen) in enumerate(zip(wish, offered, strict=True))
        )

    def _record(
        self, commit: Commit, number: int, desired: Place | None, evidence: Evidence | None
    ) -> Record | None:
        record = commit.records[number]
        others = [r for n, r in enumerate(commit.records) if n != number and r]
        step = self.rule.step(
            record,
            record.place if record and record.state is State.HELD else None,
            desired,
            evidence,
            lineage=commit.lineage,
            vacant=not any(r.place == desired and r.state is not State.FREE for r in others),
        )
        taken = self.rule.take(
            record,
            step,
            key=self.world.keys[number],
            head=commit_id(commit.number),
            desired=desired,
            net="qa",
            evidence=evidence,
        )
        if taken and self.rule.forgets and desired is None and taken.state is not State.HELD:
            return None
        # No function of the rule reads what is past (tests/register shows it), so commits that
        # differ in nothing else count as one.
        return replace(taken, past=()) if taken and taken.past else taken

    def _commit(self, parent: int, records: Records, why: str = "") -> int:
        known = self._known.get((parent, records, why))
        if known is not None:
            return known
        number = len(self.commits)
        path = (*self.commits[parent].path, number)
        tree, flaw = self._tree(records)
        flaw = flaw or self._reused(path, records)
        lineage = Lineage([commit_id(n) for n in path])
        stops = self._stops(records)
        self.commits.append(Commit(number, parent, records, tree, path, lineage, stops, flaw))
        self._known[parent, records, why] = number
        return number

    def _tree(self, records: Records) -> tuple[tuple[int, ...], str]:
        tree = [0] * len(self.world.places)
        flaw = ""
        for key, record in enumerate(records):
            if record is None or record.state is State.FREE:
                continue
            place = self.world.places.index(record.place)
            if tree[place]:
                flaw = "two keys at one place of the tree"
            if record.drain is None or record.state is State.HELD:
                tree[place] = self._content(key, LIVE)
            elif not self.rule.prunes:
                tree[place] = self._content(key, self._stop(Stop(record.drain, key, place)))
        for copy, original in self.world.mirror.items():
            tree[copy] = tree[original]
        return tuple(tree), flaw

    def _content(self, key: int, stop: int) -> int:
        if (key, stop) not in self.contents:
            self.contents.append((key, stop))
        return self.contents.index((key, stop))

    def _reused(self, path: Sequence[int], records: Records) -> str:
        """Say when one generation of a key was at two places, or at one twice."""
        for key, record in enumerate(records):
            if record is None:
                continue
            for number in path[:-1]:
                old = self.commits[number].records[key]
                if old is None:
                    continue
                same = old.generation == record.generation
                back = old.state is State.FREE and record.state is not State.FREE
                if same and (old.place != record.place or back):
                    return "one generation of a key assigned twice"
                if old.generation > record.generation:
                    return "the generation of a key went back"
        return ""
