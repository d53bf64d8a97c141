"""The sentences that reports share, and text of others made safe to show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from generator.finding import Finding, Severity
from generator.report.verdict import Verdict

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BYTE, _SHORT = 0xFF, 0xFFFF
_PRECISE = 0.1


def visible(text: str) -> str:
    """Return `text` with every character that is no sign on paper written as its escape.

    These are control characters, line breaks, text that shows reversed or not at all, and
    spaces that look like others.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    code = ord(char)
    if char in _NAMED:
        return _NAMED[char]
    if code <= _BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _SHORT else f"\\U{code:08x}"


def counted(count: int, thing: str) -> str:
    """Return a count with its thing, such as `2 errors`."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def severity_counts(findings: Iterable[Finding]) -> dict[Severity, int]:
    """Return how many findings have each severity, the most severe first."""
    counts = dict.fromkeys(Severity, 0)
    for finding in findings:
        counts[finding.severity] += 1
    return counts


def result_text(findings: Iterable[Finding]) -> str:
    """Return how many findings there are, such as `2 errors, 1 warning`."""
    counts = severity_counts(findings)
    return ", ".join(counted(count, severity) for severity, count in counts.items() if count)


def beside_text(verdict: Verdict) -> str:
    """Return how many findings do not count, such as `3 found before, 1 waived`, or nothing."""
    parts = ((len(verdict.before), "found before"), (len(verdict.waived), "waived"))
    return ", ".join(f"{count} {words}" for count, words in parts if count)


def judged_text(verdict: Verdict) -> str:
    """Return what was judged, such as `judged 220 daemons, 51 overlays, 47 rules`."""
    parts = [*_things(verdict.summary), counted(len(verdict.judged), "rule")]
    return f"judged {', '.join(parts)}"


def _things(summary: Mapping[str, int]) -> Iterable[str]:
    """Yield counts of things; their names are plural words."""
    for name, count in summary.items():
        shown = visible(name)
        yield f"{count} {shown.removesuffix('s') if count == 1 else shown}"


def duration_text(seconds: float) -> str:
    """Return a duration with the digits that a person looks at."""
    return f"{seconds:.1f} s" if seconds >= _PRECISE else f"{seconds:.2f} s"


def summary_line(verdict: Verdict) -> str:
    """Return the verdict in one line: what was found, what does not count, what was judged."""
    parts = [
        result_text(verdict.findings) or "nothing wrong",
        beside_text(verdict),
        f"{judged_text(verdict)} in {duration_text(verdict.seconds)}",
    ]
    return "; ".join(part for part in parts if part)


def place_text(finding: Finding) -> str:
    """Return the place of a finding, safe to show."""
    return visible(str(finding.at))
