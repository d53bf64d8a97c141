"""One Flux Kustomization: which commit it applies, object by object, and what it says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.model.ledger import Ledger
from tests.model.places import Places
from tests.model.world import RESTORED, STALE

Change = tuple[str, int, tuple[tuple[int, int], ...]]  # what, state then, (place, state then)


@dataclass(frozen=True, slots=True)
class Local:
    """What a Kustomization says and does.

    `applied` is its status.lastAppliedRevision; `current` the commit that it now applies (0:
    none), of which it has put the places in the set of bits `done`.
    """

    applied: int = 0
    current: int = 0
    done: int = 0
    dead: bool = False


class Overlays:
    """The states of Kustomizations by number, and what each may do next.

    A reconcile may begin at every commit that is not older than the last one begun: whatever was
    fetched when, this is all that can be seen of it. It applies its objects in any order, then
    deletes those that are no more, then says so; it may stop anywhere and begin again.
    """

    def __init__(self, ledger: Ledger, places: Places) -> None:
        self._ledger = ledger
        self._places = places
        self._faults = ledger.world.faults
        self._of = [
            tuple(n for n, o in enumerate(ledger.world.overlays) if o == overlay)
            for overlay in range(max(ledger.world.overlays) + 1)
        ]
        self.locals: list[Local] = []
        self._numbers: dict[Local, int] = {}
        self._steps: dict[tuple[int, ...], tuple[Change, ...]] = {}
        self.empty = self.number(Local())

    def __len__(self) -> int:
        return len(self._of)

    def number(self, local: Local) -> int:
        """Return the number of a state of a Kustomization."""
        found = self._numbers.get(local)
        if found is None:
            found = self._numbers[local] = len(self.locals)
            self.locals.append(local)
        return found

    def steps(self, overlay: int, number: int, head: int, at: Sequence[int]) -> tuple[Change, ...]:
        """Return what a Kustomization may do; `at` are the states of all places."""
        mine = self._of[overlay]
        asked = (overlay, number, head, *[at[place] for place in mine])
        found = self._steps.get(asked)
        if found is None:
            local = self.locals[number]
            made: list[Change] = []
            if not local.dead:
                for commit in self._reachable(local, head):
                    made += self._work(mine, local, commit, at)
                made += self._restore(mine, local, at)
            found = self._steps[asked] = tuple(made)
        return found

    def towards(self, overlay: int, number: int, head: int, at: Sequence[int]) -> Change | None:
        """Return what a Kustomization does next when no fault keeps it from the head."""
        local = self.locals[number]
        if local.dead:
            return None
        work = self._work(self._of[overlay], local, head, at)
        return work[0] if work else None

    def _reachable(self, local: Local, head: int) -> Sequence[int]:
        path = self._ledger.commits[head].path
        last = local.current or local.applied
        if last and last not in path:
            return (head,)  # the branch was forced: Flux takes the head, whatever it was before
        if STALE in self._faults:
            return path
        return [commit for commit in path if commit >= last]

    def _work(
        self, mine: tuple[int, ...], local: Local, commit: int, at: Sequence[int]
    ) -> list[Change]:
        tree = self._ledger.commits[commit].tree
        has = [self._places.locals[at[place]].wanted for place in mine]
        again = commit == local.current
        done = local.done if again else 0
        full = (1 << len(mine)) - 1
        for bit, place in enumerate(mine):
            if not tree[place] or (not again and has[bit] == tree[place]):
                done |= 1 << bit
        if done != full:
            made: list[Change] = []
            for bit, place in enumerate(mine):
                if not done & 1 << bit:
                    state = self.number(Local(local.applied, commit, done | 1 << bit))
                    put = self._places.put(at[place], tree[place])
                    made.append((f"applies {commit} at place {place}", state, ((place, put),)))
            return made
        state = self.number(Local(local.applied, commit, done))
        for bit, place in enumerate(mine):
            if not tree[place] and has[bit]:
                put = self._places.put(at[place], 0)
                return [(f"prunes place {place} for {commit}", state, ((place, put),))]
        if local.applied == commit and not local.current:
            return []
        return [(f"has applied {commit}", self.number(Local(applied=commit)), ())]

    def _restore(self, mine: tuple[int, ...], local: Local, at: Sequence[int]) -> list[Change]:
        if RESTORED not in self._faults or not local.applied:
            return []
        made: list[Change] = []
        for commit in self._ledger.commits[local.applied].path[:-1]:
            tree = self._ledger.commits[commit].tree
            puts = tuple((place, self._places.put(at[place], tree[place])) for place in mine)
            made.append((f"restored as of {commit}", self.number(Local(applied=commit)), puts))
        return made
