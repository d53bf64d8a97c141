"""An answer of OPA counts only when every rule judged everything that there was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from generator.check.evaluate import evaluate
from generator.check.findings import touching
from generator.check.places import Places
from generator.errors import ToolError
from generator.finding import Finding, Location, Related, Severity
from generator.rule import Rule, Subjects

HERE, THERE = Location("environments/testnets/a.yaml", 3, 1), Location("overlays/x.yaml", 7, 3)
FACTS: dict[str, Any] = {
    "run": "1",
    "counts": {"objects": 9},
    "nets": [{"net": "a", "purpose": "qa"}, {"net": "b", "purpose": "public"}],
}


def rule(name: str, table: str = "nets", **where: tuple[object, ...]) -> Rule:
    return Rule(
        id=name,
        title="Title",
        why="Why.",
        severity=Severity.ERROR,
        remediation="Mend it.",
        waivable=True,
        doc=f"policies/{name}",
        subjects=Subjects(table=table, where=where),
    )


class Answer:
    """An engine that gives one answer, whatever it is asked."""

    def __init__(
        self,
        judged: object,
        *violations: Mapping[str, object],
        digest: str = "d",
        answered: Iterable[str] = ("a/b", "a/c", "a/d"),
    ) -> None:
        self.report = {
            "policies": digest,
            "judged": judged,
            "answered": list(answered),
            "violations": list(violations),
        }

    def ask(self, _facts: Mapping[str, Any]) -> Mapping[str, Any]:
        return self.report


def judge(
    answer: Answer, *rules: Rule, levels: Mapping[str, str] | None = None
) -> tuple[Finding, ...]:
    places = Places()
    places.number(HERE)

    def blame(_name: str, field: str) -> Location | None:
        return THERE if field == "spec.replicas" else None

    known = {r.id: r for r in rules}
    found = evaluate(answer, FACTS, known, levels or {}, digest="d", places=places, blame=blame)
    return found.findings


VIOLATION = {"rule": "a/b", "subject": "s", "message": "m", "at": 0}


def test_a_violation_becomes_a_finding() -> None:
    (found,) = judge(Answer({"a/b": 2}, VIOLATION), rule("a/b"))
    assert found == Finding(
        rule="a/b",
        message="m",
        at=HERE,
        remediation="Mend it.",
        subject="s",
        why="Why.",
        doc="policies/a/b",
        waivable=True,
    )


def test_a_violation_may_say_severity_remediation_and_related_places() -> None:
    more = {
        "severity": "note",
        "remediation": "Do this.",
        "related": [{"at": 0, "message": "here too"}],
    }
    (found,) = judge(Answer({"a/b": 2}, VIOLATION | more), rule("a/b"))
    assert (found.severity, found.remediation) == (Severity.NOTE, "Do this.")
    assert found.related == (Related(at=HERE, message="here too"),)


def test_settings_have_the_last_word_on_severity() -> None:
    violation = VIOLATION | {"severity": "note"}
    (found,) = judge(Answer({"a/b": 2}, violation), rule("a/b"), levels={"a/b": "warning"})
    assert found.severity is Severity.WARNING


def test_what_a_component_caused_is_found_there() -> None:
    violation = VIOLATION | {"object": "c/n/StatefulSet/x", "field": "spec.replicas"}
    (found,) = judge(Answer({"a/b": 2}, violation), rule("a/b"))
    assert found.at == THERE
    assert found.related == (Related(at=HERE, message="as this asks for"),)


def test_what_no_component_caused_stays_at_its_line() -> None:
    violation = VIOLATION | {"object": "c/n/StatefulSet/x", "field": "spec.other"}
    (found,) = judge(Answer({"a/b": 2}, violation), rule("a/b"))
    assert (found.at, found.related) == (HERE, ())


@pytest.mark.parametrize(
    ("judged", "subjects", "message"),
    [
        ({}, rule("a/b"), 'rule "a/b" judged nothing of 2 subjects'),
        ({"a/b": 0}, rule("a/b"), 'rule "a/b" judged 0 of 2 subjects'),
        ({"a/b": 3}, rule("a/b"), 'rule "a/b" judged 3 of 2 subjects'),
        ({"a/b": 2}, rule("a/b", purpose=("qa",)), 'rule "a/b" judged 2 of 1 subjects'),
        ({"a/b": 2}, rule("a/b", "counts.objects"), 'rule "a/b" judged 2 of 9 subjects'),
        (None, rule("a/b"), 'rule "a/b" judged nothing of 2 subjects'),
        ({"a/b": 2, "c/d": 1}, rule("a/b"), 'by a rule that is not one of the policies: "c/d"'),
    ],
)
def test_a_rule_that_did_not_judge_everything_is_an_error(
    judged: object, subjects: Rule, message: str
) -> None:
    with pytest.raises(ToolError, match=message.replace("/", "/")):
        judge(Answer(judged), subjects)


def test_counts_and_filters_name_subjects() -> None:
    judged = {"a/b": 1, "a/c": 9, "a/d": 2}
    rules = (
        rule("a/b", purpose=("qa",)),
        rule("a/c", "counts.objects"),
        rule("a/d", purpose=("qa", "public")),
    )
    assert judge(Answer(judged), *rules) == ()


def test_a_rule_without_violations_is_an_error() -> None:
    with pytest.raises(ToolError, match='rule "a/b" gave no violations, not even none'):
        judge(Answer({"a/b": 2}, answered=["a/c"]), rule("a/b"))


@pytest.mark.parametrize("name", ["keys/unique", "secrets/leak"])
def test_what_cannot_be_waived_is_an_error_whatever_it_says(name: str) -> None:
    violation = VIOLATION | {"rule": name, "severity": "note"}
    answer = Answer({name: 2}, violation, answered=[name])
    (found,) = judge(answer, rule(name), levels={name: "note"})
    assert found.severity is Severity.ERROR


def test_an_answer_by_other_policies_is_an_error() -> None:
    with pytest.raises(ToolError, match="other policies"):
        judge(Answer({"a/b": 2}, digest="another"), rule("a/b"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": 17},
        {"at": -1},
        {"at": "0"},
        {"rule": "c/d"},
        {"severity": "fatal"},
        {"related": [{"at": 0}]},
    ],
)
def test_a_violation_that_makes_no_sense_is_an_error(wrong: dict[str, object]) -> None:
    with pytest.raises(ToolError, match="a violation that no rule should give"):
        judge(Answer({"a/b": 2}, VIOLATION | wrong), rule("a/b"))


@pytest.mark.parametrize("missing", ["at", "subject", "message"])
def test_a_violation_without_its_parts_is_an_error(missing: str) -> None:
    violation = {name: value for name, value in VIOLATION.items() if name != missing}
    with pytest.raises(ToolError, match="a violation that no rule should give"):
        judge(Answer({"a/b": 2}, violation), rule("a/b"))


def test_a_sum_concerns_all_files_that_have_a_part_in_it() -> None:
    violation = {"rule": "a/b", "subject": "s", "message": "m", "at": 0}
    summed = violation | {"concerns": [0, 0]}
    [told] = judge(Answer({"a/b": 2}, summed, answered=["a/b"]), rule("a/b"))
    assert told.concerns == (HERE.path,)
    [plain] = judge(Answer({"a/b": 2}, violation, answered=["a/b"]), rule("a/b"))
    assert plain.concerns == ()


def test_which_findings_touch_a_file() -> None:
    def made(**changes: Any) -> Finding:
        return Finding(rule="a/b", message="m", remediation="Do.", **({"at": THERE} | changes))

    at, concerning = made(at=HERE), made(concerns=("x", HERE.path))
    related = made(related=(Related(at=HERE, message="here"),))
    findings = [at, made(), related, concerning]
    assert touching(findings, []) == findings
    assert touching(findings, [HERE.path]) == [at, related, concerning]
    assert touching(findings, ["environments"]) == [at, related, concerning]
    assert touching(findings, ["environments/testnets/b.yaml"]) == []
