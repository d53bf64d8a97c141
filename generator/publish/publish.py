"""Publishing: the next safe step of every net and key in one commit, on what is there now."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from generator.errors import InvalidInput, RemoteError, UsageError
from generator.evidence import Source as EvidenceSource
from generator.finding import Severity
from generator.kustomize import Kustomize
from generator.load import FLEET, TESTNETS
from generator.pipeline import Planned, try_plans
from generator.plan.genesis import utc_text
from generator.publish.compose import Proposal, compose
from generator.publish.message import read_trailers, write_message
from generator.publish.removal import Removal, find_removals, read_grants
from generator.publish.state import Published, key_identity, read_published
from generator.publish.steps import KeyStep, Want, next_steps, read_wants
from generator.publish.verify import verify
from generator.rebuild import Progress, silent
from generator.register import Action, Evidence, Record, State
from generator.render import site_of
from generator.render.manifest import key_label
from generator.repository import Environments, Source
from generator.tree import apply_changes

# A publisher that loses the race to push so often is not alone; the next run goes on.
TRIES = 8
OVERRIDE = "--allow-removal"
# Commits without a word of main, as nobody makes them, behind which no further one is looked for.
_LOOKED_BACK = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a publish follows from beside the published tree.

    `source` is the repository of main, None where `root` is in none; `allowed` the nets whose
    removal whoever runs it grants. `dirty` lets changes be published that nobody committed,
    `first` lets the branch be made. Nothing is published unless the key `release` goes free.
    """

    root: Path
    source: Source | None
    now: datetime
    evidence: EvidenceSource
    kustomize: Kustomize
    allowed: tuple[str, ...] = ()
    dirty: bool = False
    first: bool = False
    release: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a publish came to: the commit (empty when there was nothing to do), and why.

    `since` is the time at which each key that drains was told to stop, by its text.
    """

    commit: str
    nets: tuple[str, ...]
    proposal: Proposal
    since: Mapping[str, str]

    @property
    def withheld(self) -> tuple[Removal, ...]:
        """The nets that stay as they are for want of a grant."""
        return tuple(removal for removal in self.proposal.removals if removal.withheld)

    @property
    def handovers(self) -> tuple[KeyStep, ...]:
        """The keys that wait, or are drained, released or handed over in this commit."""
        return tuple(
            step
            for step in self.proposal.steps
            if step.step.action not in {Action.IDLE, Action.KEEP}
            and (step.before or step.step.action is Action.WAIT)
        )


def publish(
    environments: Environments,
    request: Request,
    *,
    write: bool = True,
    progress: Progress = silent,
    pause: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Bring what main wants one safe step further, and return what was done.

    When the branch has moved before the push, everything is computed again on its new head. With
    `write` false, nothing is committed.

    Raises:
        InvalidInput: when main cannot be planned; nothing is published then.
        UsageError: when main is behind what is published, or the published tree is not in order.
        RemoteError: when the branch moves faster than this can follow.
    """
    _refuse_beginning(environments, request)
    for tries in range(1, TRIES + 1):
        if tries > 1:
            # Jitter, so that two publishers do not meet again.
            pause(random.uniform(0.1, 0.5) * 2 ** min(tries, 5))  # noqa: S311 - no secret
            environments.refresh()
        outcome = _propose(environments, request, progress)
        _demand_release(outcome, request.release)
        if not write or not outcome.proposal.changes:
            return outcome
        commit = _commit(environments, request, outcome)
        progress("push", 0, 1)
        if environments.push():
            progress("push", 1, 1)
            return replace(outcome, commit=commit)
    message = f"the branch moved {TRIES} times while this was published; run again"
    raise RemoteError(message)


def _demand_release(outcome: Outcome, key: str) -> None:
    for step in outcome.proposal.steps:
        if step.key != key or step.step.action in {Action.RELEASE, Action.HAND_OVER}:
            continue
        reason = step.step.reason
        if not step.before or step.before.state is not State.DRAINING:
            reason = (
                "it is not draining: take its daemon out of the testnet file, or move it, and"
                " publish; then it can be released"
            )
        elif step.step.action is Action.RESUME:
            reason = f"main wants it where it is, at {step.before.place}"
        message = f"{key} is not released, and nothing was published: {reason}"
        raise UsageError(message)


