"""Findings about the policies themselves, which are input like any other."""

from __future__ import annotations

from generator.finding import Finding, Location

_WHY = "A rule that is not read as it was meant finds nothing, and nobody would notice."


def misread(message: str, at: Location, remediation: str, subject: str = "") -> Finding:
    """Return the finding for metadata or settings that cannot mean what their author meant."""
    return Finding(
        rule="policies/metadata",
        message=message,
        at=at,
        remediation=remediation,
        subject=subject,
        why=_WHY,
    )


def misplaced(message: str, at: Location, remediation: str) -> Finding:
    """Return the finding for a file that would not be read as a rule."""
    return Finding(rule="policies/file", message=message, at=at, remediation=remediation, why=_WHY)
