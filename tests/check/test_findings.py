"""Findings of planning and of policies about one thing: told once, and none is lost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from generator.check.findings import merge
from generator.finding import Finding, Location

RANGE = Location("environments/testnets/b.yaml", 5, 12)
OTHER = Location("environments/testnets/c.yaml", 5, 12)


def judged(rule: str, subject: str, at: Location = RANGE) -> Finding:
    return Finding(
        rule=rule, subject=subject, at=at, message="judged", remediation="", waivable=True
    )


def planned(rule: str, subject: str, at: Location = RANGE) -> Finding:
    return Finding(rule=rule, subject=subject, at=at, message="planned", remediation=f"{subject}.")


def subjects(findings: Sequence[Finding]) -> list[tuple[str, str, str]]:
    return [(f.message, f.subject, f.remediation) for f in findings]


@pytest.mark.parametrize(
    ("rule", "prefix"), [("keys/unique", ""), ("keys/kind", "b/"), ("keys/reference", "b/")]
)
def test_each_key_of_a_range_is_told_once(rule: str, prefix: str) -> None:
    keys = ("k1", "k2", "k3")
    merged = merge(
        [judged(rule, f"{prefix}{key}") for key in keys], [planned(rule, key) for key in keys]
    )
    assert subjects(merged) == [("judged", f"{prefix}{key}", f"{key}.") for key in keys]
    assert not any(finding.waivable for finding in merged)


def test_key_is_told_once_where_another_holder_is_taken_for_the_first() -> None:
    merged = merge([judged("keys/unique", "k", OTHER)], [planned("keys/unique", "k")])
    assert subjects(merged) == [("judged", "k", "k.")]


def test_key_of_three_nets_is_told_of_two() -> None:
    third = Location("environments/testnets/d.yaml", 5, 12)
    merged = merge(
        [judged("keys/unique", "k", OTHER), judged("keys/unique", "k", third)],
        [planned("keys/unique", "k"), planned("keys/unique", "k", OTHER)],
    )
    assert [finding.at for finding in merged] == [OTHER, third]


def test_keys_that_planning_tells_of_together_are_told_one_by_one() -> None:
    merged = merge(
        [judged("keys/unknown", "b/k1"), judged("keys/unknown", "b/k2")],
        [planned("keys/unknown", "k1")],
    )
    assert subjects(merged) == [("judged", "b/k1", "k1."), ("judged", "b/k2", "k1.")]


def test_what_no_policy_judged_is_not_lost() -> None:
    alone = [planned("keys/kind", "k2"), planned("keys/kind", "k3"), planned("keys/format", "k1")]
    merged = merge([judged("keys/kind", "b/k1")], [planned("keys/kind", "k1"), *alone])
    assert merged[1:] == alone
    at_the_place = merge([judged("keys/kind", "b/k9")], alone)
    assert at_the_place[1:] == alone[1:]
