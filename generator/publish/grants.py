"""Which nets main lets go, since what of it was published last."""

from __future__ import annotations

from collections.abc import Iterable

from generator.errors import UsageError
from generator.load import FLEET, TESTNETS
from generator.publish.message import read_trailers
from generator.publish.removal import read_grants
from generator.repository import Environments, Source

OVERRIDE = "--allow-removal"
# Commits without a word of main, as nobody makes them, behind which no further one is looked for.
_LOOKED_BACK = 20


def find_grants(
    environments: Environments, source: Source | None, allowed: Iterable[str], *, dirty: bool
) -> dict[str, str]:
    """Return the removals that main grants since what was published last, and who runs this.

    `source` is the repository of main, None where there is none; `allowed` the nets that whoever
    runs this lets go, `dirty` whether changes count that nobody committed.

    Raises:
        UsageError: for such changes where they do not, and for a main behind what is published.
    """
    granted = dict.fromkeys(allowed, OVERRIDE)
    if source is None:
        return granted
    if source.dirty and not dirty:
        message = (
            "main has changes that are not committed; commit or stash them, or publish them with"
            " --allow-dirty"
        )
        raise UsageError(message)
    since = _published_source(environments)
    if since and not source.contains(since):
        message = (
            f"the published tree was made from commit {since[:12]}, which is not in the history of"
            f" {source.commit[:12]}: main is behind what is published, or a shallow clone. Fetch"
            " all of it, as with `git fetch --unshallow` or `fetch-depth: 0`, and merge"
        )
        raise UsageError(message)
    # Without a commit to begin at, all grants that ever were would count.
    found = read_grants(source.messages(since)) if since else {}
    counting = {
        net: commit
        for net, commits in found.items()
        for commit in reversed(commits)
        if _is_of(source, commit, net)
    }
    return counting | granted


def _published_source(environments: Environments) -> str:
    """Return the commit of main that was published last, "" where nobody says."""
    commit = environments.lineage.head
    for _ in range(_LOOKED_BACK):
        if not commit:
            return ""
        if source := read_trailers(environments.message(commit)).source:
            return source
        commit = environments.lineage.parent(commit)
    return ""


def _is_of(source: Source, commit: str, net: str) -> bool:
    """Say whether a commit grants what main now wants of a net, and not something earlier.

    The net's file is gone there as it is now; or it is the same, and so is the fleet.
    """
    paths = [f"{TESTNETS}/{net}.yaml", FLEET]
    then, now = ([source.content(at, path) for path in paths] for at in (commit, source.commit))
    return then == now or (not then[0] and not now[0])