def _commit(environments: Environments, request: Request, outcome: Outcome) -> str:
    proposal = outcome.proposal
    apply_changes(proposal.tree, proposal.changes, environments.tree)
    message = write_message(
        outcome.nets,
        proposal.steps,
        proposal.removals,
        source=request.source.commit if request.source else "",
        dirty=request.source is not None and request.source.dirty,
        time=utc_text(request.now),
    )
    return environments.commit(message, [change.path for change in proposal.changes])


def _propose(environments: Environments, request: Request, progress: Progress) -> Outcome:
    progress("read", 0, 1)
    published = read_published(environments.tree, environments.lineage)
    grants = _grants(environments, request)
    planned = _plan(request, published)
    progress("read", 1, 1)
    plans = {plan.name: plan for plan in planned.plans}
    draining = [(w.record.net, w.record.place.name) for w in published.waiting]
    removals = find_removals(plans, published.allocations, grants, draining)
    withheld = {removal.net for removal in removals if removal.withheld}
    wants = _wants(planned, published, withheld)
    progress("evidence", 0, 1)
    evidence = _look(request.evidence, published, withheld)
    progress("evidence", 1, 1)
    steps = next_steps(published, wants, evidence)
    proposal = compose(planned, published, steps, removals, request.kustomize, progress=progress)
    _verify(proposal)
    return Outcome(
        commit="",
        nets=_changed_nets(proposal),
        proposal=proposal,
        since=_since(environments, published, request.now, steps),
    )


def _refuse_beginning(environments: Environments, request: Request) -> None:
    """Refuse to take every key for a new one where somebody may only have lost the branch."""
    if environments.head and request.first:
        message = "the branch is there already; --first is for a branch that is not"
        raise UsageError(message)
    if not environments.head and not request.first:
        message = (
            "there is no such branch. If nothing was ever published and no cluster follows one,"
            " begin with --first; else restore it: where keys run cannot be told without it"
        )
        raise UsageError(message)


def _plan(request: Request, published: Published) -> Planned:
    planned = try_plans(request.root, published.allocations, now=request.now, leaving=True)
    if any(finding.severity is Severity.ERROR for finding in planned.findings):
        raise InvalidInput(planned.findings, request.root)
    return planned


def _grants(environments: Environments, request: Request) -> dict[str, str]:
    """Return the removals that main grants since what was published last, and who runs this."""
    allowed = dict.fromkeys(request.allowed, OVERRIDE)
    source = request.source
    if source is None:
        return allowed
    if source.dirty and not request.dirty:
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
    return counting | allowed


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


def _wants(planned: Planned, published: Published, withheld: set[str]) -> dict[bytes, Want]:
    """Return where every key is wanted: what a withheld net has, it goes on having."""
    wants = read_wants([plan for plan in planned.plans if plan.name not in withheld])
    for identity, record in published.records.items():
        if record.net in withheld and record.state is State.HELD:
            wants[identity] = Want(key=record.key, place=record.place, net=record.net)
    return wants


def _look(
    source: EvidenceSource, published: Published, withheld: set[str]
) -> Mapping[str, Evidence | str]:
    waiting = published.waiting
    asked = [wait for wait in waiting if wait.record.net not in withheld]
    found = dict(source.look(asked, published.lineage)) if asked else {}
    for wait in waiting:
        if wait.record.net in withheld:
            found[wait.record.key] = f"the removal of {wait.record.net} is not granted"
    return found


def _verify(proposal: Proposal) -> None:
    """Hold the files that change against the register that goes with them."""
    records: dict[str, Record] = {}
    for step in proposal.steps:
        if step.after:
            key = step.after.key
            records[key_label(key, key_identity(key))] = step.after
    verify({c.path: c.after for c in proposal.changes if c.new is not None}, records)


def _changed_nets(proposal: Proposal) -> tuple[str, ...]:
    sites = (site_of(change.path) for change in proposal.changes)
    return tuple(sorted({net for net, _ in filter(None, sites)}))


def _since(
    environments: Environments, published: Published, now: datetime, steps: tuple[KeyStep, ...]
) -> dict[str, str]:
    """Return when each key that drains was told to stop; what this commit drains, now."""
    drains = {step.key: step.after.drain for step in steps if step.after and step.after.drain}
    said: dict[str, str] = {}
    for after in {drain.after for drain in drains.values()}:
        commit = published.lineage.child(after)
        said[after] = read_trailers(environments.message(commit)).time if commit else utc_text(now)
    return {key: said[drain.after] for key, drain in drains.items()}
