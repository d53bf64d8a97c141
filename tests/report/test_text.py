"""Text for people: the place, the line, the reason, the fix; and nothing a terminal obeys."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from rich.cells import cell_len
from rich.console import Console

from generator.finding import Finding, Location, Related, Severity
from generator.report.findings import SHOWN, write_findings, write_verdict
from generator.report.verdict import Verdict
from generator.report.wording import visible
from tests.report.verdicts import NOTE, SMOKE, TAG, TWICE, finding, hostile_verdicts, verdict


def text_of(shown: Verdict, root: Path, *, everything: bool = False, width: int = 0) -> str:
    """Return a report as a file gets it, or with a width as a terminal without colours does."""
    stream = io.StringIO()
    console = Console(
        file=stream,
        highlight=False,
        force_terminal=bool(width),
        width=width or None,
        color_system=None,
    )
    write_verdict(shown, console, root, everything=everything)
    return stream.getvalue()


WAIVED = replace(
    TAG, related=(Related(at=Location(SMOKE, 9, 1), message="waived until 2026-12-31"),)
)
REPORT = f"""\
warning[images/pinned]: image of "whale-1" has no digest
  --> {SMOKE}:1:7
  1 | name: smoke
    |       ^^^^^
  why: A tag can be moved.
  fix: Add the digest.
  doc: https://example.org/images/pinned
  waive: add {{rule: images/pinned, subject: "whale-1", reason, owner, expires}} to `waivers`

error[keys/unique]: key "qa-001" of whale-1 is also held by whale-1 of pickles-qa
  --> {SMOKE}:4:26
  4 |   - {{name: whale, keys: [qa-001, qa-031], stake: "1000000"}}
    |                          ^^^^^^
  = held by whale-1 of pickles-qa here:
  --> environments/testnets/pickles-qa.yaml:4:12
  4 |     keys: [qa-001..qa-006]
    |            --------------
  why: Two daemons that produce blocks with one key fork the chain.
  fix: Give one of the daemons another key.
  doc: policies/keys/unique

error[keys/unknown]: key "qa-031" is in no pool
  --> {SMOKE}:4:34
  4 |   - {{name: whale, keys: [qa-001, qa-031], stake: "1000000"}}
    |                                  ^^^^^^
  fix: Register it.

found before this change, not counted:
  {SMOKE}:2:8: note[regions/stake]: two thirds

waived:
  {SMOKE}:1:7: warning[images/pinned]: image of "whale-1" has no digest; \
waived until 2026-12-31

