"""Nets that stay as they are published, so that all others can go ahead.

Two changes that were each fine alone can break each other once both are merged. Whoever was first
keeps what it has, and the newcomer waits; so does a net whose own file is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from generator.claims import Limits, read_limits
from generator.errors import InvalidInput
from generator.finding import Finding, Severity
from generator.library import read_library
from generator.load import TESTNETS, load_readable
from generator.pipeline import Planned
from generator.plan import Plan, make_plans
from generator.policies import read_settings
from generator.publish.contest import (
    Contest,
    Overdraft,
    Tree,
    find_contests,
    find_dependents,
    find_overdrafts,
)
from generator.publish.state import Published
from generator.report.wording import counted, visible
from generator.repository import Source

_SHARED_KEY = "keys/unique"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A net that stays as it is published, or unpublished: why, and because of which nets.

    `commit` is the last one of main that changed its file, empty where none did yet.
    """

    net: str
    reason: str
    against: tuple[str, ...] = ()
    commit: str = ""


def plan_admitted(
    root: Path,
    published: Published,
    *,
    now: datetime,
    source: Source | None,
    withheld: Callable[[Sequence[Plan], Collection[str]], Collection[str]],
) -> tuple[Planned, tuple[Held, ...]]:
    """Plan main without the nets that have to wait, and return these in order of their names.

    `withheld` tells which nets stay as they are published for another reason, from the plans and
    the nets that are held.

    Raises:
        InvalidInput: when the fleet or a key pool is wrong, or a finding is of no net's own file.
    """
    inputs, faults = load_readable(root)
    limits = read_limits(read_settings(root))
    tree, ages = Tree(published), _Ages(source)
    firm = {net: Held(net=net, reason=_told(found)) for net, found in faults.items()}
    everything = Planned(
        inputs=inputs,
        library=read_library(root),
        published=published.allocations,
        plans=(),
        findings=(),
    )
    while True:
        planned = _plan(everything, firm, published, now)
        wrong = _wrong(planned, root)
        lost = {} if wrong else _refuse(planned, published, limits, tree, ages)
        if lost:
            planned = _plan(everything, firm.keys() | lost.keys(), published, now)
            wrong = _wrong(planned, root)
        held = firm.keys() | lost.keys()
        kept = {*(held & published.allocations.nets.keys()), *withheld(planned.plans, held)}
        more = {net: Held(net=net, reason=_told(found)) for net, found in wrong.items()}
        for net, key, holder in () if wrong else find_dependents(planned.plans, kept, tree):
            reason = f'key "{key}" is still that of "{holder}", which stays as it is published'
            more[net] = Held(net=net, reason=reason, against=(holder,))
        if not more:
            break
        firm |= more
    every = sorted((firm | lost).values(), key=lambda held: held.net)
    return planned, tuple(replace(held, commit=ages.commit(held.net)) for held in every)


class _Ages:
    """When the file of each net was last changed on main; asked of git when it matters."""

    def __init__(self, source: Source | None) -> None:
        self._source = source
        self._found: dict[str, tuple[int, str]] = {}

    def order(self, net: str) -> tuple[int, str]:
        """Return what sorts nets: the one that was changed first is first, then by name."""
        return -self._read(net)[0], net

    def commit(self, net: str) -> str:
        """Return the commit that changed the file last."""
        return self._read(net)[1]

    def _read(self, net: str) -> tuple[int, str]:
        if self._source is None:
            return -1, ""
        if net not in self._found:
            name = net if net.endswith("/") or PurePosixPath(net).suffix else f"{net}.yaml"
            self._found[net] = self._source.last_change(f"{TESTNETS}/{name}")
        return self._found[net]


def _plan(
    everything: Planned, held: Collection[str], published: Published, now: datetime
) -> Planned:
    """Plan all nets but some. These, and nets whose file is gone, hold what they have."""
    inputs = everything.inputs
    wanted = tuple(testnet for testnet in inputs.testnets if testnet.name not in held)
    plans, findings = make_plans(
        wanted,
        inputs.fleet,
        inputs.inventory,
        published.allocations,
        now=now,
        overlays=everything.library.version,
    )
    return replace(
        everything, inputs=replace(inputs, testnets=wanted), plans=plans, findings=findings
    )


def _wrong(planned: Planned, root: Path) -> dict[str, tuple[Finding, ...]]:
    """Return what keeps nets from being planned as they ask, by net."""
    names = {testnet.at.path: testnet.name for testnet in planned.inputs.testnets}
    found: dict[str, tuple[Finding, ...]] = {}
    for finding in planned.findings:
        if finding.severity is not Severity.ERROR or finding.rule == _SHARED_KEY:
            continue
        net = names.get(finding.at.path)
        if net is None:
            raise InvalidInput(planned.findings, root)
        found[net] = (*found.get(net, ()), finding)
    return found


def _told(findings: Sequence[Finding]) -> str:
    """Return what is wrong with a file in one line: the first of it, and how much more there is."""
    first = min(findings, key=lambda finding: finding.order)
    more = f", and {counted(len(findings) - 1, 'more finding')}" if len(findings) > 1 else ""
    return visible(f"{first.at}: {first.message}{more}")


def _refuse(
    planned: Planned, published: Published, limits: Limits, tree: Tree, ages: _Ages
) -> dict[str, Held]:
    """Return the nets that lose what they contend for: what is published stays, then age counts."""
    fleet, allocations = planned.inputs.fleet, published.allocations
    contests = find_contests(planned.plans, published, limits, tree)
    drafts = find_overdrafts(planned.plans, fleet, allocations, limits)
    rivals = {net for contest in contests for net in contest.nets}
    rivals |= {net for draft in drafts for net in draft.more}
    admission = _Admission(contests, drafts)
    lost: dict[str, Held] = {}
    for net in sorted(rivals, key=ages.order):
        held = admission.refuse(net)
        if held:
            lost[net] = held
        else:
            admission.admit(net)
    return lost


class _Admission:
    """Who has what by now, while nets are let in one after the other."""

    def __init__(self, contests: Sequence[Contest], drafts: Sequence[Overdraft]) -> None:
        self._contests = contests
        self._drafts = drafts
        self._holders = [sorted(contest.settled) for contest in contests]
        self._left = [draft.left for draft in drafts]
        self._grown: list[list[str]] = [[] for _ in drafts]

    def admit(self, net: str) -> None:
        """Give a net everything that it asks for."""
        for contest, holders in zip(self._contests, self._holders, strict=True):
            if net in contest.nets and net not in holders:
                holders.append(net)
        for index, draft in enumerate(self._drafts):
            if net in draft.more:
                self._left[index] -= draft.more[net]
                self._grown[index].append(net)

    def refuse(self, net: str) -> Held | None:
        """Return why a net cannot have what it asks for, None where it can."""
        return next(self._reasons(net), None)

    def _reasons(self, net: str) -> Iterator[Held]:
        for contest, holders in zip(self._contests, self._holders, strict=True):
            if net in contest.nets and net not in contest.settled:
                for other in holders:
                    if contest.excludes(net, other):
                        reason = f'{contest.what} is that of "{other}"'
                        yield Held(net=net, reason=reason, against=(other,))
        for draft, left, grown in zip(self._drafts, self._left, self._grown, strict=True):
            more = draft.more.get(net, 0)
            if more > max(left, 0):
                size, _ = draft.claim.unit
                reason = (
                    f"asks for {-(-more // size)} more {draft.claim.name}, and"
                    f" {max(left, 0) // size} are left"
                )
                yield Held(net=net, reason=reason, against=tuple(grown))
