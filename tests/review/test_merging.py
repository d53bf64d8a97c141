"""What merges by itself, and what each bound keeps from it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from generator.claims import Conflict, Kind
from generator.fleet import Automatic, Merging
from generator.hub.pulls import Pull
from generator.review.merging import judge_merge
from generator.review.model import (
    ChangeOf,
    Counts,
    Delta,
    HandOver,
    Judgement,
    Move,
    NetReview,
    Omitted,
    RegionReview,
    Removal,
    Review,
)

HEAD = "a" * 40
PATH = "environments/testnets/one.yaml"
PULL = Pull(
    number=41,
    title="Add one",
    author="jo",
    head=HEAD,
    head_ref="one",
    base_ref="main",
    base="b" * 40,
    fork=False,
    draft=False,
    open=True,
    merged=False,
    merge_commit="",
    node="PR_1",
)
NET = NetReview(
    name="one",
    change=ChangeOf.CHANGED,
    owner="protocol",
    owner_before="protocol",
    purpose="qa",
    purpose_before="qa",
    protected=False,
    expires="2026-12-04T11:00:00Z",
    regions=(
        RegionReview(
            region="us-west-2",
            clusters=("west",),
            daemons=Delta(before=10, after=50),
            stake=Delta(before="0", after="0"),
            cost_month=Delta(before="100.00", after="600.00"),
        ),
    ),
)
REVIEW = Review(
    head=HEAD,
    base="b" * 40,
    verdict=Judgement.PASS,
    counts=Counts(errors=0, warnings=0, notes=3, known=2),
    nets=(NET,),
    paths=(PATH,),
)
BOUNDS = Automatic(budget_month=Decimal(500), daemons=40)


def reasons(
    *,
    review: dict[str, Any] | None = None,
    net: dict[str, Any] | None = None,
    pull: dict[str, Any] | None = None,
    bounds: dict[str, Any] | None = None,
    conflicts: tuple[Conflict, ...] = (),
) -> tuple[str, ...]:
    """Judge a pull request in which nothing is against merging but what is given."""
    judged = replace(REVIEW, nets=(replace(NET, **(net or {})),))
    return judge_merge(
        replace(judged, **(review or {})),
        Merging(automatic=replace(BOUNDS, **(bounds or {}))),
        replace(PULL, **(pull or {})),
        conflicts,
    )


def region(daemons: int, cost: str) -> tuple[RegionReview, ...]:
    """Return the net's region with more daemons, and with what they cost."""
    (only,) = NET.regions
    return (
        replace(only, daemons=Delta(before=10, after=daemons)),
        replace(only, daemons=Delta(before=0, after=0), cost_month=Delta(before="0", after=cost)),
    )


CONFLICT = Conflict(
    kind=Kind.KEY, subject="qa-004", pulls=(40,), nets=("one", "two"), text="both: key qa-004"
)
LOST = Removal(namespaces=("west",), daemons=("a", "b"), volumes=3, needs_grant=True, granted="")


@pytest.mark.parametrize("policy", [None, Merging()])
def test_without_a_policy_nothing_merges(policy: Merging | None) -> None:
    (reason,) = judge_merge(REVIEW, policy, PULL)
    assert "nothing merges by itself" in reason


