"""What is wrong, and where: findings are data, never exceptions."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs, most severe first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """Position in order of weight: 0 is the most severe."""
        return tuple(Severity).index(self)


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file; line and column count from 1, `path` is relative to the root."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """A second place that a finding speaks of, with what is there."""

    at: Location
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, at one place in a file that a person wrote.

    `rule` is `category/name`; `remediation` an imperative sentence; `why` the reason
    that the rule exists; `subject` what the finding is about (a daemon, a key, a net); `doc`
    where the rule is explained, a path below the root or a link; `waivable` says whether a
    waiver may take the finding out; `movable` that the place is only the best example of many;
    `concerns` are the paths of all files that have a part in a sum.
    """

    rule: str
    message: str
    at: Location
    remediation: str
    severity: Severity = Severity.ERROR
    subject: str = ""
    why: str = ""
    related: tuple[Related, ...] = field(default=())
    doc: str = ""
    waivable: bool = False
    movable: bool = False
    concerns: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[str, int, int, int, str, str]:
        """The key by which findings are reported: place first, then weight, rule and text."""
        at = self.at
        return (at.path, at.line, at.column, self.severity.rank, self.rule, self.message)


def worst(findings: tuple[Finding, ...]) -> Severity | None:
    """Return the most severe severity among `findings`, or None without any."""
    return min((f.severity for f in findings), key=lambda s: s.rank, default=None)
