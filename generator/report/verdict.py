"""What a check found: the one input of every report."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from generator.finding import Finding
from generator.rule import Rule

# What changes while the mistake stays the same: lines above it, and sums that it is part of.
# Numbers that stand alone: those in a name tell one thing from another.
_MOVING = re.compile(r"(?<=[\w/])(?::[0-9]+){1,2}\b|(?<![\w./-])[0-9]+(?:[.,][0-9]+)*(?![\w/-])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The findings of one check, and what was judged.

    `findings` count. `before` were found already in the base revision: shown as notes, never
    counted. `waived` were taken out by a waiver, which is the last related place of each.
    `judged` is how many subjects each rule judged, `rules` the text of every rule that is known,
    `summary` how many nets, daemons, clusters and so on there are, in the order to show them.
    `valid_until` is the time (RFC 3339) from which the same files may get another verdict, empty
    without one. `seconds` is for people alone: what programs read is the same in every run.
    """

    findings: tuple[Finding, ...]
    before: tuple[Finding, ...] = ()
    waived: tuple[Finding, ...] = ()
    judged: Mapping[str, int] = field(default_factory=dict, hash=False)
    rules: Mapping[str, Rule] = field(default_factory=dict, hash=False)
    summary: Mapping[str, int] = field(default_factory=dict, hash=False)
    seconds: float = 0.0
    valid_until: str = ""


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings by place: a person mends a file from top to bottom."""
    return sorted(findings, key=lambda finding: finding.order)


def by_weight(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with the most severe first, for reports that have room for some only."""
    return sorted(findings, key=lambda finding: (finding.severity.rank, finding.order))


def fingerprints(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield for each finding a name that stays when lines above it are added or removed.

    Of findings that say the same in one file, each after the first gets a number.
    """
    seen: Counter[str] = Counter()
    for finding in findings:
        message = _MOVING.sub("", finding.message)
        path = "" if finding.movable else finding.at.path
        parts = (finding.rule, path, finding.subject, message)
        text = "\0".join(parts).encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(text).hexdigest()[:32]
        seen[digest] += 1
        yield digest if seen[digest] == 1 else f"{digest}:{seen[digest]}"
