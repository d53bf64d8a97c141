"""Markdown for pull requests: read back by a parser, within the limit of a comment."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from generator.finding import Finding, Location, Related, Severity
from generator.report.markdown import LIMIT, report_markdown
from generator.report.verdict import Verdict
from generator.report.wording import visible
from tests.report.verdicts import (
    NOTE,
    PICKLES,
    SMOKE,
    TAG,
    TWICE,
    finding,
    hostile_verdicts,
    verdict,
)

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
DETAILS = re.compile(r"<details><summary>[^<>]*</summary>\n|</details>\n?")

REPORT = f"""\
## testnet check: 1 error, 1 warning, 1 note

1 found before, 1 waived; judged 2 nets, 9 daemons, 1 cluster, 2 rules.
Valid until 2026-12-04T12:00:00Z: time alone changes the verdict then.

| severity | rule | place | message | fix |
| --- | --- | --- | --- | --- |
| error | keys/unique | {SMOKE}:4:26 | key "qa-001" of whale-1 is also held by \
whale-1 of pickles-qa; held by whale-1 of pickles-qa here ({PICKLES}:4:12) | \
Give one of the daemons another key. |
| warning | images/pinned | {SMOKE}:1:7 | image of "whale-1" has no digest | Add the digest. |

<details><summary>1 note</summary>

| severity | rule | place | message | fix |
| --- | --- | --- | --- | --- |
| note | regions/stake | {SMOKE}:2:8 | two thirds | Register it. |

</details>

<details><summary>1 found before this change, not counted</summary>

| severity | rule | place | message | fix |
| --- | --- | --- | --- | --- |
| error | keys/unknown | {SMOKE}:4:34 | key "qa-031" is in no pool | Register it. |

</details>

<details><summary>1 waived</summary>

| severity | rule | place | message | waiver |
| --- | --- | --- | --- | --- |
| error | keys/unknown | {SMOKE}:4:34 | key "qa-031" is in no pool | until 2026-12-31: tried out |

</details>

<details><summary>What 2 rules judged</summary>

| rule | subjects |
| --- | --- |
| images/pinned | 51 |
| keys/unique | 220 |

</details>
"""


def waived() -> Finding:
    """Return a finding that a waiver takes out."""
    waiver = Related(at=Location(SMOKE, 9, 1), message="until 2026-12-31: tried out")
    return finding(related=(waiver,))


def test_report_of_everything() -> None:
    shown = verdict(
        NOTE,
        TAG,
        TWICE,
        before=(finding(),),
        waived=(waived(),),
        valid_until="2026-12-04T12:00:00Z",
    )
    assert report_markdown(shown) == REPORT


def test_nothing_wrong_is_short() -> None:
    text = report_markdown(verdict(judged={}))
    assert text == (
        "## testnet check: nothing wrong\n\njudged 2 nets, 9 daemons, 1 cluster, 0 rules.\n"
    )


def cells(text: str) -> list[list[str]]:
    """Return the cells of all tables; a cell may hold text and nothing else."""
    rows: list[list[str]] = []
    for token in PARSER.parse(text):
        if token.type == "html_block":
            assert not DETAILS.sub("", token.content).strip()
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            kinds = {child.type for child in token.children or ()}
            assert kinds <= {"text", "text_special", "softbreak"}
            if token.level and rows and "|" not in token.content:
                rows[-1].append("".join(child.content for child in token.children or ()))
    return rows


@given(hostile_verdicts())
def test_text_stays_text(shown: Verdict) -> None:
    text = report_markdown(shown)
    assert all(char.isprintable() or char == "\n" for char in text)
    assert not re.search("[@#](?!\u200b)", html.unescape(text).removeprefix("##"))
    rows = cells(text)
    everything = (*shown.findings, *shown.before, *shown.waived)
    table = [row for row in rows if len(row) == 5 and row[0] != "severity"]
    assert len(table) == len(everything)
    assert all(len(row) in {2, 5} for row in rows)
    found = sorted(row[1].replace("\u200b", "") for row in table)
    assert found == sorted(visible(f.rule).strip() for f in everything)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a|b", "a&#124;b"),
        ("`x`", "&#96;x&#96;"),
        ("<img src=x>", "&#60;img src=x&#62;"),
        ("&amp;", "&#38;amp;"),
        ("@mina", "@&#8203;mina"),
        ("fixes #12", "fixes #&#8203;12"),
        ("a\nb\r", "a\\nb\\r".replace("\\", "&#92;")),
        ("https://evil.example", "https:&#47;/evil.example"),
        ("www.evil.example", "www&#46;evil.example"),
        (
            "**a** _b_ ~~c~~ $d$",
            "&#42;&#42;a&#42;&#42; &#95;b&#95; &#126;&#126;c&#126;&#126; &#36;d&#36;",
        ),
        ("[a](b)", "&#91;a&#93;(b)"),
    ],
)
def test_escapes(text: str, escaped: str) -> None:
    shown = report_markdown(verdict(finding(message=text)))
    assert f"| {escaped} |" in shown
    plain = html.unescape(escaped).replace("\u200b", "")
    assert plain == visible(text)


class TestLimit:
    """What does not fit is left out, the least severe first, and its number told."""

    LONG = "x" * 200

    def crowded(self, count: int) -> Verdict:
        found = [
            finding(line=n, severity=level, message=self.LONG)
            for level in Severity
            for n in range(1, count)
        ]
        before = tuple(finding(line=n, message=self.LONG) for n in range(1, count))
        judged = {f"rule/{n}": n for n in range(60)}
        return verdict(*found, before=before, waived=before, judged=judged)

    def test_everything_fits_a_comment(self) -> None:
        text = report_markdown(self.crowded(20))
        assert "left out" not in text
        assert len(text) < LIMIT

    def test_default_is_the_limit_of_a_comment(self) -> None:
        text = report_markdown(self.crowded(400))
        assert LIMIT - 1_000 < len(text.encode()) <= LIMIT

    @pytest.mark.parametrize("limit", range(1_500, 40_000, 700))
    def test_least_severe_goes_first(self, limit: int) -> None:
        shown = self.crowded(20)
        text = report_markdown(shown, limit)
        assert len(text.encode()) <= limit
        assert text.startswith("## testnet check: 19 errors, 19 warnings, 19 notes\n")
        parts = text.split("<details>")
        counts = [len(re.findall(r"^\| \w+", part, re.MULTILINE)) - 1 for part in parts]
        wanted = [38, 19, 19, 19, 60]
        full = [counts[i] == wanted[i] for i in range(len(counts))]
        # After the first table that is not whole there are only empty ones.
        if not all(full):
            cut = full.index(False)
            assert all(count <= 0 for count in counts[cut + 1 :])
            hidden = wanted[cut] - max(counts[cut], 0)
            assert f"and {hidden} more " in parts[cut]
        levels = re.findall(r"^\| (error|warning)", parts[0], re.MULTILINE)
        assert levels == sorted(levels)

    def test_long_finding_is_left_out_whole(self) -> None:
        shown = verdict(finding(message="y" * 2_000), judged={})
        text = report_markdown(shown, 1_000)
        assert "yyy" not in text
        assert "and 1 more finding, left out here" in text

    @given(st.integers(0, 3_000), hostile_verdicts())
    @settings(max_examples=50)
    def test_no_limit_is_exceeded(self, limit: int, shown: Verdict) -> None:
        assert len(report_markdown(shown, limit).encode()) <= limit