2 errors, 1 warning; 1 found before, 1 waived; judged 2 nets, 9 daemons, 1 cluster, 2 rules in 1.2 s
valid until 2026-12-04T12:00:00Z: time alone changes it then
"""


def test_report_as_a_file_gets_it(sources: Path) -> None:
    until = "2026-12-04T12:00:00Z"
    shown = verdict(
        finding(), TWICE, TAG, before=(NOTE,), waived=(WAIVED,), valid_until=until, seconds=1.21
    )
    assert text_of(shown, sources) == REPORT


def test_nothing_wrong_is_one_line(sources: Path) -> None:
    expected = "nothing wrong; judged 2 nets, 9 daemons, 1 cluster, 2 rules in 0.04 s\n"
    assert text_of(verdict(seconds=0.04), sources) == expected


def test_rule_explains_itself_once(sources: Path) -> None:
    text = text_of(verdict(TWICE, TWICE, TAG, TAG), sources)
    for part in ("why: Two", "why: A tag", "doc: policies", "waive: add"):
        assert text.count(part) == 1
    assert text.count("fix: ") == 4


def test_many_of_a_kind_are_folded(sources: Path) -> None:
    same = [finding(line=line) for line in range(1, 31)]
    elsewhere = finding(at=Location("environments/testnets/a.yaml", 1, 1))
    shown = verdict(*same, elsewhere, TWICE)
    text = text_of(shown, sources)
    assert text.count("error[keys/unknown]: key") == SHOWN + 1
    assert f"error[keys/unknown]: and 25 more like this in {SMOKE} (--all shows them)\n" in text
    assert text.endswith("32 errors; " + text.rpartition("32 errors; ")[2])
    everything = text_of(shown, sources, everything=True)
    assert everything.count("error[keys/unknown]: key") == 31
    assert "more like this" not in everything


def test_as_many_as_are_shown_are_not_folded(sources: Path) -> None:
    text = text_of(verdict(*[finding(line=line) for line in range(1, SHOWN + 1)]), sources)
    assert text.count("error[keys/unknown]: key") == SHOWN
    assert "more like" not in text


def test_found_before_is_folded_too(sources: Path) -> None:
    before = tuple(finding(line=line) for line in range(1, 31))
    text = text_of(verdict(before=before), sources)
    assert "  and 25 more like these (--all shows them)\n" in text
    assert text.count(f"  {SMOKE}:") == SHOWN
    assert text_of(verdict(before=before), sources, everything=True).count(f"  {SMOKE}:") == 30


def test_findings_alone_are_counted(sources: Path) -> None:
    stream = io.StringIO()
    many = [finding(line=line) for line in range(1, 12)]
    write_findings([*many, TAG], Console(file=stream), sources)
    assert stream.getvalue().endswith("\n11 errors, 1 warning\n")
    assert stream.getvalue().count("error[keys/unknown]") == 11


def test_colour_only_where_it_is_wanted(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def coloured() -> bool:
        stream = io.StringIO()
        console = Console(file=stream, force_terminal=True, color_system="standard")
        write_findings([TWICE], console, sources)
        return "\x1b[36m" in stream.getvalue() or "31m" in stream.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert coloured()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured()


def test_terminal_gets_wrapped_text_and_cut_lines(sources: Path) -> None:
    long = "word " * 40
    text = text_of(verdict(finding(why=long, column=3)), sources, width=60)
    assert "\n       word" in text
    shown = [line for line in text.splitlines() if "word" in line or "| " in line]
    assert all(cell_len(line) <= 60 for line in shown)


@given(hostile_verdicts())
def test_no_control_character_reaches_the_terminal(shown: Verdict) -> None:
    for width in (0, 60):
        text = text_of(shown, Path("/nonexistent"), width=width)
        assert all(char.isprintable() or char == "\n" for char in text)
        assert visible(text.replace("\n", "")) == text.replace("\n", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("\u202e", "\\u202e"),
        ("\U000e0041", "\\U000e0041"),
        ("\n", "\\n"),
    ],
)
def test_escapes_are_readable(text: str, shown: str) -> None:
    assert visible(text) == shown


class TestExcerpt:
    """The line of a place, and what is underlined in it."""

    @staticmethod
    def lines(
        root: Path, line: str, column: int, *, width: int = 0, path: str = SMOKE
    ) -> list[str]:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(line.encode("utf-8", "surrogatepass"))
        text = text_of(verdict(finding(at=Location(path, 1, column))), root, width=width)
        return [row.removeprefix("  1 | ").removeprefix("    | ") for row in text.splitlines()[2:4]]

    @pytest.mark.parametrize(
        ("line", "underlined"),
        [
            ("a: @qa-001..qa-006", "qa-001..qa-006"),
            ("a: @two words # comment", "two words"),
            ('a: @"a \\" # b" # comment', '"a \\" # b"'),
            ("a: @'it''s' # comment", "'it''s'"),
            ("@key: value", "key"),
            ("image: @gcr.io/x:1.0", "gcr.io/x:1.0"),
            ("a: [b, @c d, e]", "c d"),
            ("a: {b: @c}", "c"),
            ('a: ["[", @c, d]', "c"),
            ("a: @{b: [c, '}'], d: e} # f", "{b: [c, '}'], d: e}"),
            ("a: @[b,", "["),
            ("@- b", "-"),
            ("a: @-5", "-5"),
            ("a: @'open", "'"),
            ("a:\t@b", "b"),
            ("日本: @語 x", "語 x"),
        ],
    )
    def test_whole_token_is_underlined(self, tmp_path: Path, line: str, underlined: str) -> None:
        before, _, after = line.partition("@")
        shown, mark = self.lines(tmp_path, before + after, len(before) + 1)
        assert mark.count("^") == cell_len(underlined)
        assert mark.index("^") == cell_len(before.expandtabs(4))
        assert shown == (before + after).expandtabs(4)

    def test_script_has_words(self, tmp_path: Path) -> None:
        _, mark = self.lines(tmp_path, "exec mina, x", 6, path="start.sh")
        assert mark == "     ^^^^^"

    def test_place_behind_the_line_is_its_end(self, tmp_path: Path) -> None:
        assert self.lines(tmp_path, "name:", 99) == ["name:", "     ^"]

    def test_blank_or_missing_line_is_not_shown(self, tmp_path: Path) -> None:
        assert self.lines(tmp_path, "  \nx", 1)[0] == "  fix: Register it."
        text = text_of(verdict(finding(line=9)), tmp_path)
        assert f"{SMOKE}:9:34\n  fix:" in text

    def test_wide_characters_move_the_mark(self, tmp_path: Path) -> None:
        shown, mark = self.lines(tmp_path, "日本語: x", 6)
        assert (shown, mark) == ("日本語: x", "        ^")

    def test_characters_that_are_escaped_move_the_mark(self, tmp_path: Path) -> None:
        shown, mark = self.lines(tmp_path, "a\x1b[31m: x", 9)
        assert (shown, mark) == ("a\\x1b[31m: x", " " * 11 + "^")

    @pytest.mark.parametrize("width", [40, 60, 120])
    @pytest.mark.parametrize("char", ["x", "日"])
    @pytest.mark.parametrize("column", [1, 30, 500, 1000])
    def test_long_line_is_cut_around_the_place(
        self, tmp_path: Path, width: int, char: str, column: int
    ) -> None:
        line = char * (column - 1) + "@" + char * (1000 - column)
        line = line.replace("@", " Z ")
        shown, mark = self.lines(tmp_path, line, column + 1, width=width)
        assert cell_len(f"  1 | {shown}") <= width
        before, found, _ = shown.partition("Z")
        assert found
        assert mark.index("^") == cell_len(before)
        assert "…" in shown

    def test_hostile_line_takes_no_time(self, tmp_path: Path) -> None:
        for line in ("[" * 4_000_000, "a: " * 1_000_000, " " * 4_000_000 + "x", "'" * 4_000_000):
            self.lines(tmp_path, line, 2_000_000)

    def test_what_is_no_file_is_not_read(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        pipe = os.open(tmp_path / "pipe", os.O_RDWR)
        os.write(pipe, b"never ends\n")
        (tmp_path / "link").symlink_to("/etc/hostname")
        for path in ("pipe", "link", "absent", "nul\0"):
            text = text_of(verdict(finding(at=Location(path, 1, 1))), tmp_path)
            assert "\n  1 | " not in text
        os.close(pipe)


def test_order_is_by_place(sources: Path) -> None:
    found: list[Finding] = [finding(line=3), NOTE, TWICE, finding(line=1, severity=Severity.NOTE)]
    text = text_of(verdict(*found), sources)
    places = [line for line in text.splitlines() if line.startswith(f"  --> {SMOKE}")]
    assert places == sorted(places)
    assert len(places) == 4
