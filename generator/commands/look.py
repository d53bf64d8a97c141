"""One look at the published tree and at all clusters: what `testnet status` reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from generator.cache import Cache
from generator.commands.options import say
from generator.errors import RemoteError, UsageError
from generator.evidence.judge import question
from generator.guess import guess_clause
from generator.kustomize import Kustomize
from generator.publish.state import Published as Head
from generator.publish.state import read_register
from generator.published import read_allocations
from generator.rebuild import Progress, silent
from generator.register import Lineage, Waiting
from generator.repository import open_environments
from generator.repository.clone import default_cache
from generator.status import FleetStatus, Kind, Published, fold
from generator.status.published import read_clusters, read_sites
from generator.sync import Observation, Question, Survey, observe_fleet, survey_fleet


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to look at: a branch at `url`, or the directory `tree`; one net, or "" for all.

    `clusters` are those to look at, all of the tree where it is empty; `contexts` is as for
    `survey_fleet`, `seconds` for one cluster.
    """

    url: str
    branch: str
    tree: Path | None
    kustomize: Kustomize
    net: str = ""
    clusters: tuple[str, ...] = ()
    contexts: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was found, and what of it is evidence; `note` says what could not be read anew."""

    published: Published
    status: FleetStatus
    seen: Mapping[str, Observation | str]
    note: str = ""


def read(
    request: Request, progress: Progress = silent, before: Published | None = None
) -> Published:
    """Return what is published; `before` itself where it has not moved on.

    Raises:
        UsageError: when nothing is published, or what is there is not as it was written.
        RemoteError, ToolError: when the branch cannot be read, or an overlay does not build.
    """
    if request.tree:
        return before or _read_tree(request, request.tree, None, progress)
    with open_environments(request.url, request.branch, say=say) as opened:
        if before and before.head == opened.head:
            return before
        if not opened.head:
            message = f"nothing is published in {request.url} ({request.branch}) yet"
            raise UsageError(message)
        return _read_tree(request, opened.tree, opened.lineage, progress)


def _read_tree(
    request: Request, tree: Path, lineage: Lineage | None, progress: Progress
) -> Published:
    # First, since it says of a lock that is not as it was written where it is and what to do.
    head = Head(
        tree=tree,
        allocations=read_allocations(tree),
        records=read_register(tree),
        lineage=lineage or Lineage(()),
    )
    kept = Cache(default_cache() / "status")
    kept.sweep()
    clusters = _clusters(request, read_clusters(tree))
    return Published(
        branch=request.branch,
        lineage=lineage,
        clusters=clusters,
        nets=tuple(head.allocations.nets),
        sites=read_sites(
            tree, request.kustomize, kept, net=request.net, clusters=clusters, progress=progress
        ),
        waiting=tuple(
            wait
            for wait in _waiting(head)
            if request.net in ("", wait.record.net) and wait.record.place.cluster in clusters
        ),
    )


def _clusters(request: Request, known: tuple[str, ...]) -> tuple[str, ...]:
    for name in (*request.clusters, *request.contexts):
        if name not in known:
            guess = guess_clause(name, known)
            message = f'the published tree has nothing for a cluster "{name}"{guess}'
            raise UsageError(message)
    return tuple(name for name in known if not request.clusters or name in request.clusters)


def _waiting(head: Head) -> tuple[Waiting, ...]:
    try:
        return head.waiting
    except LookupError as error:
        message = (
            f"the locks of the published tree do not have {error}, which the key register says is"
            " told to stop; `testnet keys audit` tells since which commit"
        )
        raise UsageError(message) from error


def look(request: Request, published: Published) -> Look:
    """Ask all clusters at once, and hold what they say against what is published.

    Raises:
        UsageError: for a net that is neither published nor on any cluster.
    """
    surveys = survey_fleet(published.clusters, contexts=request.contexts, seconds=request.seconds)
    seen = _observe(request, published, surveys)
    status = fold(published, surveys, seen, request.net)
    note = ""
    if any(found.kind is Kind.AHEAD for found in status.all_differences):
        # Somebody may have published since the branch was read.
        try:
            newer = read(request, before=published)
        except RemoteError as error:
            note = str(error)
        else:
            if newer is not published:
                return _again(request, newer, surveys)
    _expect_net(request.net, published, status)
    return Look(published=published, status=status, seen=seen, note=note)


def look_again(request: Request, last: Look) -> Look:
    """Look once more; while the branch cannot be read, with what was published before."""
    try:
        published, note = read(request, before=last.published), ""
    except RemoteError as error:
        published, note = last.published, f"still of the last look: {error}"
    found = look(request, published)
    return replace(found, note=note or found.note)


def _again(request: Request, published: Published, surveys: Mapping[str, Survey | str]) -> Look:
    seen = _observe(request, published, surveys)
    status = fold(published, surveys, seen, request.net)
    _expect_net(request.net, published, status)
    return Look(published=published, status=status, seen=seen)


def _observe(
    request: Request, published: Published, surveys: Mapping[str, Survey | str]
) -> dict[str, Observation | str]:
    """Return the evidence of daemons that are to stop, from clusters that answered before.

    Read on its own, in the order that makes it evidence.
    """
    failed = {name: answer for name, answer in surveys.items() if isinstance(answer, str)}
    asked: dict[str, list[Question]] = defaultdict(list)
    for wait in published.waiting:
        what, cluster = question(wait), wait.record.place.cluster
        if isinstance(what, Question) and cluster not in failed:
            asked[cluster].append(what)
    seen = observe_fleet(asked, contexts=request.contexts, seconds=request.seconds)
    return {**failed, **seen}


def _expect_net(net: str, published: Published, status: FleetStatus) -> None:
    """Refuse a name that says nothing to anybody, as long as anybody could be asked."""
    if not net or status.sites or status.silent:
        return
    guess = guess_clause(net, published.nets)
    message = f'no net "{net}" is published, and none is on a cluster that answers{guess}'
    raise UsageError(message)
