"""Findings as people read them: place, source line, reason, fix.

They are ordered by place, so that all of one file stand together and a person mends it from top
to bottom; how severe one is, is its first word, and how many there are, the last line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from generator.finding import Finding, Location, Severity
from generator.report.excerpt import SourceLines, excerpt
from generator.report.verdict import Verdict, in_order
from generator.report.wording import place_text, result_text, summary_line, visible

# Of one rule in one file, so that 30 of a kind do not hide the others.
SHOWN = 5

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold blue"}
_WIDTH = 120  # of source lines and text where nobody looks
_NARROW = 40


def write_findings(findings: Sequence[Finding], console: Console, root: Path) -> None:
    """Write findings with the line of the file that each is about, then how many there are."""
    writer = _Writer(console, root)
    writer.write(findings, shown=len(findings))
    console.print(Text(result_text(findings), style="bold"))


def write_verdict(
    verdict: Verdict, console: Console, root: Path, *, everything: bool = False
) -> None:
    """Write what a check found, then in one line how much, and what was judged.

    `everything` also shows findings that are like many others of their file.
    """
    shown = len(verdict.findings) + len(verdict.before) if everything else SHOWN
    writer = _Writer(console, root)
    writer.write(verdict.findings, shown=shown)
    writer.list("found before this change, not counted", verdict.before, shown)
    writer.list("waived", verdict.waived, len(verdict.waived), waived=True)
    line = Text(summary_line(verdict), style="bold" if verdict.findings else "bold green")
    console.print(line, soft_wrap=True)
    if verdict.valid_until:
        until = f"valid until {visible(verdict.valid_until)}: time alone changes it then"
        console.print(Text(until, style="dim"), soft_wrap=True)


class _Writer:
    """Writes findings to one console; what a rule says of itself, once."""

    def __init__(self, console: Console, root: Path) -> None:
        self._console = console
        self._lines = SourceLines(root)
        self._explained: set[tuple[str, str]] = set()
        width = console.width if console.is_terminal else _WIDTH
        self._width = max(width, _NARROW)

    def write(self, findings: Iterable[Finding], *, shown: int) -> None:
        """Write findings, of one rule in one file only the first `shown`."""
        entries = in_order(findings)
        totals = Counter(_kind(finding) for finding in entries)
        written: Counter[tuple[str, str]] = Counter()
        for finding in entries:
            kind = _kind(finding)
            written[kind] += 1
            if written[kind] <= shown:
                self._write_finding(finding)
            elif written[kind] == totals[kind]:
                self._write_rest(finding, totals[kind] - shown)

    def list(
        self, title: str, findings: Sequence[Finding], shown: int, *, waived: bool = False
    ) -> None:
        """Write findings that do not count with a line each, the first `shown` of a kind."""
        if not findings:
            return
        self._line(Text(f"{title}:", style="bold"))
        entries = in_order(findings)
        totals = Counter(_kind(finding) for finding in entries)
        written: Counter[tuple[str, str]] = Counter()
        for finding in entries:
            written[_kind(finding)] += 1
            if written[_kind(finding)] <= shown:
                head = f"{finding.severity}[{visible(finding.rule)}]"
                text = f"  {place_text(finding)}: {head}: {visible(finding.message)}"
                if waived and finding.related:
                    text += f"; {visible(finding.related[-1].message)}"
                self._line(Text(text, style="dim"))
        hidden = sum(max(0, count - shown) for count in totals.values())
        if hidden:
            self._line(Text(f"  and {hidden} more like these (--all shows them)", style="dim"))
        self._console.print()

    def _write_finding(self, finding: Finding) -> None:
        head = Text(f"{finding.severity}", style=_STYLES[finding.severity])
        head.append(f"[{visible(finding.rule)}]", style="bold")
        self._line(head.append(f": {visible(finding.message)}", style="bold"))
        self._write_place(finding.at, "^", _STYLES[finding.severity])
        for related in finding.related:
            self._line(Text(f"  = {visible(related.message)}:", style="dim"))
            self._write_place(related.at, "-", "bold")
        self._explain(finding)
        self._console.print()

    def _write_rest(self, finding: Finding, count: int) -> None:
        text = f"and {count} more like this in {visible(finding.at.path)} (--all shows them)"
        head = Text(f"{finding.severity}", style=_STYLES[finding.severity])
        head.append(f"[{visible(finding.rule)}]", style="bold").append(f": {text}")
        self._line(head)
        self._console.print()

    def _explain(self, finding: Finding) -> None:
        """Write why and how to mend it; the why of a rule only where it was not yet told."""
        told = (finding.rule, finding.why)
        first = told not in self._explained
        self._explained.add(told)
        if finding.why and first:
            self._paragraph("why", finding.why, "")
        self._paragraph("fix", finding.remediation, "green")
        if finding.doc and first:
            self._paragraph("doc", finding.doc, "")
        if finding.waivable and finding.subject and first:
            self._paragraph("waive", _waiver(finding), "dim")

    def _paragraph(self, name: str, text: str, style: str) -> None:
        """Write a labelled text, on a terminal wrapped beside its label."""
        label = f"  {name}: "
        body = Text(visible(text))
        if self._console.is_terminal:
            rows = body.wrap(self._console, max(self._width - len(label), _NARROW // 2))
        else:
            rows = body.split("\n")
        for number, row in enumerate(rows):
            row.rstrip()
            margin = " " * len(label) if number else label
            self._line(Text(margin, style=style).append_text(row))

    def _write_place(self, at: Location, mark: str, style: str) -> None:
        self._line(Text(f"  --> {visible(str(at))}", style="cyan"))
        number = str(at.line)
        shown = excerpt(self._lines, at, self._width - len(number) - len("   | "))
        if shown is None:
            return
        self._line(Text(f"  {number} | ", style="blue").append(shown.text, style="default"))
        line = Text(f"  {' ' * len(number)} | ", style="blue").append(" " * shown.before)
        self._line(line.append(mark * shown.width, style=style))

    def _line(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)


def _kind(finding: Finding) -> tuple[str, str]:
    """Return what findings have in common that are like one another: the rule and the file."""
    return (finding.rule, finding.at.path)


def _waiver(finding: Finding) -> str:
    return (
        f'add {{rule: {finding.rule}, subject: "{finding.subject}", reason, owner, expires}}'
        " to `waivers`"
    )
