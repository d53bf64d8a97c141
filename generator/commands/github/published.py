"""What the published branch has of a merged change: commits, overlays, keys that wait."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from generator.errors import UsageError
from generator.hub import Hub, Pull
from generator.hub.api import Json
from generator.hub.statuses import Status
from generator.plan import Phase
from generator.publish.message import read_trailers
from generator.publish.state import read_register
from generator.register import State
from generator.repository import Environments, Heads, Source
from generator.review.rollout import SUCCEEDED, Held, Report, Seen, Waiting

NETS = "environments/testnets/"
# Flux posts on the head again and again; older commits matter only where it was silent since.
MOST_COMMITS = 20
# Of a commit of the published branch, so many commits of main are looked up.
MOST_SOURCES = 50
_MAX_SIZE = 32 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A commit of the published branch, the commit of main that it was made from, and its nets."""

    commit: str
    source: str
    nets: tuple[str, ...]


def publications(environments: Environments) -> tuple[Publication, ...]:
    """Return the commits that publish made, oldest first; nets are those whose files changed."""
    found = []
    for commit in environments.commits():
        source = read_trailers(commit.message).source
        if source:
            nets = sorted({net for path in commit.changed if (net := _net_of(path))})
            found.append(Publication(commit=commit.id, source=source, nets=tuple(nets)))
    return tuple(found)


def _net_of(path: str) -> str:
    parts = path.split("/")
    inside = len(parts) > 4 and (parts[0], parts[2]) == ("clusters", "nets")  # noqa: PLR2004
    return parts[3] if inside else ""


def publication_of(
    heads: Heads, publications: Sequence[Publication], commit: str
) -> Publication | None:
    """Return the first publication that has a commit of main; None while there is none."""
    found = None
    for publication in reversed(publications):
        known = heads.has(commit) and heads.has(publication.source)
        if not known or not heads.contains(publication.source, commit):
            break
        found = publication
    return found


def nets_of(paths: Collection[str], publication: Publication | None) -> tuple[str, ...]:
    """Return the nets that a change is about: those of its files, else those it published."""
    named = sorted(
        path.removeprefix(NETS).removesuffix(".yaml")
        for path in paths
        if path.startswith(NETS) and path.endswith(".yaml") and path.count("/") == NETS.count("/")
    )
    return tuple(named) if named or publication is None else publication.nets


def sources_behind(
    source: Source, heads: Heads, publications: Sequence[Publication], commit: str
) -> tuple[str, ...]:
    """Return the commits of main that a commit of the published branch was the first to have.

    Raises:
        UsageError: when publish did not make the commit.
    """
    ids = [publication.commit for publication in publications]
    if commit not in ids:
        raise UsageError(f'"{commit[:40]}" is no commit that `testnet publish` made')
    number = ids.index(commit)
    made = publications[number].source
    before = publications[number - 1].source if number else ""
    if not heads.has(made):
        return ()
    since = (id_ for id_, _ in source.messages(before) if heads.contains(made, id_))
    return tuple(dict.fromkeys((made, *islice(since, MOST_SOURCES))))


def pulls_behind(hub: Hub, commits: Iterable[str], branch: str) -> tuple[Pull, ...]:
    """Return the pull requests for a branch that brought commits of it, in order."""
    found: dict[int, Pull] = {}
    for commit in dict.fromkeys(commits):
        for pull in hub.pulls_of(commit):
            if pull.merged and pull.base_ref == branch:
                found[pull.number] = pull
    return tuple(found[number] for number in sorted(found))


def overlays_of(tree: Path, net: str) -> dict[str, tuple[str, ...]]:
    """Return the overlays of a net by cluster, as they are published now."""
    phases = {str(phase) for phase in Phase}
    found = {}
    for directory in sorted(tree.glob(f"clusters/*/nets/{_plain(net)}")):
        names = sorted(path.name for path in directory.iterdir() if path.is_dir())
        kept = tuple(name for name in names if name.rpartition("-")[0] in phases)
        if kept:
            found[directory.parent.parent.name] = kept
    return found


def join_of(tree: Path, net: str) -> str:
    """Return how outsiders join a net, "" for one that is closed to them."""
    for file in sorted(tree.glob(f"clusters/*/nets/{_plain(net)}/join/README.md")):
        return file.read_text("utf-8", errors="replace")
    return ""


def _plain(net: str) -> str:
    """Return the name of a net for a pattern of paths; one that is none matches nothing."""
    return net if net and all(sign.isalnum() or sign == "-" for sign in net) else "-"


