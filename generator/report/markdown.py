"""Findings for a comment on a pull request or the summary of a job."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from generator.finding import Finding, Severity
from generator.report.verdict import Verdict, by_weight
from generator.report.wording import (
    beside_text,
    counted,
    judged_text,
    place_text,
    result_text,
    visible,
)

# Of a comment, in characters; counted in bytes, which are never fewer.
LIMIT = 65_536

_SPECIAL = re.compile(r"[&<>|`*_\[\]~\\$]|[@#]|(?<=:)/(?=/)|(?<=www)\.")
_CALLS = {"@": "@&#8203;", "#": "#&#8203;"}
_FINDINGS = ("severity", "rule", "place", "message", "fix")
_LEFT_OUT = 60  # more than the sentence about it has


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """A table with a title; all but the first are folded."""

    title: str
    columns: Sequence[str]
    thing: str
    folded: bool = True
    rows: list[str] = field(default_factory=list)


def report_markdown(verdict: Verdict, limit: int = LIMIT) -> str:
    """Return a verdict as Markdown of at most `limit` characters.

    What does not fit is left out from the end, the least severe first, and its number told.
    """
    sections = [section for section in _sections(verdict) if section.rows]
    head = "".join(_head(verdict))
    frames = [_size(_frame(section, [""])) + _LEFT_OUT for section in sections]
    # The titles say how many there are, so they go last, and from the end on as well.
    while sections and _size(head) + sum(frames) > limit:
        sections.pop()
        frames.pop()
    room = limit - _size(head) - sum(frames)
    text = [head]
    for section in sections:
        shown = _fitting(section.rows, room)
        room -= sum(map(_size, shown))
        if len(shown) < len(section.rows):
            room = 0
        text.append(_frame(section, shown))
    return _cut("".join(text), limit)


def _head(verdict: Verdict) -> Iterator[str]:
    """Yield the verdict and the counts."""
    yield f"## testnet check: {result_text(verdict.findings) or 'nothing wrong'}\n\n"
    beside = beside_text(verdict)
    yield _escape("; ".join(part for part in (beside, judged_text(verdict)) if part)) + ".\n"
    if verdict.valid_until:
        until = _escape(verdict.valid_until)
        yield f"Valid until {until}: time alone changes the verdict then.\n"


def _sections(verdict: Verdict) -> Iterator[_Section]:
    """Yield tables, the most important first."""
    findings = by_weight(verdict.findings)
    counting = [f for f in findings if f.severity is not Severity.NOTE]
    notes = [f for f in findings if f.severity is Severity.NOTE]
    yield _findings("", counting, "finding", folded=False)
    yield _findings(counted(len(notes), "note"), notes, "note")
    before = by_weight(verdict.before)
    yield _findings(f"{len(before)} found before this change, not counted", before, "finding")
    waived = by_weight(verdict.waived)
    yield _findings(f"{len(waived)} waived", waived, "finding", last=_waiver)
    judged = [_row(name, str(count)) for name, count in sorted(verdict.judged.items())]
    title = f"What {counted(len(judged), 'rule')} judged"
    yield _Section(title=title, columns=("rule", "subjects"), thing="rule", rows=judged)


def _fix(finding: Finding) -> str:
    return finding.remediation


def _waiver(finding: Finding) -> str:
    """Return what the waiver says: the last related place of a finding that is waived."""
    return finding.related[-1].message if finding.related else ""


def _findings(
    title: str,
    findings: Sequence[Finding],
    thing: str,
    *,
    folded: bool = True,
    last: Callable[[Finding], str] = _fix,
) -> _Section:
    columns = _FINDINGS if last is _fix else (*_FINDINGS[:-1], "waiver")
    rows = [_row(f.severity, f.rule, place_text(f), _message(f, last), last(f)) for f in findings]
    return _Section(title=title, columns=columns, thing=thing, folded=folded, rows=rows)


def _message(finding: Finding, last: Callable[[Finding], str]) -> str:
    """Return the message with the related places, but for the one that has its own column."""
    related = finding.related if last is _fix else finding.related[:-1]
    return "; ".join([finding.message, *(f"{r.message} ({r.at})" for r in related)])


def _row(*cells: str) -> str:
    return f"| {' | '.join(_escape(cell) for cell in cells)} |\n"


def _frame(section: _Section, shown: Sequence[str]) -> str:
    """Return a section with these of its rows, and how many of them are left out."""
    table = ""
    if shown:
        table = _row(*section.columns) + "|" + " --- |" * len(section.columns) + "\n"
        table += "".join(shown)
    hidden = len(section.rows) - len(shown)
    note = f"\nand {counted(hidden, f'more {section.thing}')}, left out here\n" if hidden else ""
    if not section.folded:
        return f"\n{table}{note}"
    title = _escape(section.title)
    return f"\n<details><summary>{title}</summary>\n\n{table}{note}\n</details>\n"


def _fitting(rows: Sequence[str], room: int) -> list[str]:
    """Return rows from the first on, as many as there is room for."""
    fitting: list[str] = []
    for row in rows:
        room -= _size(row)
        if room < 0:
            break
        fitting.append(row)
    return fitting


def _escape(text: str) -> str:
    """Return text that Markdown, HTML and GitHub take as nothing but text, on one line.

    An empty mark behind `@` and `#` keeps names from being called and numbers from being linked.
    """
    return _SPECIAL.sub(lambda match: _CALLS.get(match[0], f"&#{ord(match[0])};"), visible(text))


def _size(text: str) -> int:
    return len(text.encode())


def _cut(text: str, limit: int) -> str:
    """Return a text of at most `limit` bytes: only the smallest limits have it cut."""
    return text.encode()[: max(limit, 0)].decode(errors="ignore")
