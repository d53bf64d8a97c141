"""Whether a Flux Kustomization has applied what is published, and the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from generator.register import Lineage
from generator.report.wording import counted
from generator.status.model import Kind
from generator.sync.survey import Kustomization, Ready, Source

# As Flux writes it since 2023: the branch, and the full id of the commit.
_REVISION = re.compile(r"([^@]+)@(?:sha1:([0-9a-f]{40})|sha256:([0-9a-f]{64}))")
_LONG = 300
SHORT = 12

Fault = tuple[Kind, str]
"""In which way something is not as published, and the words for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a Kustomization is held against; `lineage` is None where no history is known."""

    branch: str
    lineage: Lineage | None


def commit_of(revision: str) -> str:
    """Return the commit of a revision as Flux writes it, "" for any other text."""
    match = _REVISION.fullmatch(revision)
    return (match[2] or match[3]) if match else ""


def commits_behind(commit: str, head: Head) -> int | None:
    """Return how many commits there are after one; None where that is not known."""
    if not head.lineage or commit not in head.lineage:
        return None
    return head.lineage.after(commit)


def reported_digest(found: Kustomization) -> str:
    """Return the digest that Flux built of the revision that it applied last; "" for none."""
    return next((s.digest for s in found.history if s.revision == found.revision), "")


def told(ready: Ready) -> str:
    """Return why a Flux object is not Ready, in one line; "" for one that is."""
    if ready.status == "True":
        return ""
    if not ready.status:
        return "Flux has said nothing of it yet"
    message = " ".join(ready.message.split())[:_LONG]
    return f"{ready.reason}: {message}" if message else ready.reason or f"Ready={ready.status}"


def find_faults(found: Kustomization | None, path: str, source: str, head: Head) -> Iterator[Fault]:
    """Yield in which ways a Kustomization has not applied the head from `path` of `source`."""
    if found is None:
        yield Kind.MISSING, "the Kustomization is not there"
        return
    if found.deleting:
        yield Kind.DELETING, "the Kustomization is being deleted"
    if found.suspended:
        resume = f"flux resume kustomization {found.name} --namespace {found.namespace}"
        yield Kind.SUSPENDED, f"suspended; `{resume}` lets it go on"
    if (found.source, found.path) != (source, path):
        yield Kind.SOURCE, f"applies {found.path} of {found.source}, not {path} of {source}"
    if why := told(found.ready):
        yield Kind.NOT_READY, f"not Ready: {why}"
    elif found.observed != found.generation:
        # Only then: Flux says that it has looked at it when it is done with it.
        yield Kind.UNSEEN, "the Kustomization was changed, and Flux has not looked at it since"
    yield from _revision_faults(found, head)


def _revision_faults(found: Kustomization, head: Head) -> Iterator[Fault]:
    if not found.revision:
        yield Kind.BEHIND, "nothing was applied with success yet"
        return
    match, commit = _REVISION.fullmatch(found.revision), commit_of(found.revision)
    if match is None:
        yield Kind.SOURCE, f'the revision "{found.revision[:80]}" names no commit'
        return
    if match[1] != head.branch:
        yield Kind.SOURCE, f'follows the branch "{match[1][:80]}", not "{head.branch}"'
    if head.lineage is None:
        return
    behind = commits_behind(commit, head)
    if behind is None:
        yield Kind.AHEAD, f"applied {commit[:SHORT]}, which the published branch does not have"
    elif behind:
        yield Kind.BEHIND, f"at {commit[:SHORT]}, {counted(behind, 'commit')} behind"


def digest_fault(found: Kustomization, digest: str, head: Head) -> Iterator[Fault]:
    """Yield that Flux built something else of the head than what was reviewed.

    Nothing of a revision that is not the head: of that the lock of the head says nothing.
    """
    if not found.revision or (head.lineage and commit_of(found.revision) != head.lineage.head):
        return
    reported = reported_digest(found)
    if not reported:
        yield Kind.DIGEST, "Flux reports no digest of the revision that it applied"
    elif reported != digest:
        yield Kind.DIGEST, f"Flux built {_short(reported)}, the lock says {_short(digest)}"


def find_source_faults(source: Source | None, name: str) -> Iterator[Fault]:
    """Yield what is wrong with what Flux fetches."""
    if source is None:
        yield Kind.MISSING, f"the GitRepository {name} is not there"
        return
    if source.suspended:
        yield Kind.SUSPENDED, f"the GitRepository {name} is suspended: nothing new is fetched"
    if why := told(source.ready):
        yield Kind.SOURCE, f"the GitRepository {name} is not Ready: {why}"


def _short(digest: str) -> str:
    return digest[: len("sha256:") + SHORT]
