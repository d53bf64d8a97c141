"""The key register told again from the history alone, and every step in it judged again.

It shares no decision with what publishes, only records and how texts are read: what a commit lets
run is read from its overlays, and whether it might is decided here, from the drains in the tree
and the evidence in the messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from generator.errors import UsageError
from generator.plan import Phase
from generator.publish.message import read_evidence, read_trailers
from generator.publish.weave import DAEMONS, parse
from generator.register import Drain, Evidence, Lineage, Place, Record, State, Tenure
from generator.register.file import DIRECTORY, parse_record
from generator.repository import Commit, Environments
from generator.sync import DRAIN_LABEL, KEY_LABEL

# What can have pods; the other objects of a daemon have the label too.
_RUNNING = frozenset(
    {"StatefulSet", "Deployment", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something that no history of this program has: since which commit, about which key."""

    commit: str
    key: str
    message: str


@dataclass(frozen=True, slots=True)
class _Use:
    """What the overlays of one commit say of a key: where, and its drain or "" while it runs."""

    place: Place
    drain: str


@dataclass(slots=True)
class _Replay:
    """The history up to some commit: who uses what in which file, and the register so far.

    `labels` holds the labels of keys in each file, `uses` what each file says of a label,
    `texts` the text of a key by its label.
    """

    lineage: Lineage
    texts: Mapping[str, str]
    labels: dict[str, set[str]] = field(default_factory=dict)
    uses: dict[str, dict[str, list[_Use]]] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)


def audit(
    environments: Environments, labels: Mapping[str, str]
) -> tuple[dict[str, Record], tuple[Doubt, ...]]:
    """Return the register as it follows from the history, by key, and all that is in doubt.

    `labels` is the text of each key by the label that pods carry; a label that is not in it is
    in doubt. The register at the head is compared with what follows.
    """
    replay = _Replay(lineage=environments.lineage, texts=labels)
    before = ""
    for commit, texts in _read(environments):
        _step(replay, commit, before, texts)
        before = commit.id
    replay.doubts.extend(_compare(environments, replay))
    return replay.records, tuple(replay.doubts)


def _read(environments: Environments) -> Iterator[tuple[Commit, dict[str, str | None]]]:
    """Yield every commit with the overlays of producers that it changed; None for one gone."""
    commits = environments.commits()
    wanted = [[path for path in commit.changed if _holds_producers(path)] for commit in commits]
    requests = [
        (commit.id, path) for commit, paths in zip(commits, wanted, strict=True) for path in paths
    ]
    texts = environments.read_many(requests)
    for commit, paths in zip(commits, wanted, strict=True):
        yield commit, {path: next(texts) for path in paths}


def _holds_producers(path: str) -> bool:
    match path.split("/"):
        case ["clusters", _, "nets", _, overlay, file]:
            return file == DAEMONS and overlay.startswith(f"{Phase.PRODUCERS}-")
    return False


def _uses(path: str, text: str) -> dict[str, list[_Use]]:
    """Return what an overlay says of keys, by label."""
    uses: dict[str, list[_Use]] = {}
    for document in parse(text, path):
        use = _use(document, path.split("/")[1])
        if use:
            uses.setdefault(use[0], []).append(use[1])
    return uses


def _use(document: Mapping[str, Any], cluster: str) -> tuple[str, _Use] | None:
    metadata = document["metadata"]
    labels = metadata.get("labels") or {}
    if KEY_LABEL not in labels or document["kind"] not in _RUNNING:
        return None
    place = Place(cluster, metadata["namespace"], metadata["name"], document["kind"])
    stopped = (document.get("spec") or {}).get("replicas", 1) == 0
    return labels[KEY_LABEL], _Use(place, labels.get(DRAIN_LABEL, "?") if stopped else "")


def _step(replay: _Replay, commit: Commit, before: str, texts: Mapping[str, str | None]) -> None:
    """Take over a commit, and follow every key in the overlays that it changed."""
    touched: set[str] = set()
    for path, text in texts.items():
        for label in replay.labels.pop(path, ()):
            replay.uses[label].pop(path)
            touched.add(label)
        uses = _uses(path, text) if text is not None else {}
        replay.labels[path] = set(uses)
        for label, found in uses.items():
            replay.uses.setdefault(label, {})[path] = found
            touched.add(label)
    evidence = _evidence(replay, commit)
    for label in sorted(touched):
        key = replay.texts.get(label, label)
        if label not in replay.texts:
            _doubt(replay, commit.id, key, "is used, and the register never heard of it")
        found = [use for uses in replay.uses[label].values() for use in uses]
        if len(found) > 1:
            places = " and ".join(sorted(str(use.place) for use in found))
            _doubt(replay, commit.id, key, f"is at two places at once: {places}")
        use = found[0] if found else None
        record = _follow(replay, commit.id, before, key, use, evidence.get(key))
        if record:
            replay.records[key] = record


