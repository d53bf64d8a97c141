"""The whole review on one page: the change, its verdict, and what it does to every net."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from generator.check.changed import check_changed
from generator.check.compared import judge_before, judge_since, subtract
from generator.check.plain import read_plain
from generator.check.scope import find_scope
from generator.check.setting import Setting, read_published
from generator.claims import Claim, Kind, added_claims, read_claims, read_limits
from generator.errors import InvalidInput
from generator.finding import Finding, Severity
from generator.inputs import digest_inputs
from generator.pipeline import Planned
from generator.plan import Allocations, Plan
from generator.publish.removal import find_removals, read_grants
from generator.published import read_allocations
from generator.report.folding import folded
from generator.report.verdict import Verdict, by_weight
from generator.review.history import Change, read_change
from generator.review.manifests import Applied, Pair, compare_manifests
from generator.review.model import (
    ChangeOf,
    Counts,
    Judgement,
    NetReview,
    Omitted,
    Removal,
    Review,
)
from generator.review.nets import read_holders, review_net
from generator.review.states import States, changed_nets, open_states, try_state, whole_plans

# A change to the fleet may touch every net; of no more are the manifests built.
MAX_BUILT = 30
UNBUILT = "nets of which manifests and restarts are not compared"
EARLIER = "part of the state before the change that cannot be read, and counts as new"
PATHS = "changed paths"
_SHORT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is reviewed: the change from revision `base` to `head`, or to the working tree.

    Code, policies and library are those of `root`. Of a `head`, only `environments/` is read, out
    of git: that is how somebody with rights judges a head that nobody has looked at.
    """

    root: Path
    base: str
    head: str
    setting: Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """What both states are: their plans, the nets to tell of, and what each of them is told.

    `whole` says that all of the state before could be read.
    """

    before: Planned | None
    after: Planned | None
    whole: bool
    nets: tuple[NetReview, ...]
    unbuilt: int = 0


def review(request: Request) -> Review:
    """Return what a change does; a change that cannot be loaded has findings and no nets.

    Raises:
        UsageError: for what is no revision, and for a published tree that is not in order.
        ToolError, RemoteError: as `check`.
    """
    root, setting = request.root, request.setting
    change = read_change(root, request.base, request.head)
    try:
        with open_states(root, change, request.head) as states:
            with setting.server() as server:
                # One OPA answers for both states.
                shared = replace(setting, server=lambda: nullcontext(server))
                verdict = folded(_judge(request, change, states, shared))
            published = read_allocations(setting.tree)
            compared = _compare(states, change, published, setting)
            earlier = states.before is None or not compared.whole
    except InvalidInput as error:
        return unreadable(change, error.findings)
    failed = any(finding.severity is Severity.ERROR for finding in verdict.findings)
    told = _review(change, Judgement.FAIL if failed else Judgement.PASS, verdict.findings)
    omitted = [*told.omitted, *([Omitted(what=EARLIER, count=1)] if earlier else [])]
    if compared.unbuilt:
        omitted.append(Omitted(what=UNBUILT, count=compared.unbuilt))
    return replace(
        told,
        counts=replace(told.counts, known=len(verdict.before)),
        known=tuple(by_weight(verdict.before)),
        nets=compared.nets,
        claims=_claims(compared, published, setting),
        omitted=tuple(omitted),
    )


def unreadable(change: Change, findings: Sequence[Finding]) -> Review:
    """Return the review of a change of which not even the files can be read."""
    return _review(change, Judgement.UNREADABLE, findings)


def _review(change: Change, judgement: Judgement, findings: Sequence[Finding]) -> Review:
    return Review(
        head=change.head,
        base=change.base,
        verdict=judgement,
        counts=_counts(findings),
        findings=tuple(by_weight(findings)),
        paths=change.paths,
        commits=change.commits,
        omitted=(Omitted(what=PATHS, count=change.more_paths),) if change.more_paths else (),
    )


def _counts(findings: Sequence[Finding]) -> Counts:
    weights = [finding.severity for finding in findings]
    return Counts(
        errors=weights.count(Severity.ERROR),
        warnings=weights.count(Severity.WARNING),
        notes=weights.count(Severity.NOTE),
        known=0,
    )


