"""The topology of a net as a Mermaid picture: a box for each cluster, a node for each group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.plan import Role
from generator.report.wording import counted
from generator.review.escape import label, shorten, shown
from generator.review.model import TopologyCluster, TopologyGroup

# A picture with more of either is no longer looked at.
MAX_CLUSTERS, MAX_GROUPS = 8, 10
_LONGEST = 40
# The shape of a node tells what its daemons do; the label goes between.
_SHAPES = {
    Role.SEED: ("([", "])"),
    Role.BLOCK_PRODUCER: ("[", "]"),
    Role.SNARK_COORDINATOR: ("{{", "}}"),
    Role.SNARK_WORKER: ("(", ")"),
    Role.ARCHIVE: ("[(", ")]"),
    Role.SERVICE: ("((", "))"),
}
_WORDS = {
    Role.SEED: "seed",
    Role.BLOCK_PRODUCER: "producer",
    Role.SNARK_COORDINATOR: "coordinator",
    Role.SNARK_WORKER: "worker",
    Role.ARCHIVE: "archive",
    Role.SERVICE: "service",
}


def draw(topology: Sequence[TopologyCluster]) -> str:
    """Return the source of a picture; every text in it is a quoted label of harmless signs."""
    return "\n".join(_lines(topology)) + "\n"


def _lines(topology: Sequence[TopologyCluster]) -> Iterator[str]:
    yield "flowchart LR"
    for number, cluster in enumerate(topology[:MAX_CLUSTERS]):
        title = f"{cluster.region} ({cluster.cluster})"
        yield f"  subgraph c{number}[{_label(title)}]"
        yield from _nodes(number, cluster.groups)
        yield "  end"
    if len(topology) > MAX_CLUSTERS:
        text = f"and {len(topology) - MAX_CLUSTERS} more clusters"
        yield f"  more[{_label(text)}]"
    for number, cluster in enumerate(topology[:MAX_CLUSTERS]):
        yield from _edges(number, cluster.groups)


def _nodes(cluster: int, groups: Sequence[TopologyGroup]) -> Iterator[str]:
    for number, group in enumerate(groups[:MAX_GROUPS]):
        role = Role(group.role)
        begin, end = _SHAPES[role]
        what = counted(group.count, _WORDS[role])
        text = what if group.name in _WORDS.values() else f"{group.name}: {what}"
        yield f"    n{cluster}x{number}{begin}{_label(text)}{end}"
    if len(groups) > MAX_GROUPS:
        rest = groups[MAX_GROUPS:]
        text = f"{len(rest)} more groups: {sum(group.count for group in rest)}"
        yield f"    n{cluster}x{MAX_GROUPS}[{_label(text)}]"


def _edges(cluster: int, groups: Sequence[TopologyGroup]) -> Iterator[str]:
    """Yield an arrow from each group that works for another to that one."""
    shown = groups[:MAX_GROUPS]
    for number, group in enumerate(shown):
        worked_for = (
            other
            for other, candidate in enumerate(shown)
            if other != number and candidate.name == group.drives and not candidate.drives
        )
        target = next(worked_for, None) if group.drives else None
        if target is not None:
            yield f"  n{cluster}x{number} --> n{cluster}x{target}"


def _label(text: str) -> str:
    return label(shorten(shown(text), _LONGEST).replace("…", "."))
