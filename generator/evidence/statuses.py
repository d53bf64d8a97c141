"""Evidence from the commit statuses that Flux posts: `--evidence github`."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from generator.errors import RemoteError, UsageError
from generator.evidence.source import Found
from generator.hub import Status, open_hub
from generator.register import Drain, Evidence, Lineage, Record, Waiting
from generator.register.step import refuse_evidence

# Each is at least one request, and a workflow's token has a thousand an hour. Flux posts on the
# head again and again, so that older ones matter only after an outage.
MOST_COMMITS = 50
_SECONDS = 60.0
# Flux's own reason for its event, in words. "success" alone says nothing: Flux posts every event
# that is no error with it, that a dependency is not ready or a health check was cancelled too.
_SUCCEEDED = ("success", "reconciliation succeeded")


_Drained = tuple[Record, Drain]


class Statuses(Protocol):
    """What is asked of `generator.hub.Hub`."""

    def newest(self, commit: str, contexts: set[str]) -> Mapping[str, Status]:
        """Return the newest status of a commit by context; RemoteError where it is not known."""
        ...


@dataclass(frozen=True, slots=True)
class StatusSource:
    """Reads the status of each drain's own Job, from `identities` (logins) only."""

    hub: Statuses
    identities: frozenset[str]

    def look(self, waiting: Sequence[Waiting], lineage: Lineage) -> Found:
        """Return for each key what the commits since its drain say, the newest one first."""
        found: dict[str, Evidence | str] = {}
        drains: list[_Drained] = []
        for wait in waiting:
            record, drain = wait.record, wait.record.drain
            if drain is None or (drain.after and drain.after not in lineage):
                found[record.key] = refuse_evidence(record, None, lineage)
            else:
                drains.append((record, drain))
        failure = self._read(drains, lineage, found)
        for record, drain in drains:
            if not isinstance(found.get(record.key), Evidence) and failure:
                found[record.key] = failure
            found.setdefault(record.key, f"Flux has not posted {_context(record, drain)}")
        return found

    def _read(
        self, drains: Sequence[_Drained], lineage: Lineage, found: dict[str, Evidence | str]
    ) -> str:
        """Fill in what the statuses of each commit say; return why not all could be read."""
        until = monotonic() + _SECONDS
        for commit in _newest_first(drains, lineage)[:MOST_COMMITS]:
            # Asked only of commits that have the drain: the one that drained, and later ones.
            missing = [
                (record, drain)
                for record, drain in drains
                if not isinstance(found.get(record.key), Evidence)
                and lineage.follows(commit, drain.after)
            ]
            if not missing:
                continue
            if monotonic() > until:
                return "GitHub takes too long"
            try:
                newest = self.hub.newest(commit, {_context(*entry) for entry in missing})
            except RemoteError as error:
                return str(error)
            for record, drain in missing:
                status = newest.get(_context(record, drain))
                answer = status and self._judge(record, drain, status, lineage)
                # Of several reasons the one on the newest commit is told.
                if answer and (isinstance(answer, Evidence) or record.key not in found):
                    found[record.key] = answer
        return ""

    def _judge(
        self, record: Record, drain: Drain, status: Status, lineage: Lineage
    ) -> Evidence | str:
        where = f"{status.context} on {status.commit[:12]}"
        if (status.state, status.description) != _SUCCEEDED:
            return f"{where} says: {status.state}, {status.description[:80]}"
        if status.creator not in self.identities:
            return f'{where} was posted by "{status.creator[:80]}", which is not Flux'
        evidence = Evidence(
            key=record.key,
            place=record.place,
            drain=drain.id,
            revision=status.commit,
            source="github",
            who=status.creator,
            at=status.at,
        )
        return refuse_evidence(record, evidence, lineage) or evidence


def open_statuses(url: str, flux_identity: Sequence[str]) -> StatusSource:
    """Return the source for the repository at `url`, with the token of the environment.

    Raises:
        UsageError: when it cannot be used: no token, nobody whom to believe, not on GitHub.
    """
    identities = frozenset(login for login in flux_identity if login)
    if not identities:
        raise UsageError(
            "--evidence github: say in fleet.yaml, at notifications.flux_identity, which login"
            " Flux posts its commit statuses with"
        )
    return StatusSource(open_hub(url, os.environ), identities)


def _context(record: Record, drain: Drain) -> str:
    """Return the context of a drain's status, as the Provider of each cluster writes it."""
    return f"flux/{record.place.cluster}/{record.net}-drain-{drain.id}".lower()


def _newest_first(drains: Collection[_Drained], lineage: Lineage) -> list[str]:
    """Return the commits since the earliest of the drains, the head first."""
    starts = {drain.after for _, drain in drains}
    commit = next(
        (after for after in starts if not any(lineage.follows(after, s) for s in starts)), None
    )
    commits = []
    while commit is not None and commit != lineage.head:
        commit = lineage.child(commit)
        commits.append(commit)
    return commits[::-1]
