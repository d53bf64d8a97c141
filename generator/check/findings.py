"""Findings of all sources in one list: merged, explained, chosen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from generator.finding import Finding
from generator.rule import Rule


def merge(judged: Sequence[Finding], planned: Sequence[Finding]) -> list[Finding]:
    """Return what policies judged and what planning found, the same thing once.

    Planning refuses some of what policies judge too, since it cannot go on with it. No waiver
    helps there, and planning knows more of what to do.
    """
    refused: dict[object, list[Finding]] = {}
    for finding in planned:
        *own_signs, place = _signs(finding)
        for sign in own_signs:
            refused.setdefault(sign, []).append(finding)
        refused.setdefault(place, [finding])  # no other one is left out for it
    told: set[int] = set()
    merged: list[Finding] = []
    for finding in judged:
        twins = next((refused[sign] for sign in _signs(finding) if sign in refused), ())
        if twins:
            told.update(map(id, twins))
            finding = replace(  # noqa: PLW2901 - the same finding, told better
                finding, remediation=twins[0].remediation, waivable=False
            )
        merged.append(finding)
    return [*merged, *(finding for finding in planned if id(finding) not in told)]


def _signs(finding: Finding) -> tuple[tuple[object, ...], ...]:
    """Return by what the twin of a finding is known, the surest sign first.

    A range of keys is one place with many of them. Policies put the net before the name of a key,
    and may take another of its holders for the first; planning says of many keys that they are
    unknown at the first one.
    """
    rule, at, subject = finding.rule, finding.at, finding.subject
    return ((rule, at, subject.rpartition("/")[2]), (rule, subject), (rule, at))


def own(
    findings: Iterable[Finding], rules: Mapping[str, Rule], nets: Collection[str]
) -> list[Finding]:
    """Leave out what is about a net itself that stands among the facts only to be compared with.

    `nets` are the files of those that are judged.
    """
    compared = {"genesis/identity"}
    return [
        finding
        for finding in findings
        if not _is_about_net(rules[finding.rule])
        or finding.rule in compared
        or finding.at.path in nets
    ]


def _is_about_net(rule: Rule) -> bool:
    return rule.subjects is not None and rule.subjects.table == "nets"


def explain(findings: Iterable[Finding], rules: Mapping[str, Rule]) -> list[Finding]:
    """Return findings with the reason and the page of their rule, where they lack them."""
    explained = []
    for finding in findings:
        rule = rules.get(finding.rule)
        if rule is not None and not (finding.why and finding.doc):
            finding = replace(  # noqa: PLW2901 - the same finding, told better
                finding, why=finding.why or rule.why, doc=finding.doc or rule.doc
            )
        explained.append(finding)
    return explained


def touching(findings: Iterable[Finding], paths: Sequence[str]) -> list[Finding]:
    """Return the findings at, related to or concerning files or directories; all for none."""
    if not paths:
        return list(findings)

    def inside(path: str) -> bool:
        return any(path == chosen or path.startswith(f"{chosen}/") for chosen in paths)

    return [
        finding
        for finding in findings
        if inside(finding.at.path)
        or any(inside(r.at.path) for r in finding.related)
        or any(map(inside, finding.concerns))
    ]