def _judge(request: Request, change: Change, states: States, setting: Setting) -> Verdict:
    """Return the verdict on a change, as `check --changed-since` gives it.

    A head is judged by what judges main by now, and so is the state that it began with: else what
    main has learned since would count against it.
    """
    if not request.head:
        return check_changed(request.root, setting, change.base)
    published = read_published(request.root, setting.tree, setting.cache)
    before, scope, base = Verdict(findings=()), None, states.before
    if base is not None:
        try:
            scope = find_scope(states.after, base, published, setting.cache)
            before = judge_before(base, setting, published, scope)
        except InvalidInput:
            before, scope = Verdict(findings=()), None
    verdict = judge_since(
        states.after,
        setting,
        published,
        before,
        lambda path: read_plain(base, path) if base else None,
        scope=scope,
    )
    return subtract(verdict, before)


def _compare(states: States, change: Change, published: Allocations, setting: Setting) -> _Compared:
    """Return what the change does to each net that it touches, in order of names."""
    names, shared = changed_nets(states)
    only = None if shared else names
    before, whole = try_state(states.before, published, now=setting.now, only=only)
    after, _ = try_state(states.after, published, now=setting.now, only=only)
    then, now = whole_plans(before), whole_plans(after)
    if shared:
        names |= _rendered_anew(then, now)
    pairs = [Pair(name=n, before=then.get(n), after=now.get(n)) for n in sorted(names)]
    built = pairs[:MAX_BUILT]
    applied: Mapping[str, Applied] = {}
    known = [planned.library for planned in (before, after) if planned]
    if known:
        applied = compare_manifests(
            built,
            known[0],
            known[-1],
            setting.tree,
            setting.kustomize,
            progress=setting.progress,
        )
    removals = _removals(pairs, states, published, change)
    holders = read_holders(published)
    nets = tuple(
        review_net(
            pair,
            _change_of(pair.name, states),
            applied.get(pair.name, Applied()),
            removals.get(pair.name),
            holders,
        )
        for pair in pairs
    )
    return _Compared(
        before=before, after=after, whole=whole, nets=nets, unbuilt=len(pairs) - len(built)
    )


def _rendered_anew(before: Mapping[str, Plan], after: Mapping[str, Plan]) -> set[str]:
    """Return the nets that a change to what all have in common writes again."""
    return {
        name
        for name in before.keys() & after.keys()
        if before[name].by_cluster.keys() != after[name].by_cluster.keys()
        or any(
            digest_inputs(before[name], old) != digest_inputs(after[name], new)
            for old, new in zip(before[name].clusters, after[name].clusters, strict=True)
        )
    }


def _change_of(name: str, states: States) -> ChangeOf:
    path = f"environments/testnets/{name}.yaml"
    if not (states.after / path).exists():
        return ChangeOf.REMOVED
    there = states.before is not None and (states.before / path).exists()
    return ChangeOf.CHANGED if there else ChangeOf.ADDED


def _removals(
    pairs: Sequence[Pair], states: States, published: Allocations, change: Change
) -> Mapping[str, Removal]:
    """Return what of each net goes for good, by net; of one that cannot be planned, nothing."""
    plans = {pair.name: pair.after for pair in pairs if pair.after}
    gone = {pair.name for pair in pairs if _change_of(pair.name, states) is ChangeOf.REMOVED}
    nets = {n: net for n, net in published.nets.items() if n in plans or n in gone}
    draining = [(name, daemon) for name, net in nets.items() for daemon in net.drains]
    grants = {net: ids[0][:_SHORT] for net, ids in read_grants(change.messages).items()}
    found = find_removals(plans, Allocations(nets=nets), grants, draining)
    return {
        removal.net: Removal(
            namespaces=removal.namespaces,
            daemons=removal.daemons,
            volumes=removal.volumes,
            needs_grant=removal.needed,
            granted=removal.granted,
        )
        for removal in found
    }


def _claims(compared: _Compared, published: Allocations, setting: Setting) -> tuple[Claim, ...]:
    """Return what the change takes that nobody else may have too.

    Budgets are sums over all nets, of which only those that change were planned.
    """
    if compared.after is None:
        return ()
    sides = [
        _claims_of(planned, published, setting) if planned else ()
        for planned in (compared.before, compared.after)
    ]
    return tuple(claim for claim in added_claims(*sides) if claim.kind is not Kind.BUDGET)


def _claims_of(planned: Planned, published: Allocations, setting: Setting) -> Collection[Claim]:
    return read_claims(
        planned.plans,
        planned.inputs.fleet,
        planned.inputs.inventory,
        limits=read_limits(setting.policies.settings),
        published=published,
    )
