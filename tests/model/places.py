"""One place of a cluster: its StatefulSet, what the controller has seen of it, and its pod."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.model.ledger import LIVE, Ledger
from tests.model.world import DELETE, ZOMBIE

NOTHING = 0  # no pod, or no zombie


@dataclass(frozen=True, slots=True)
class Local:
    """What is at a place.

    `wanted` is the content of the StatefulSet at the API server and `seen` the one that the
    StatefulSet controller last saw: it may act on that for as long as it likes, and its
    `observedGeneration` is current while the two are the same. `pod` is 1 + the number of the
    key that a pod runs with, negative while it terminates: it still produces then. A pod of this
    name is never made while there is one. `zombie` is a process whose pod is gone.
    """

    wanted: int = 0
    seen: int = 0
    pod: int = NOTHING
    zombie: int = NOTHING
    dead: bool = False


class Places:
    """The states of places by number, and what each may become by itself."""

    def __init__(self, ledger: Ledger) -> None:
        self._contents = ledger.contents
        self._faults = ledger.world.faults
        self.locals: list[Local] = []
        self._numbers: dict[Local, int] = {}
        self._steps: list[tuple[tuple[str, int, int], ...] | None] = []
        self.alive: list[tuple[int, ...]] = []  # keys that processes there run with
        self.empty = self.number(Local())

    def number(self, local: Local) -> int:
        """Return the number of a state of a place."""
        found = self._numbers.get(local)
        if found is None:
            found = self._numbers[local] = len(self.locals)
            self.locals.append(local)
            self._steps.append(None)
            self.alive.append(tuple(abs(p) - 1 for p in (local.pod, local.zombie) if p))
        return found

    def put(self, number: int, content: int) -> int:
        """Return the state after the API server took another content (0: deleted)."""
        return self.number(replace(self.locals[number], wanted=content))

    def steps(self, number: int) -> tuple[tuple[str, int, int], ...]:
        """Return what may happen at a place: (what, the state then, key that is born or -1)."""
        found = self._steps[number]
        if found is None:
            found = self._steps[number] = tuple(self._find(self.locals[number]))
        return found

    def _find(self, local: Local) -> list[tuple[str, int, int]]:
        if local.dead:
            return []
        made = self.fair(local)
        if local.pod > 0 and not any(what == "pod stops" for what, _, _ in made):
            # Evicted, deleted by hand, or by the garbage collector with its StatefulSet.
            made.append(("pod deleted", self.number(replace(local, pod=-local.pod)), -1))
        if local.wanted and DELETE in self._faults:
            made.append(("StatefulSet deleted by hand", self.put(self.number(local), 0), -1))
        if local.pod and not local.zombie and ZOMBIE in self._faults:
            zombie = replace(local, pod=NOTHING, zombie=abs(local.pod))
            made.append(("pod force-deleted", self.number(zombie), -1))
        return made

    def fair(self, local: Local) -> list[tuple[str, int, int]]:
        """Return what a cluster without faults comes to do, as `steps` does."""
        made = []
        if local.seen != local.wanted:
            made.append(("controller looks", self.number(replace(local, seen=local.wanted)), -1))
        key, stop = self._contents[local.seen]
        runs = local.seen != 0 and stop == LIVE
        if runs and local.pod == NOTHING:
            made.append(("pod starts", self.number(replace(local, pod=key + 1)), key))
        elif local.pod > 0 and not (runs and local.pod == key + 1):
            made.append(("pod stops", self.number(replace(local, pod=-local.pod)), -1))
        if local.pod < 0:
            made.append(("pod is gone", self.number(replace(local, pod=NOTHING)), -1))
        return made
