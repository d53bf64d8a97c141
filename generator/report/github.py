"""Findings as annotations of a pull request: workflow commands that GitHub Actions reads."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from generator.finding import Finding, Severity
from generator.report.excerpt import SourceLines
from generator.report.verdict import Verdict, by_weight
from generator.report.wording import summary_line, visible

# GitHub shows this many of each kind for a step, and drops the others without a word.
MOST = 10

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def report_github(verdict: Verdict, root: Path) -> str:
    """Return the annotations of a verdict, then the verdict in a line."""
    # No line of it is a command: the text of others in it is on one line, behind words of ours.
    return f"{annotate(verdict, root)}testnet check: {summary_line(verdict)}\n"


def annotate(verdict: Verdict, root: Path) -> str:
    """Return workflow commands, a line each, the most severe and the new first.

    What was found before is a notice: it must not look like a reason to refuse the change.
    """
    lines = SourceLines(root)
    rows: list[str] = []
    for severity, command in _COMMANDS.items():
        found = [(f, "") for f in by_weight(verdict.findings) if f.severity is severity]
        if severity is Severity.NOTE:
            found += [(f, "found before this change: ") for f in by_weight(verdict.before)]
        shown = found if len(found) <= MOST else found[: MOST - 1]
        rows.extend(_annotation(command, f, prefix, lines) for f, prefix in shown)
        if len(shown) < len(found):
            rows.append(_more(command, len(found) - len(shown)))
    return "".join(f"{row}\n" for row in rows)


def _annotation(command: str, finding: Finding, prefix: str, lines: SourceLines) -> str:
    properties = {
        "file": finding.at.path,
        "line": str(finding.at.line),
        "col": str(finding.at.column),
        "endColumn": str(max(lines.end_column(finding.at), finding.at.column)),
        "title": finding.rule,
    }
    words = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{command} {words}::{_data(_text(finding, prefix))}"


def _more(command: str, count: int) -> str:
    title = _property(f"and {count} more")
    text = f"and {count} more of this kind; the summary and the log of the step list them"
    return f"::{command} title={title}::{_data(text)}"


def _text(finding: Finding, prefix: str) -> Iterable[str]:
    """Yield the lines of an annotation."""
    yield prefix + finding.message
    yield from (f"{related.message}: {related.at}" for related in finding.related)
    if finding.why:
        yield f"why: {finding.why}"
    yield f"fix: {finding.remediation}"


def _data(rows: Iterable[str] | str) -> str:
    """Return the text of a command, escaped as actions/toolkit does it."""
    text = rows if isinstance(rows, str) else "\n".join(visible(row) for row in rows)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    """Return a property of a command, escaped as actions/toolkit does it."""
    return _data(visible(value)).replace(":", "%3A").replace(",", "%2C")
