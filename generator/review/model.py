"""Records of a review: what a change does to every net that it touches.

All amounts are decimal texts, so that a record says the same after a round trip through JSON.
What a person wrote is here as it was written: only rendering makes it safe to show.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from generator.claims.model import Claim
from generator.finding import Finding

T = TypeVar("T")


class Judgement(StrEnum):
    """What came of a check: `unreadable` where files could not even be loaded."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    UNREADABLE = "unreadable"


class ChangeOf(StrEnum):
    """What a change does with a net."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta(Generic[T]):
    """A value before a change and after it."""

    before: T
    after: T

    @property
    def differs(self) -> bool:
        """Whether the change changes it."""
        return self.before != self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionReview:
    """What a net has in a region: daemons with replicas, stake, and USD a month."""

    region: str
    clusters: tuple[str, ...]
    daemons: Delta[int]
    stake: Delta[str]
    cost_month: Delta[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """A daemon whose pods start again, and what about them differs."""

    daemon: str
    cluster: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A daemon that goes from one cluster to another, where its volumes start empty."""

    daemon: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """A block-producer key that leaves a place: `before` and `after` are cluster/net/daemon.

    `after` is empty where the key goes free; `waits_for` says what has to be proved first.
    """

    key: str
    before: str
    after: str
    waits_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What goes for good: namespaces by cluster with all in them, daemons, volumes.

    `needs_grant` says that somebody has to allow it; `granted` by which commit, or is empty.
    """

    namespaces: tuple[str, ...]
    daemons: tuple[str, ...]
    volumes: int
    needs_grant: bool
    granted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageChange:
    """How many daemons go from one image to another; one of them is empty for new or lost ones."""

    before: str
    after: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyGroup:
    """Daemons of one group on one cluster; `drives` is the group that a service acts through."""

    name: str
    role: str
    count: int
    drives: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyCluster:
    """A cluster and its groups, for the picture."""

    cluster: str
    region: str
    groups: tuple[TopologyGroup, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestDiff:
    """The unified diff of what is rendered for a net on a cluster; `cut` lines are left out.

    `added` and `removed` count the lines of the whole of it.
    """

    cluster: str
    text: str
    added: int
    removed: int
    cut: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NetReview:
    """What a change does to one net.

    `purpose`, `owner`, `expires` are those after the change, of a removed net those before it;
    `purpose_before` and `owner_before` are empty for a new net. `protected` says that it is so
    before or after. `waivers` are those that its file did not have just so before, as the rule, a
    space and the subject.
    `chain` says why the chain starts again, and is empty where it goes on; `join` what outsiders
    of a public net need.
    """

    name: str
    change: ChangeOf
    owner: str
    owner_before: str
    purpose: str
    purpose_before: str
    protected: bool
    expires: str
    waivers: tuple[str, ...] = ()
    regions: tuple[RegionReview, ...] = ()
    restarts: tuple[Restart, ...] = ()
    moves: tuple[Move, ...] = ()
    handovers: tuple[HandOver, ...] = ()
    chain: str = ""
    removals: Removal | None = None
    images: tuple[ImageChange, ...] = ()
    topology: tuple[TopologyCluster, ...] = ()
    join: str = ""
    manifests: tuple[ManifestDiff, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many findings a change adds by weight, and how many there were before it."""

    errors: int
    warnings: int
    notes: int
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit of the change: its full id, and the first line of its message."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Omitted:
    """What a review leaves out because there is too much of it, and how many there are."""

    what: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a change from `base` to `head` does; both are full ids of commits.

    `head` is empty where a working tree was reviewed that differs from every commit.
    `findings` are those that the change adds, `known` those that were there before; `counts` are
    right even where some are left out. `paths` are all that the change touches.
    """

    head: str
    base: str
    verdict: Judgement
    counts: Counts
    findings: tuple[Finding, ...] = ()
    known: tuple[Finding, ...] = ()
    nets: tuple[NetReview, ...] = ()
    paths: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    commits: tuple[Commit, ...] = ()
    omitted: tuple[Omitted, ...] = ()
