"""Publishing: the next safe step of every net and key in one commit, on what is there now."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from generator.errors import RemoteError, UsageError
from generator.evidence import Source as EvidenceSource
from generator.kustomize import Kustomize
from generator.pipeline import Planned
from generator.plan import Allocations, Plan
from generator.plan.genesis import utc_text
from generator.publish.compose import Proposal, compose
from generator.publish.grants import find_grants
from generator.publish.hold import Held, plan_admitted
from generator.publish.message import read_trailers, write_message
from generator.publish.removal import Removal, find_removals
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

    `since` is the time at which each key that drains was told to stop, by its text; `held` are the
    nets that wait for main to be mended.
    """

    commit: str
    nets: tuple[str, ...]
    proposal: Proposal
    since: Mapping[str, str]
    held: tuple[Held, ...] = ()

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

    Nets whose own file is wrong, or that take what others have, are held: they stay as they are.
    When the branch has moved before the push, everything is computed again on its new head. With
    `write` false, nothing is committed.

    Raises:
        InvalidInput: when the fleet or a key pool is wrong; nothing is published then.
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
    grants = find_grants(environments, request.source, request.allowed, dirty=request.dirty)
    planned, held = _plan(request, published, grants)
    progress("read", 1, 1)
    removals = _removals(planned.plans, published, grants, {net.net for net in held})
    kept = _kept(published, removals, held)
    wants = _wants(planned, published, kept)
    progress("evidence", 0, 1)
    evidence = _look(request.evidence, published, kept)
    progress("evidence", 1, 1)
    steps = next_steps(published, wants, evidence)
    proposal = compose(
        planned,
        published,
        steps,
        removals,
        request.kustomize,
        frozen=kept.keys(),
        progress=progress,
    )
    _verify(proposal)
    return Outcome(
        commit="",
        nets=_changed_nets(proposal),
        proposal=proposal,
        since=_since(environments, published, request.now, steps),
        held=held,
    )


def _kept(
    published: Published, removals: Iterable[Removal], held: Iterable[Held]
) -> dict[str, str]:
    """Return the nets that stay file by file as they are published, and why their keys wait."""
    reasons = {net.net: f"{net.net} is held back: {net.reason}" for net in held}
    kept = {net: why for net, why in reasons.items() if net in published.allocations.nets}
    for removal in removals:
        if removal.withheld:
            kept[removal.net] = f"the removal of {removal.net} is not granted"
    return kept


def _removals(
    plans: Iterable[Plan],
    published: Published,
    grants: Mapping[str, str],
    held: Collection[str],
) -> tuple[Removal, ...]:
    """Return what would disappear of each net; nothing does of one that is held."""
    nets = {name: net for name, net in published.allocations.nets.items() if name not in held}
    draining = [(w.record.net, w.record.place.name) for w in published.waiting]
    by_name = {plan.name: plan for plan in plans}
    return find_removals(by_name, Allocations(nets=nets), grants, draining)


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


def _plan(
    request: Request, published: Published, grants: Mapping[str, str]
) -> tuple[Planned, tuple[Held, ...]]:
    def withheld(plans: Sequence[Plan], held: Collection[str]) -> set[str]:
        removals = _removals(plans, published, grants, held)
        return {removal.net for removal in removals if removal.withheld}

    return plan_admitted(
        request.root, published, now=request.now, source=request.source, withheld=withheld
    )


def _wants(planned: Planned, published: Published, kept: Collection[str]) -> dict[bytes, Want]:
    """Return where every key is wanted: what a net has that is kept, it goes on having."""
    wants = read_wants([plan for plan in planned.plans if plan.name not in kept])
    for identity, record in published.records.items():
        if record.net in kept and record.state is State.HELD:
            wants[identity] = Want(key=record.key, place=record.place, net=record.net)
    return wants


def _look(
    source: EvidenceSource, published: Published, kept: Mapping[str, str]
) -> Mapping[str, Evidence | str]:
    waiting = published.waiting
    asked = [wait for wait in waiting if wait.record.net not in kept]
    found = dict(source.look(asked, published.lineage)) if asked else {}
    for wait in waiting:
        if wait.record.net in kept:
            found[wait.record.key] = kept[wait.record.net]
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