def waiting_in(tree: Path, net: str, reasons: Mapping[str, str]) -> tuple[Waiting, ...]:
    """Return the keys that are on their way out of a net, or into it.

    `reasons` says for what a key waits, by its text, as far as `publish` told.
    """
    return tuple(
        Waiting(
            key=record.key,
            cluster=record.place.cluster,
            net=net,
            waits_for=reasons.get(record.key)
            or f"evidence from {record.place.cluster} that its daemon has stopped",
        )
        for record in read_register(tree).values()
        if record.state is State.DRAINING and record.net == net
    )


def reports_of(  # noqa: PLR0913 - what is asked, of what, and of whom
    hub: Hub,
    commits: Sequence[str],
    net: str,
    overlays: Mapping[str, Sequence[str]],
    identity: str,
    cache: dict[str, dict[str, Status]],
) -> dict[tuple[str, str], Report]:
    """Return what Flux last said of each overlay, on any of the commits (oldest first).

    Where it has succeeded once it counts, unless it failed on a later one. Only what `identity`
    posted is believed.
    """
    contexts = {
        f"flux/{cluster}/{net}-{name}".lower(): (cluster, name)
        for cluster, names in overlays.items()
        for name in names
    }
    found: dict[tuple[str, str], Report] = {}
    settled: set[tuple[str, str]] = set()
    for commit in list(reversed(commits))[:MOST_COMMITS]:
        if commit not in cache:
            cache[commit] = hub.statuses(commit)
        for context, overlay in contexts.items():
            status = cache[commit].get(context)
            if status is None or status.creator != identity or overlay in settled:
                continue
            succeeded = (status.state, status.description) == SUCCEEDED
            if overlay not in found or succeeded:
                found[overlay] = _report(status)
            if succeeded or status.state in {"failure", "error"}:
                settled.add(overlay)
    return found


def _report(status: Status) -> Report:
    return Report(
        commit=status.commit, state=status.state, description=status.description, at=status.at
    )


def read_json(path: Path | None, option: str) -> Json:
    """Return the document in a file of another command; {} for no file.

    Raises:
        UsageError: when it cannot be read.
    """
    if path is None:
        return {}
    try:
        if path.stat().st_size > _MAX_SIZE:
            raise UsageError(f"{option} {path}: more than {_MAX_SIZE >> 20} MiB")
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{option} {path}: no JSON that can be read") from error
    if not isinstance(content, dict):
        raise UsageError(f"{option} {path}: not what the command writes")
    return content


def held_in(document: Json, nets: Collection[str]) -> tuple[Held, ...]:
    """Return which of the nets are held back, by the JSON of `testnet publish`."""
    return tuple(
        Held(
            net=str(row.get("net")),
            reason=str(row.get("reason") or ""),
            others=", ".join(map(str, row["with"])) if isinstance(row.get("with"), list) else "",
            commit=str(row.get("commit") or ""),
        )
        for row in _rows(document, "held")
        if row.get("net") in nets
    )


def held_commits(document: Json) -> tuple[str, ...]:
    """Return the commits of main that brought what is held back: nothing of them is published."""
    return tuple(str(row["commit"]) for row in _rows(document, "held") if row.get("commit"))


def reasons_in(document: Json) -> dict[str, str]:
    """Return for what each key waits, by the JSON of `testnet publish` or `testnet status`."""
    return {
        str(row.get("key")): str(row["waits_for"])
        for row in _rows(document, "hand_overs")
        if row.get("waits_for")
    }


def seen_in(document: Json, net: str, commits: Collection[str]) -> dict[tuple[str, str], Seen]:
    """Return what was seen of a net's overlays, by the JSON of `testnet status`.

    `commits` are those of the published branch that have the change.
    """
    inner = document.get("status")
    status = inner if isinstance(inner, dict) else document
    return {
        (str(site.get("cluster")), str(row.get("name"))): Seen(
            delivered=row.get("delivered") is True,
            current=row.get("revision") in commits,
            reason=str(row.get("reason") or ""),
            running=row["running"] if isinstance(row.get("running"), int) else 0,
            wanted=row["wanted"] if isinstance(row.get("wanted"), int) else 0,
        )
        for site in _rows(status, "nets")
        if site.get("net") == net
        for row in _rows(site, "overlays")
    }


def _rows(document: Json, name: str) -> Iterator[Mapping[str, Json]]:
    rows = document.get(name)
    yield from (row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()
