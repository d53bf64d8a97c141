"""The story of one key: where it runs, since when, and what its hand-over waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generator.publish.message import read_trailers
from generator.publish.state import key_identity
from generator.register import Evidence, Record, State, Waiting
from generator.register.step import refuse_evidence
from generator.render.drain import drain_kustomization_name
from generator.render.manifest import key_label
from generator.repository import Environments

GONE = "--cluster-is-gone --by WHO --why REASON"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A commit of the published tree, and the time and the commit of main that it tells of."""

    commit: str
    time: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What there is to tell of a key; `waits_for` and `unblocks` only while it drains."""

    record: Record
    since: Moment
    drained: Moment | None
    waits_for: str
    unblocks: tuple[str, ...]


def explain(
    environments: Environments,
    record: Record,
    waiting: Waiting | None,
    evidence: Mapping[str, Evidence | str],
) -> Story:
    """Return the story of a key; `waiting` while it drains, `evidence` as it was looked for."""
    waits_for = ""
    unblocks: tuple[str, ...] = ()
    drained = None
    if record.state is State.DRAINING and record.drain and waiting:
        drained = _moment(environments, record.drain.after)
        found = evidence.get(record.key)
        proof = found if isinstance(found, Evidence) else None
        missing = refuse_evidence(record, proof, environments.lineage)
        waits_for = found if isinstance(found, str) else missing
        waits_for = waits_for or "nothing: the next `testnet publish` gives it away"
        unblocks = _unblocks(record, waiting)
    return Story(
        record=record,
        since=_moment(environments, record.since),
        drained=drained,
        waits_for=waits_for,
        unblocks=unblocks,
    )


def _moment(environments: Environments, after: str) -> Moment:
    """Return the commit that was made on top of another one."""
    commit = environments.lineage.child(after)
    said = read_trailers(environments.message(commit)) if commit else read_trailers("")
    return Moment(commit=commit, time=said.time, source=said.source)


def _unblocks(record: Record, waiting: Waiting) -> tuple[str, ...]:
    cluster = record.place.cluster
    drain = drain_kustomization_name(record.net, record.drain.id if record.drain else "")
    label = key_label(record.key, key_identity(record.key))
    operators = f"whoever operates {cluster}"
    names = f"{waiting.kustomization} {drain}"
    return (
        f"{operators}: `kubectl -n testnets get kustomization {names}` says what is not applied",
        f"{operators}: `kubectl get pods -A -l testnet/key={label}` shows what still runs",
        f"when {cluster} is gone for good: `testnet keys release {record.key} {GONE}`",
    )
