"""Which findings a waiver takes out, and what is wrong with the waivers themselves.

Nothing else decides this, so that a finding is waived in every report or in none. A waiver takes
out findings of exactly its rule about exactly its subject: one in a testnet file those of that
net alone, one in the fleet those of any. Keys with two holders, secrets and waivers themselves
cannot be waived, whatever their rules say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from generator.finding import Finding, Location, Related, Severity
from generator.guess import guess_sentence
from generator.rule import is_unwaivable
from generator.waiver import Waiver

SOON = timedelta(days=7)
FAR = timedelta(days=90)

# The place of each waiver that took something out, by its file, rule and subject: of two in one
# file that say the same only the first does.
_Used = Mapping[tuple[str, str, str], Location]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """A finding that does not count, and the waiver that takes it out."""

    finding: Finding
    waiver: Waiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The findings that count, those that do not, and what is wrong with the waivers.

    `kept` has the order of what came in; `findings` are about waivers, and count too.
    """

    kept: tuple[Finding, ...]
    waived: tuple[Waived, ...]
    findings: tuple[Finding, ...]


def apply_waivers(
    findings: Sequence[Finding],
    waivers: Sequence[Waiver],
    *,
    now: datetime,
    rules: Mapping[str, bool],
    testnets: Collection[str],
) -> Outcome:
    """Take out what is waived; of two waivers for one finding the first takes it.

    `rules` says of every rule whether it may be waived; `testnets` are the paths of the testnet
    files. A waiver whose net was not judged must not be among `waivers`: it would seem unused.
    """
    today = now.astimezone(UTC).date()
    holding: dict[tuple[str, str], list[Waiver]] = {}
    for waiver in waivers:
        if may_be_waived(waiver.rule, rules) and waiver.expires >= today:
            holding.setdefault((waiver.rule, waiver.subject), []).append(waiver)
    kept: list[Finding] = []
    waived: list[Waived] = []
    for finding in findings:
        candidates = holding.get((finding.rule, finding.subject), ())
        taker = next((w for w in candidates if _covers(w, finding, testnets)), None)
        if taker is None:
            kept.append(finding)
        else:
            waived.append(Waived(finding=finding, waiver=taker))
    used = {_key(taken.waiver): taken.waiver.at for taken in waived}
    problems = (problem for waiver in waivers for problem in _judge(waiver, today, rules, used))
    return Outcome(kept=tuple(kept), waived=tuple(waived), findings=tuple(problems))


def may_be_waived(rule: str, rules: Mapping[str, bool]) -> bool:
    """Say whether findings of a rule can be waived at all."""
    return rules.get(rule, False) and not is_unwaivable(rule)


def _covers(waiver: Waiver, finding: Finding, testnets: Collection[str]) -> bool:
    """Say whether a finding of the waiver's rule and subject is its to take out."""
    if not finding.waivable:
        return False
    return waiver.at.path not in testnets or waiver.at.path == _net_of(finding, testnets)


def _net_of(finding: Finding, testnets: Collection[str]) -> str:
    """Return the testnet file that a finding is about, or nothing where that is not certain.

    One at a line of the library is about the net of its related places, if they name only one:
    subjects of two nets may have one name.
    """
    if finding.at.path in testnets:
        return finding.at.path
    paths = {related.at.path for related in finding.related} & set(testnets)
    return paths.pop() if len(paths) == 1 else ""


def _judge(
    waiver: Waiver, today: date, rules: Mapping[str, bool], used: _Used
) -> Iterable[Finding]:
    """Find what is wrong with one waiver; what makes it void goes before what only ages it."""
    if waiver.rule not in rules:
        yield _unknown(waiver, rules)
    elif not may_be_waived(waiver.rule, rules):
        yield _problem(
            waiver,
            "forbidden",
            f'rule "{waiver.rule}" cannot be waived',
            "Remove the waiver, and mend what the rule finds.",
            severity=Severity.ERROR,
        )
    elif waiver.expires < today:
        yield _problem(
            waiver,
            "expired",
            f"{_name(waiver)} expired on {waiver.expires}, and what it took out counts again",
            "Mend what the rule finds and remove the waiver, or agree on a later day.",
            at=waiver.expires_at,
        )
    elif used.get(_key(waiver)) != waiver.at:
        yield _unused(waiver, used)
    elif waiver.expires - today <= SOON:
        yield _problem(
            waiver,
            "expires",
            f"{_name(waiver)} expires on {waiver.expires}",
            "Mend what the rule finds before that day.",
            severity=Severity.NOTE,
            at=waiver.expires_at,
        )
    elif waiver.expires - today > FAR:
        yield _problem(
            waiver,
            "far",
            f"{_name(waiver)} holds for {(waiver.expires - today).days} days",
            f"Choose a day no more than {FAR.days} days ahead, on which somebody looks again.",
            at=waiver.expires_at,
        )


def _unknown(waiver: Waiver, rules: Collection[str]) -> Finding:
    hint = guess_sentence(waiver.rule, sorted(rules))
    return _problem(
        waiver,
        "unknown",
        f'there is no rule "{waiver.rule}"',
        f"Name a rule as its findings do; `testnet rules` lists them.{hint}",
        severity=Severity.ERROR,
    )


def _unused(waiver: Waiver, used: _Used) -> Finding:
    first = used.get(_key(waiver))
    return _problem(
        waiver,
        "unused",
        f"{_name(waiver)} takes nothing out",
        "Remove it.",
        related=(Related(at=first, message="this one takes it out already"),) if first else (),
    )


def _key(waiver: Waiver) -> tuple[str, str, str]:
    return (waiver.at.path, waiver.rule, waiver.subject)


def _name(waiver: Waiver) -> str:
    return f'the waiver of {waiver.rule} for "{waiver.subject}"'


def _problem(  # noqa: PLR0913 - what tells one finding from another
    waiver: Waiver,
    name: str,
    message: str,
    remediation: str,
    *,
    severity: Severity = Severity.WARNING,
    at: Location | None = None,
    related: tuple[Related, ...] = (),
) -> Finding:
    return Finding(
        rule=f"waivers/{name}",
        message=message,
        at=at or waiver.at,
        remediation=remediation,
        severity=severity,
        subject=waiver.subject,
        why="A waiver hides a finding; nobody sees when it has outlived its reason.",
        related=related,
    )
