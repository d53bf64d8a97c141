"""Records of what clusters have of what is published."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """In which way something is not as it is published."""

    UNREACHABLE = "unreachable"  # the cluster says nothing
    SOURCE = "source"  # what Flux fetches, or from where it applies
    MISSING = "missing"  # an object of the published tree is not there
    FOREIGN = "foreign"  # an object is there that is not published
    DELETING = "deleting"  # an object that is published is being deleted
    SUSPENDED = "suspended"  # somebody told Flux to leave it alone
    UNSEEN = "unseen"  # an object was changed, and its controller has not looked at it since
    NOT_READY = "not-ready"  # Flux says that it is not Ready
    BEHIND = "behind"  # an older commit than the head is applied
    AHEAD = "ahead"  # a commit is applied that the published branch does not have
    DIGEST = "digest"  # something else was built than what was reviewed
    DRAIN = "drain"  # a daemon that is to stop has not stopped
    REPLICAS = "replicas"  # a workload wants another number of pods
    IMAGE = "image"  # a container has another image
    POD = "pod"  # a pod is not running, or is one too many
    ADDRESS = "address"  # a daemon with a public address has none yet
    KEY = "key"  # one key is in two pods


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that is not as it is published: of a cluster, of a net and an overlay on it.

    `net` and `overlay` are "" where it is of none, `subject` is what the text is about.
    """

    kind: Kind
    cluster: str
    net: str = ""
    overlay: str = ""
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayStatus:
    """An overlay of a net on a cluster.

    `revision` is the commit that Flux applied last with success, "" for none; `behind` how many
    commits that is before the head, None where that is not known; `reported` the digest that Flux
    built of it. `running` pods are ready, of `wanted`.
    """

    name: str
    kustomization: str
    revision: str
    behind: int | None
    ready: bool
    reason: str
    digest: str
    reported: str
    wanted: int
    running: int
    differences: tuple[Difference, ...]

    @property
    def delivered(self) -> bool:
        """Whether the cluster has it, and runs it, as it is published."""
        return not self.differences


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStatus:
    """A net on a cluster; `known` is False where the cluster says nothing.

    `differences` are those of no overlay: what is there and is not published.
    """

    net: str
    cluster: str
    known: bool
    overlays: tuple[OverlayStatus, ...]
    differences: tuple[Difference, ...]

    @property
    def delivered(self) -> bool:
        """Whether all of it is on the cluster as it is published, and nothing else."""
        return self.known and not self.all_differences

    @property
    def all_differences(self) -> tuple[Difference, ...]:
        """Those of its overlays and its own."""
        inner = (found for overlay in self.overlays for found in overlay.differences)
        return (*inner, *self.differences)

    @property
    def running(self) -> int:
        """How many of its pods are ready."""
        return sum(overlay.running for overlay in self.overlays)

    @property
    def wanted(self) -> int:
        """How many pods it wants."""
        return sum(overlay.wanted for overlay in self.overlays)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterStatus:
    """A cluster: why it says nothing, or the commit that it fetched last, both "" at best."""

    name: str
    failure: str
    fetched: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """A key whose daemon is to stop; `waits_for` says for what, "" once it is seen to have."""

    key: str
    net: str
    cluster: str
    daemon: str
    drain: str
    waits_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetStatus:
    """All nets on all clusters at the head of the published branch, "" where it is not known."""

    head: str
    branch: str
    clusters: tuple[ClusterStatus, ...]
    sites: tuple[SiteStatus, ...]
    handovers: tuple[HandOver, ...]
    differences: tuple[Difference, ...]

    @property
    def all_differences(self) -> tuple[Difference, ...]:
        """Everything that is not as published: of the fleet, its clusters, and the nets there."""
        return (
            *self.differences,
            *(found for cluster in self.clusters for found in cluster.differences),
            *(found for site in self.sites for found in site.all_differences),
        )

    @property
    def delivered(self) -> bool:
        """Whether every cluster was seen to have all that is published, and nothing else."""
        return not self.all_differences and all(site.known for site in self.sites)

    @property
    def silent(self) -> bool:
        """Whether there are clusters and none of them says anything."""
        return bool(self.clusters) and all(cluster.failure for cluster in self.clusters)
