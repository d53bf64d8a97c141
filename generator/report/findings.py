"""Findings as people read them: place, reason, source line, fix."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from generator.finding import Finding, Location, Severity

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold blue"}


def write_findings(findings: Sequence[Finding], console: Console, root: Path) -> None:
    """Write findings with the line of the file that each is about, then how many there are."""
    lines = _Lines(root)
    for finding in sorted(findings, key=lambda f: f.order):
        _write_finding(finding, console, lines)
    counts = [
        f"{count} {severity}{'s' if count > 1 else ''}"
        for severity in Severity
        if (count := sum(f.severity is severity for f in findings))
    ]
    console.print(Text(", ".join(counts), style="bold"))


def findings_json(findings: Sequence[Finding]) -> str:
    """Return findings as a JSON object with one list."""
    entries = [_entry(finding) for finding in sorted(findings, key=lambda f: f.order)]
    return json.dumps({"findings": entries}, indent=2, ensure_ascii=False)


def _entry(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": finding.message,
        "remediation": finding.remediation,
        "path": finding.at.path,
        "line": finding.at.line,
        "column": finding.at.column,
        "subject": finding.subject,
        "related": [
            {
                "path": related.at.path,
                "line": related.at.line,
                "column": related.at.column,
                "message": related.message,
            }
            for related in finding.related
        ],
    }


class _Lines:
    """Lines of the files that findings speak of, each file read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[str, list[str]] = {}

    def at(self, at: Location) -> str:
        if at.path not in self._files:
            try:
                text = (self._root / at.path).read_text("utf-8", errors="replace")
            except OSError:
                text = ""
            self._files[at.path] = text.splitlines()
        lines = self._files[at.path]
        return lines[at.line - 1] if at.line <= len(lines) else ""


def _write_finding(finding: Finding, console: Console, lines: _Lines) -> None:
    head = Text(f"{finding.severity}", style=_STYLES[finding.severity])
    head.append(f"[{finding.rule}]", style="bold").append(f": {finding.message}", style="bold")
    console.print(head, soft_wrap=True)
    _write_place(finding.at, console, lines, "^")
    for related in finding.related:
        console.print(Text(f"  = {related.message}:", style="dim"), soft_wrap=True)
        _write_place(related.at, console, lines, "-")
    if finding.why:
        console.print(Text(f"  why: {finding.why}"), soft_wrap=True)
    console.print(Text(f"  fix: {finding.remediation}", style="green"), soft_wrap=True)
    console.print()


def _write_place(at: Location, console: Console, lines: _Lines, mark: str) -> None:
    console.print(Text(f"  --> {at}", style="cyan"), soft_wrap=True)
    line = lines.at(at)
    if not line.strip():
        return
    number = str(at.line)
    margin = " " * len(number)
    # Long lines, such as of keys, are cut around the place.
    start = max(0, at.column - 60)
    shown, column = line[start : start + 100].rstrip(), at.column - start
    console.print(Text(f"  {number} | {shown}"), soft_wrap=True)
    console.print(Text(f"  {margin} | {' ' * (column - 1)}{mark}", style="bold"), soft_wrap=True)
