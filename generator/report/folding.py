"""One mistake in the overlays library as one finding, however many daemons have it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from generator.finding import Finding
from generator.report.verdict import Verdict

LIBRARY = "overlays/"


def folded(verdict: Verdict) -> Verdict:
    """Return a verdict for people: findings of a rule at one line of the library are one."""
    return replace(
        verdict,
        findings=tuple(_fold(verdict.findings)),
        before=tuple(_fold(verdict.before)),
    )


def _fold(findings: Iterable[Finding]) -> list[Finding]:
    first: dict[tuple[object, ...], Finding] = {}
    counts: dict[tuple[object, ...], int] = {}
    for number, finding in enumerate(findings):
        in_library = finding.at.path.startswith(LIBRARY)
        key = (finding.rule, finding.at, finding.severity) if in_library else (number,)
        first.setdefault(key, finding)
        counts[key] = counts.get(key, 0) + 1
    return [
        replace(finding, message=f"{finding.message}, and {counts[key] - 1} more like this")
        if counts[key] > 1
        else finding
        for key, finding in first.items()
    ]
