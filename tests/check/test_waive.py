"""What a waiver takes out, what it leaves, and what is said of waivers themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.check.waive import Outcome, apply_waivers, may_be_waived
from generator.finding import Finding, Location, Related, Severity
from generator.waiver import Waiver

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
DAY = date(2026, 12, 31)
FLEET = "environments/fleet.yaml"
NET, OTHER = "environments/testnets/a.yaml", "environments/testnets/b.yaml"
LIBRARY = "overlays/components/daemon/probes.yaml"
RULES = {
    "images/pinned": True,
    "images/registry": True,
    "keys/unique": False,
    "keys/registered": True,
    "genesis/past": False,
    "secrets/leaked": False,
    "waivers/unused": False,
}


def finding(
    rule: str = "images/pinned", subject: str = "whale-1", path: str = NET, *related: str
) -> Finding:
    return Finding(
        rule=rule,
        message="not as it should be",
        at=Location(path, 7, 3),
        remediation="Mend it.",
        subject=subject,
        waivable=True,
        related=tuple(Related(at=Location(path), message="here") for path in related),
    )


def waiver(
    rule: str = "images/pinned",
    subject: str = "whale-1",
    path: str = NET,
    *,
    expires: date = DAY,
    line: int = 20,
) -> Waiver:
    return Waiver(
        rule=rule,
        subject=subject,
        reason="tried out",
        owner="tests",
        expires=expires,
        at=Location(path, line, 5),
        expires_at=Location(path, line, 50),
    )


def judge(findings: Sequence[Finding], waivers: Sequence[Waiver], now: datetime = NOW) -> Outcome:
    return apply_waivers(findings, waivers, now=now, rules=RULES, testnets={NET, OTHER})


def rules_of(verdict: Outcome) -> list[str]:
    return [found.rule for found in verdict.findings]


def test_finding_of_its_rule_and_subject_is_taken_out() -> None:
    found, other = finding(), finding("images/registry")
    verdict = judge([other, found], [waiver()])
    assert verdict.kept == (other,)
    assert [(w.finding, w.waiver) for w in verdict.waived] == [(found, waiver())]
    assert verdict.findings == ()


def test_every_finding_of_a_subject_is_taken_out() -> None:
    found = [finding(), replace(finding(), at=Location(NET, 9))]
    assert judge(found, [waiver()]).kept == ()


@pytest.mark.parametrize(
    "other",
    [
        finding("images/registry"),
        finding(subject="whale-2"),
        finding(subject="whale-1 "),
        finding(subject="Whale-1"),
        finding(subject="whale-10"),
        finding(subject=""),
        finding(path=OTHER),
        finding(path=FLEET),
        replace(finding(), waivable=False),
    ],
)
def test_any_other_finding_is_left(other: Finding) -> None:
    verdict = judge([other], [waiver()])
    assert verdict.kept == (other,)
    assert rules_of(verdict) == ["waivers/unused"]


@pytest.mark.parametrize("path", [NET, OTHER, LIBRARY, FLEET])
def test_waiver_of_the_fleet_holds_for_every_net(path: str) -> None:
    verdict = judge([finding(path=path)], [waiver(path=FLEET)])
    assert verdict.kept == verdict.findings == ()


@pytest.mark.parametrize(
    ("related", "left"),
    [
        ((NET,), 0),
        ((NET, NET, FLEET), 0),
        ((OTHER,), 1),
        ((NET, OTHER), 1),
        ((), 1),
        ((FLEET,), 1),
    ],
)
def test_place_in_the_library_belongs_to_the_net_it_names(
    related: tuple[str, ...], left: int
) -> None:
    found = finding("images/pinned", "whale-1", LIBRARY, *related)
    assert len(judge([found], [waiver()]).kept) == left


def test_place_in_the_library_of_two_nets_is_waived_by_neither() -> None:
    found = finding("images/pinned", "whale-1", LIBRARY, NET, OTHER)
    assert judge([found], [waiver(), waiver(path=OTHER)]).kept == (found,)


def test_related_place_gives_no_right_over_another_net() -> None:
    found = finding("images/pinned", "whale-1", OTHER, NET)
    assert judge([found], [waiver()]).kept == (found,)


@pytest.mark.parametrize(
    ("now", "rule"),
    [
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), "waivers/expires"),
        (datetime(2027, 1, 1, tzinfo=UTC), "waivers/expired"),
        # The day is that of UTC, wherever the clock hangs.
        (datetime(2027, 1, 1, 9, tzinfo=timezone(timedelta(hours=10))), "waivers/expires"),
        (datetime(2026, 12, 31, 20, tzinfo=timezone(-timedelta(hours=5))), "waivers/expired"),
    ],
)
def test_waiver_holds_to_the_end_of_its_day(now: datetime, rule: str) -> None:
    verdict = judge([finding()], [waiver()], now)
    assert rules_of(verdict) == [rule]
    assert bool(verdict.kept) == (rule == "waivers/expired")


@pytest.mark.parametrize(
    ("days", "rules"),
    [
        (-1, ["waivers/expired"]),
        (0, ["waivers/expires"]),
        (7, ["waivers/expires"]),
        (8, []),
        (90, []),
        (91, ["waivers/far"]),
    ],
)
def test_age_is_a_finding_of_its_own(days: int, rules: list[str]) -> None:
    verdict = judge([finding()], [waiver(expires=NOW.date() + timedelta(days=days))])
    assert rules_of(verdict) == rules
    assert len(verdict.kept) == (days < 0)
    assert all(found.at == Location(NET, 20, 50) for found in verdict.findings)
    levels = {"waivers/expires": Severity.NOTE}
    assert all(
        found.severity is levels.get(found.rule, Severity.WARNING) for found in verdict.findings
    )


def test_expired_is_said_whether_or_not_it_is_missed() -> None:
    verdict = judge([], [waiver(expires=date(2026, 11, 30))])
    assert rules_of(verdict) == ["waivers/expired"]
    assert "expired on 2026-11-30" in verdict.findings[0].message


@pytest.mark.parametrize("expires", [NOW.date(), DAY, date(2099, 1, 1)])
def test_unused_is_all_that_is_said_of_what_takes_nothing_out(expires: date) -> None:
    verdict = judge([], [waiver(expires=expires)])
    [found] = verdict.findings
    assert (found.rule, found.severity) == ("waivers/unused", Severity.WARNING)
    assert (found.at, found.subject, found.related) == (Location(NET, 20, 5), "whale-1", ())


def test_second_of_two_that_say_the_same_is_unused() -> None:
    verdict = judge([finding()], [waiver(), waiver(line=30)])
    [found] = verdict.findings
    assert (found.rule, found.at.line) == ("waivers/unused", 30)
    assert [related.at.line for related in found.related] == [20]


def test_waiver_that_holds_replaces_one_that_has_expired() -> None:
    verdict = judge([finding()], [waiver(expires=date(2026, 1, 1)), waiver(line=30)])
    assert verdict.kept == ()
    assert rules_of(verdict) == ["waivers/expired"]


def test_nets_with_the_same_names_have_waivers_of_their_own() -> None:
    found = [finding(), finding(path=OTHER)]
    waivers = [waiver(), waiver(path=OTHER)]
    assert judge(found, waivers).kept == judge(found, waivers).findings == ()
    assert judge(found, waivers[1:]).kept == (found[0],)


@pytest.mark.parametrize(
    "rule", ["keys/unique", "secrets/leaked", "genesis/past", "waivers/unused"]
)
@pytest.mark.parametrize("expires", [DAY, date(2020, 1, 1)])
def test_rule_that_cannot_be_waived_is_an_error(rule: str, expires: date) -> None:
    found = finding(rule)
    verdict = judge([found], [waiver(rule, expires=expires)])
    assert verdict.kept == (found,)
    [problem] = verdict.findings
    assert (problem.rule, problem.severity) == ("waivers/forbidden", Severity.ERROR)
    assert rule in problem.message


@pytest.mark.parametrize("rule", ["keys/unique", "secrets/leaked", "waivers/unused"])
def test_keys_and_secrets_cannot_be_waived_by_a_careless_rule(rule: str) -> None:
    assert not may_be_waived(rule, {rule: True})
    assert may_be_waived("keys/unique-names", {"keys/unique-names": True})
    verdict = apply_waivers(
        [finding(rule)], [waiver(rule)], now=NOW, rules={rule: True}, testnets={NET}
    )
    assert len(verdict.kept) == 1
    assert rules_of(verdict) == ["waivers/forbidden"]


@pytest.mark.parametrize(
    ("rule", "hint"),
    [("images/pined", 'Did you mean "images/pinned"?'), ("x/y", "lists them.")],
)
def test_rule_that_is_not_is_an_error(rule: str, hint: str) -> None:
    verdict = judge([finding(rule)], [waiver(rule)])
    [problem] = verdict.findings
    assert (problem.rule, problem.severity) == ("waivers/unknown", Severity.ERROR)
    assert problem.remediation.endswith(hint)
    assert len(verdict.kept) == 1


RULE = st.sampled_from([*RULES, "x/y"])
SUBJECT = st.sampled_from(["whale-1", "whale-2", ""])
PATH = st.sampled_from([NET, OTHER, FLEET, LIBRARY])
FINDINGS = st.lists(
    st.builds(
        lambda rule, subject, path, near, can: replace(
            finding(rule, subject, path, *near), waivable=can
        ),
        *(RULE, SUBJECT, PATH, st.lists(PATH, max_size=2), st.booleans()),
    ),
    max_size=8,
)
WAIVERS = st.lists(
    st.builds(
        lambda rule, subject, path, days, line: waiver(
            rule, subject, path, expires=NOW.date() + timedelta(days=days), line=line
        ),
        *(RULE, SUBJECT, st.sampled_from([NET, OTHER, FLEET])),
        *(st.integers(-3, 120), st.integers(1, 999)),
    ),
    max_size=8,
    unique_by=lambda entry: entry.at,
)


@settings(deadline=None)
@given(findings=FINDINGS, waivers=WAIVERS)
def test_nothing_is_taken_out_but_by_rule_subject_and_net(
    findings: list[Finding], waivers: list[Waiver]
) -> None:
    verdict = judge(findings, waivers)
    for taken in verdict.waived:
        assert taken.finding.rule == taken.waiver.rule
        assert taken.finding.subject == taken.waiver.subject
        assert taken.finding.waivable
        assert RULES[taken.finding.rule]
        assert taken.waiver.expires >= NOW.date()
        if taken.waiver.at.path != FLEET:
            places = (taken.finding.at, *(related.at for related in taken.finding.related))
            assert taken.waiver.at.path in {place.path for place in places}
    # Each finding is in one of the two, and each waiver took something out or has a finding.
    assert sorted(map(id, verdict.kept + tuple(w.finding for w in verdict.waived))) == sorted(
        map(id, findings)
    )
    used = {taken.waiver.at for taken in verdict.waived}
    said = {found.at.line for found in verdict.findings}
    assert all(entry.at in used or entry.at.line in said for entry in waivers)
    # No finding about waivers can be waived, and no more than one is made of each.
    assert not any(found.waivable for found in verdict.findings)
    assert len(verdict.findings) <= len(waivers)


@given(findings=FINDINGS)
def test_without_waivers_nothing_changes(findings: list[Finding]) -> None:
    assert judge(findings, []) == Outcome(kept=tuple(findings), waived=(), findings=())
