"""What a search is of: clusters, places, keys, and what may go wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

from generator.register import Place

# What may happen besides the ordinary course of things. Lag, skipped commits, partitions, pods
# that take their time and pods that are deleted are ordinary, and always there.
DELETE = "delete"  # somebody deletes a StatefulSet by hand
UNRELATED = "unrelated"  # a commit that changes no key
GONE = "gone"  # a cluster is destroyed, and an operator says so
# No rule of this kind is safe with these: docs/handover.md.
FORCED = "force-push"  # the branch goes back to an earlier commit, once
STALE = "stale-apply"  # a controller applies an older revision after a newer one
RESTORED = "restore"  # a cluster comes back from a backup of an earlier state
ZOMBIE = "zombie"  # a pod is force-deleted while its process lives on
LIE = "false-override"  # an operator says that a cluster is gone, and it is not

Wish = tuple[int | None, ...]


@dataclass(frozen=True, kw_only=True)
class World:
    """A configuration of the search.

    `overlays` is the number of the Flux Kustomization of each place, `wants` for each key where
    the testnet files may want it (numbers of places; None: nowhere). The wish is any of these at
    each commit: edits come at any time, and publishers work from old ones. `commits` bounds the
    history; all else is bounded by that. `mirror` is of a place that a second cluster, set up
    from the same path, has as well.
    """

    name: str
    places: tuple[Place, ...]
    overlays: tuple[int, ...]
    wants: tuple[tuple[int | None, ...], ...]
    commits: int
    faults: frozenset[str] = frozenset({DELETE})
    mirror: dict[int, int] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(f"key{number}" for number in range(len(self.wants)))

    def wishes(self) -> tuple[Wish, ...]:
        """Return what testnet files may want: no place by two keys, which the check refuses."""
        found = []
        for wish in product(*self.wants):
            used = [place for place in wish if place is not None]
            if len(set(used)) == len(used):
                found.append(wish)
        return tuple(found)

    def neighbours(self, place: int) -> tuple[int, ...]:
        """Return the places of the same cluster, itself with them."""
        cluster = self.places[place].cluster
        return tuple(n for n, other in enumerate(self.places) if other.cluster == cluster)


def place(cluster: str, name: str = "whale-1", namespace: str = "net-qa") -> Place:
    """Return a place, by the parts that a search tells apart."""
    return Place(cluster, namespace, name)
