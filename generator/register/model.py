"""Records of the key register; never any private material."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What the head of the published tree says of a key."""

    HELD = "held"  # some daemon produces blocks with it
    DRAINING = "draining"  # its daemon is told to stop, and it is not known to have stopped
    FREE = "free"  # its daemon was proved to have stopped, and is gone from the tree


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a key is used: an object of a cluster, as it is after rendering."""

    cluster: str
    namespace: str
    name: str
    kind: str = "StatefulSet"

    def __str__(self) -> str:
        return f"{self.cluster}/{self.namespace}/{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """Return the place that `str` writes as `text`; ValueError for any other text."""
        parts = text.split("/")
        if len(parts) != 4 or not all(parts):  # noqa: PLR2004 - the four parts above
            message = f'no place "cluster/namespace/kind/name": "{text[:200]}"'
            raise ValueError(message)
        cluster, namespace, kind, name = parts
        return cls(cluster, namespace, name, kind)


@dataclass(frozen=True, slots=True)
class Drain:
    """One drain of one key.

    `id` is in the labels and names of everything that belongs to it. `after` is the commit on
    which the one that drained was made: that one and all later ones say `replicas: 0`.
    """

    id: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """That a key's daemon was gone from a place, after a revision was applied there.

    `drain` is the id of the drain, `revision` the full id of the commit of the published tree
    that the cluster had applied when it was seen. `source` says how it was seen, `who` by
    whom, `at` when (RFC 3339), `why` what an operator who overrides says.
    """

    key: str
    place: Place
    drain: str
    revision: str
    source: str
    who: str
    at: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """One time that a key was held, and how it ended; commits as in `Record`."""

    generation: int
    place: Place
    net: str
    since: str
    drain: Drain
    released: str
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the register says of one key, by the text of its public part.

    `place`, `net` and `generation` are of the last assignment. Commits of the published tree
    are named by the one before them, as none can hold its own id; "" is before the first one.
    `since` is the commit that last assigned the key, `drain` is there while it is draining,
    `past` holds what was released, oldest first.
    """

    key: str
    generation: int
    state: State
    place: Place
    net: str
    since: str
    drain: Drain | None = None
    past: tuple[Tenure, ...] = ()


def drain_id(key: str, place: Place, generation: int, after: str) -> str:
    """Return the id of the drain of a key that is made on top of the commit `after`.

    No two drains have one: no history has a commit twice.
    """
    text = "\n".join((key, str(place), str(generation), after))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A key that is draining, and the Flux Kustomization that applies its daemon's overlay."""

    record: Record
    kustomization: str