def _evidence(replay: _Replay, commit: Commit) -> dict[str, Evidence]:
    proofs: dict[str, Evidence] = {}
    for fields in read_trailers(commit.message).evidence:
        try:
            evidence = read_evidence(fields)
        except ValueError as error:
            _doubt(replay, commit.id, str(fields.get("key", "")), str(error))
        else:
            proofs[evidence.key] = evidence
    return proofs


def _follow(  # noqa: PLR0913 - a commit, a key, and what the commit says of it
    replay: _Replay,
    commit: str,
    before: str,
    key: str,
    use: _Use | None,
    evidence: Evidence | None,
) -> Record | None:
    """Return the record of a key after a commit; what the rule does not allow is in doubt."""
    record = replay.records.get(key)
    if record and record.state is not State.FREE:
        if use and use.place == record.place:
            return _stayed(record, use, before)
        if record.state is State.HELD:
            what = f"goes to {use.place}" if use else "leaves the tree"
            _doubt(replay, commit, key, f"{what} without a drain at {record.place}")
        record = _released(replay, commit, before, record, evidence)
    if use is None:
        return record
    if use.drain:
        _doubt(replay, commit, key, f"is drained at {use.place}, where it never ran")
    return Record(
        key=key,
        generation=record.generation + 1 if record else 0,
        state=State.DRAINING if use.drain else State.HELD,
        place=use.place,
        net=use.place.namespace.removeprefix("net-"),
        since=before,
        drain=Drain(use.drain, before) if use.drain else None,
        past=record.past if record else (),
    )


def _stayed(record: Record, use: _Use, before: str) -> Record:
    """Return the record of a key whose daemon is where it was."""
    if not use.drain:
        if record.state is State.HELD:
            return record
        return replace(record, state=State.HELD, drain=None, since=before)
    if record.drain and record.drain.id == use.drain:
        return record
    return replace(record, state=State.DRAINING, drain=Drain(use.drain, before))


def _released(
    replay: _Replay, commit: str, before: str, record: Record, evidence: Evidence | None
) -> Record:
    drain = record.drain or Drain("", before)
    reason = _refuse(replay.lineage, before, record, evidence)
    if reason:
        _doubt(replay, commit, record.key, f"is released at {record.place}: {reason}")
    nothing = Evidence(
        key=record.key, place=record.place, drain=drain.id, revision="", source="", who=""
    )
    tenure = Tenure(
        generation=record.generation,
        place=record.place,
        net=record.net,
        since=record.since,
        drain=drain,
        released=before,
        evidence=evidence or nothing,
    )
    return replace(record, state=State.FREE, drain=None, past=(*record.past, tenure))


def _refuse(lineage: Lineage, before: str, record: Record, evidence: Evidence | None) -> str:
    """Say why a commit on top of `before` may not release a key; "" where it may."""
    if evidence is None:
        return "its commit names no evidence"
    drain = record.drain
    if drain is None or (evidence.place, evidence.drain) != (record.place, drain.id):
        return "its evidence is of another drain"
    if not lineage.follows(evidence.revision, drain.after):
        return "its evidence is of no revision from the drain on"
    if evidence.revision != before and not lineage.follows(before, evidence.revision):
        return "its evidence is of a later revision"
    return ""


def _compare(environments: Environments, replay: _Replay) -> Iterator[Doubt]:
    """Yield where the register at the head is not what follows from the history."""
    folder = environments.tree / DIRECTORY
    found: dict[str, Record] = {}
    for file in sorted(folder.glob("*/*.yaml")):
        path = file.relative_to(environments.tree).as_posix()
        try:
            record = parse_record(file.read_text("utf-8", errors="replace"), path)
        except UsageError as error:
            yield Doubt(commit=environments.head, key=file.stem, message=str(error))
        else:
            found[record.key] = record
    for key in sorted(found.keys() | replay.records.keys()):
        said, follows = found.get(key), replay.records.get(key)
        if said != follows:
            message = (
                f"the register says {_tell(said)}, and from the history follows {_tell(follows)}"
            )
            yield Doubt(commit=environments.head, key=key, message=message)


def _tell(record: Record | None) -> str:
    if record is None:
        return "nothing"
    past = f", {len(record.past)} times released" if record.past else ""
    return f"{record.state} at {record.place}, generation {record.generation}{past}"


def _doubt(replay: _Replay, commit: str, key: str, message: str) -> None:
    replay.doubts.append(Doubt(commit=commit, key=key, message=message))
