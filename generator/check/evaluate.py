"""The facts to findings: one question to OPA, and distrust of its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from generator.check.places import Places
from generator.errors import ToolError
from generator.finding import Finding, Location, Related, Severity
from generator.rule import Rule, Subjects, is_unwaivable

Blame = Callable[[str, str], Location | None]
"""The place of the library that set a field of an object; None where none did."""


# Tables whose rows add up: a sum that is too much is as much everybody's.
_SUMMED = frozenset({"clusters", "usage"})


class Engine(Protocol):
    """What answers: an OPA with the policies loaded."""

    def ask(self, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the report on some facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the policies found, and how many subjects each judged."""

    findings: tuple[Finding, ...]
    judged: Mapping[str, int]


def evaluate(  # noqa: PLR0913 - each a part of one question
    engine: Engine,
    facts: Mapping[str, Any],
    rules: Mapping[str, Rule],
    levels: Mapping[str, str],
    *,
    digest: str,
    places: Places,
    blame: Blame = lambda _object, _field: None,
) -> Judgement:
    """Ask all rules at once, and return what they found.

    `digest` is that of the policies; `levels` the severities that settings give to rules.

    Raises:
        ToolError: when a rule did not run, or judged another number of subjects than there are.
    """
    report = engine.ask(facts)
    if report.get("policies") != digest:
        message = "OPA has other policies loaded than those of this check; is another using it?"
        raise ToolError(message)
    _check_answered(report.get("answered"), rules)
    judged = _check_judged(report.get("judged"), rules, facts)
    findings = [
        _finding(violation, rules, levels, places, blame) for violation in report["violations"]
    ]
    return Judgement(findings=tuple(findings), judged=judged)


def _check_answered(answer: object, rules: Mapping[str, Rule]) -> None:
    """Refuse rules that say how much they judged, but not what they found."""
    answered = set(answer) if isinstance(answer, list) else set()
    if silent := sorted(rules.keys() - answered):
        rule = rules[silent[0]]
        message = f'rule "{rule.id}" gave no violations, not even none; see {rule.doc}'
        raise ToolError(message)


def _check_judged(
    answer: object, rules: Mapping[str, Rule], facts: Mapping[str, Any]
) -> Mapping[str, int]:
    """Compare how many subjects each rule says it judged with how many there are.

    A rule that finds nothing because it looked at nothing is the trap of every policy engine.
    """
    judged = answer if isinstance(answer, dict) else {}
    for name, rule in rules.items():
        if rule.subjects is None:
            continue
        wanted = count_subjects(rule.subjects, facts)
        if judged.get(name) != wanted:
            said = judged.get(name, "nothing")
            message = f'rule "{name}" judged {said} of {wanted} subjects; see {rule.doc}'
            raise ToolError(message)
    if strangers := sorted(judged.keys() - rules.keys()):
        message = f'OPA judged by a rule that is not one of the policies: "{strangers[0]}"'
        raise ToolError(message)
    return {name: int(judged[name]) for name in sorted(judged)}


def count_subjects(subjects: Subjects, facts: Mapping[str, Any]) -> int:
    """Return how many rows of the facts a rule has to judge."""
    group, _, name = subjects.table.partition(".")
    if name:
        return int(facts[group][name])
    rows = facts[subjects.table]
    if not subjects.where:
        return len(rows)
    return sum(
        all(row[column] in values for column, values in subjects.where.items()) for row in rows
    )


def _finding(
    violation: Mapping[str, Any],
    rules: Mapping[str, Rule],
    levels: Mapping[str, str],
    places: Places,
    blame: Blame,
) -> Finding:
    try:
        rule = rules[violation["rule"]]
        own = levels.get(rule.id, violation.get("severity", str(rule.severity)))
        if is_unwaivable(rule.id):
            own = Severity.ERROR
        at = places[violation["at"]]
        related = list(_related(violation, places))
        cause = None
        if violation.get("object"):
            cause = blame(str(violation["object"]), str(violation.get("field", "")))
        if cause is not None:
            related.append(Related(at=at, message="as this asks for"))
            at = cause
        return Finding(
            rule=rule.id,
            message=str(violation["message"]),
            at=at,
            remediation=str(violation.get("remediation", rule.remediation)),
            severity=Severity(own),
            subject=str(violation["subject"]),
            why=rule.why,
            related=tuple(related),
            doc=rule.doc,
            waivable=rule.waivable,
            movable=rule.subjects is not None and rule.subjects.table in _SUMMED,
            concerns=tuple(sorted({places[n].path for n in violation.get("concerns", ())})),
        )
    except (LookupError, TypeError, ValueError) as error:
        message = f"a violation that no rule should give: {str(dict(violation))[:300]}"
        raise ToolError(message) from error


def _related(violation: Mapping[str, Any], places: Places) -> Iterable[Related]:
    for entry in violation.get("related", ()):
        yield Related(at=places[entry["at"]], message=str(entry["message"]))
