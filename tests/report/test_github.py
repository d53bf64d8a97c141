"""Workflow commands: read back as the runner of GitHub Actions reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given

from generator.finding import Location, Severity
from generator.report.github import MOST, report_github
from generator.report.verdict import Verdict
from generator.report.wording import visible
from tests.report.verdicts import NOTE, SMOKE, TAG, TWICE, finding, hostile_verdicts, verdict

NOWHERE = Path("/nonexistent")


@dataclass(frozen=True)
class Command:
    """A workflow command."""

    name: str
    properties: dict[str, str]
    text: str


def unescape(text: str, *, in_property: bool) -> str:
    """Return what the runner reads (ActionCommand.cs), the percent sign last."""
    codes = {"%0D": "\r", "%0A": "\n"}
    if in_property:
        codes |= {"%3A": ":", "%2C": ","}
    for code, char in codes.items():
        text = text.replace(code, char)
    return text.replace("%25", "%")


def commands(report: str) -> tuple[list[Command], list[str]]:
    """Return the commands of a log and its other lines, by the runner's rules."""
    found, others = [], []
    for line in re.split(r"\r\n|\n|\r", report.removesuffix("\n")):
        match = re.fullmatch(r"::([a-z-]+)(?: ([^:]*))?::(.*)", line)
        if match is None:
            others.append(line)
            continue
        pairs = [pair.partition("=") for pair in (match[2] or "").split(",") if pair]
        properties = {name: unescape(value, in_property=True) for name, _, value in pairs}
        found.append(Command(match[1], properties, unescape(match[3], in_property=False)))
    return found, others


def test_annotation_says_all_of_a_finding(sources: Path) -> None:
    [command], [last] = commands(report_github(verdict(TWICE), sources))
    assert command.name == "error"
    assert command.properties == {
        "file": SMOKE,
        "line": "4",
        "col": "26",
        "endColumn": "32",
        "title": "keys/unique",
    }
    assert command.text.splitlines() == [
        TWICE.message,
        "held by whale-1 of pickles-qa here: environments/testnets/pickles-qa.yaml:4:12",
        "why: Two daemons that produce blocks with one key fork the chain.",
        "fix: Give one of the daemons another key.",
    ]
    assert last.startswith("testnet check: 1 error; judged 2 nets")


def test_nothing_wrong_is_one_plain_line() -> None:
    found, [line] = commands(report_github(verdict(), NOWHERE))
    assert not found
    assert line.startswith("testnet check: nothing wrong; judged 2 nets, 9 daemons")


def test_most_severe_first_and_old_ones_are_notices() -> None:
    shown = verdict(NOTE, TAG, finding(), before=(TWICE,), waived=(TAG,))
    found, [line] = commands(report_github(shown, NOWHERE))
    assert [c.name for c in found] == ["error", "warning", "notice", "notice"]
    assert found[2].text.startswith("two thirds")
    assert found[3].text.startswith(f"found before this change: {TWICE.message}")
    assert "1 error, 1 warning, 1 note; 1 found before, 1 waived;" in line


@pytest.mark.parametrize(
    ("severity", "name"),
    [(Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.NOTE, "notice")],
)
def test_of_each_kind_ten(severity: Severity, name: str) -> None:
    many = [finding(line=n, severity=severity) for n in range(1, 31)]
    for count in (MOST - 1, MOST):
        found, _ = commands(report_github(verdict(*many[:count]), NOWHERE))
        assert len(found) == count
        assert all("file" in command.properties for command in found)
    found, _ = commands(report_github(verdict(*reversed(many)), NOWHERE))
    assert [c.name for c in found] == [name] * MOST
    assert [c.properties.get("line") for c in found[:-1]] == [str(n) for n in range(1, MOST)]
    assert found[-1].properties == {"title": "and 21 more"}
    assert found[-1].text.startswith("and 21 more")


def test_new_notes_come_before_old_errors() -> None:
    notes = [finding(line=n, severity=Severity.NOTE) for n in range(1, 6)]
    before = tuple(finding(line=n) for n in range(1, 30))
    found, _ = commands(report_github(verdict(*notes, before=before), NOWHERE))
    assert len(found) == MOST
    assert [c.text.startswith("found before") for c in found[:-1]] == [False] * 5 + [True] * 4
    assert found[-1].properties == {"title": "and 25 more"}


def test_place_without_a_file_has_a_column_to_end_with() -> None:
    at = Location("a,b:c%.yaml", 3, 7)
    [command], _ = commands(report_github(verdict(finding(at=at)), NOWHERE))
    assert command.properties["file"] == "a,b:c%.yaml"
    assert int(command.properties["endColumn"]) >= 7 or command.properties["endColumn"] == "7"


def test_escapes_are_those_of_the_toolkit() -> None:
    text = report_github(verdict(finding(rule="a,b:c%", message="100%: a,b")), NOWHERE)
    assert "title=a%2Cb%3Ac%25::100%25: a,b%0Afix: " in text


@given(hostile_verdicts())
def test_no_text_becomes_a_command(shown: Verdict) -> None:
    found, others = commands(report_github(shown, NOWHERE))
    assert len(others) == 1
    assert others[0].startswith("testnet check: ")
    assert len(found) == len(shown.findings) + len(shown.before)
    assert {c.name for c in found} <= {"error", "warning", "notice"}
    expected = sorted(visible(f.message) for f in (*shown.findings, *shown.before))
    prefix = "found before this change: "
    assert sorted(c.text.split("\n")[0].removeprefix(prefix) for c in found) == expected
    for command in found:
        assert set(command.properties) == {"file", "line", "col", "endColumn", "title"}