def test_what_is_within_all_bounds_merges() -> None:
    assert reasons() == ()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"pull": {"open": False}}, "it is not open"),
        ({"pull": {"draft": True}}, "it is a draft"),
        ({"pull": {"fork": True}}, "it comes from a fork"),
        ({"pull": {"head": "c" * 40}}, f"what was reviewed is not its head, {'c' * 12}"),
        ({"review": {"head": ""}, "pull": {"head": ""}}, "what was reviewed is not its head, "),
        ({"review": {"verdict": Judgement.FAIL}}, "it adds what is wrong"),
        ({"review": {"verdict": Judgement.UNREADABLE}}, "it adds what is wrong"),
        (
            {"review": {"counts": Counts(errors=2, warnings=0, notes=0, known=0)}},
            "it adds 2 errors",
        ),
        (
            {"review": {"counts": Counts(errors=0, warnings=1, notes=0, known=0)}},
            "it adds 1 warning",
        ),
        (
            {"review": {"omitted": (Omitted(what="path", count=2),)}},
            "2 paths could not be looked at",
        ),
        ({"review": {"paths": ()}}, "it changes nothing"),
        (
            {"review": {"paths": (PATH, "a", "b", "c", "d")}},
            "it touches more than testnet files: a, b, c and 1 more",
        ),
        ({"net": {"purpose": "public"}}, "one is public, and only qa may"),
        ({"net": {"purpose_before": "public"}}, "one is public, and only qa may"),
        (
            {"net": {"owner_before": "infra"}, "bounds": {"owners": ("protocol",)}},
            "one is of infra, whose nets do not merge by themselves",
        ),
        (
            {"bounds": {"owners": ("infra",)}},
            "one is of protocol, whose nets do not merge by themselves",
        ),
        ({"net": {"protected": True}}, "one is protected"),
        ({"net": {"waivers": ("a/b one",)}}, "one waives a/b one"),
        ({"net": {"purpose": ""}}, "one cannot be planned as it is, or as it was"),
        ({"net": {"purpose_before": ""}}, "one cannot be planned as it is, or as it was"),
        ({"net": {"change": ChangeOf.REMOVED}}, "it removes one"),
        ({"net": {"removals": LOST}}, "one loses 1 namespace, 2 daemons, 3 volumes"),
        ({"net": {"chain": "generation 2"}}, "the chain of one starts again: generation 2"),
        (
            {"net": {"handovers": (HandOver(key="k", before="x", after="", waits_for=""),)}},
            "one gives up 1 key",
        ),
        ({"net": {"moves": (Move(daemon="d", before="x", after="y"),)}}, "one moves 1 daemon"),
        ({"net": {"regions": region(51, "0")}}, "it adds 41 daemons, and 40 may be added"),
        (
            {"net": {"regions": region(10, "0.01")}},
            "it costs 500.01 dollars a month more, and 500 may be added",
        ),
        ({"conflicts": (CONFLICT,)}, "both: key qa-004"),
    ],
)
def test_each_bound_keeps_it_from_merging(changed: dict[str, Any], reason: str) -> None:
    assert reasons(**changed) == (reason,)


@pytest.mark.parametrize(
    ("changed", "allowed"),
    [
        ({"pull": {"fork": True}}, {"forks": True}),
        (
            {"review": {"counts": Counts(errors=0, warnings=1, notes=0, known=0)}},
            {"warnings": True},
        ),
        ({"net": {"purpose": "public"}}, {"purposes": ("qa", "public")}),
        ({}, {"owners": ("infra", "protocol")}),
        ({"net": {"change": ChangeOf.REMOVED}}, {"deletions": True}),
        ({"net": {"removals": LOST}}, {"deletions": True}),
        ({"net": {"removals": replace(LOST, namespaces=(), daemons=(), volumes=0)}}, {}),
        ({"net": {"chain": "generation 2"}}, {"restarts": True}),
        (
            {"net": {"handovers": (HandOver(key="k", before="x", after="", waits_for=""),)}},
            {"handovers": True},
        ),
        (
            {"net": {"moves": (Move(daemon="d", before="x", after="y"),)}},
            {"handovers": True},
        ),
        ({"net": {"regions": region(51, "0")}}, {"daemons": 41}),
        ({"net": {"regions": region(10, "0.01")}}, {"budget_month": Decimal("500.01")}),
    ],
)
def test_what_the_policy_allows_merges(changed: dict[str, Any], allowed: dict[str, Any]) -> None:
    assert reasons(**changed, bounds=allowed) == ()


def test_all_reasons_come_at_once() -> None:
    assert len(reasons(pull={"draft": True, "fork": True}, net={"protected": True})) == 3
