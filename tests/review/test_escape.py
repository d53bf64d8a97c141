"""Whatever a person wrote stays text: in prose, code, tables, blocks, HTML and pictures."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.review.escape import code, fenced, html_code, label, prose, shorten, shown
from tests.review.markdown import Page, read
from tests.review.strategies import HOSTILE, texts

TICKS = st.text("`| \\a", max_size=12)
_LABEL = re.compile(r'"[A-Za-z0-9 .,:/()_-]+"')


def inert(page: Page, allowed: set[str]) -> None:
    """Assert that a page has nothing but some tags, and no text that becomes a link."""
    assert page.tags.keys() <= allowed
    assert page.references == set()
    assert page.comments == []


@given(texts | TICKS)
def test_prose_is_words_and_code(text: str) -> None:
    page = read(f"- it says {prose(text)}\n")
    inert(page, {"ul", "li", "code"})
    assert page.tags["ul"] == page.tags["li"] == 1


@given(texts | TICKS)
def test_nothing_of_prose_is_lost(text: str) -> None:
    page = read(f"says {prose(text)}\n")
    words = "".join(page.text + page.code).replace("\\x7c", "|").replace("<\\x21--", "<!--")
    for sign in set(shown(text)) - set(" `"):
        assert sign in words


@given(texts | TICKS)
def test_code_holds_the_text(text: str) -> None:
    page = read(f"is {code(text)}.\n")
    inert(page, {"p", "code"})
    if shown(text).strip():
        assert page.code == [shown(text).replace("|", "\\x7c").replace("<!--", "<\\x21--")]


@given(texts | TICKS, texts | TICKS)
def test_code_stays_in_its_cell(one: str, other: str) -> None:
    page = read(f"| a | b |\n| --- | --- |\n| {code(one)} | {code(other)} |\n")
    inert(page, {"table", "thead", "tbody", "tr", "th", "td", "code"})
    assert (page.tags["tr"], page.tags["td"]) == (2, 2)


@given(st.lists(texts | TICKS, max_size=5).map("\n".join))
def test_nothing_ends_a_block(text: str) -> None:
    page = read(f"before\n\n{fenced(text, 'diff')}\nafter\n")
    inert(page, {"p", "pre", "code"})
    assert page.tags == {"p": 2, "pre": 1, "code": 1}
    [content] = page.code
    assert content.count("\n") == text.removesuffix("\n").count("\n") + 1
    assert "<!--" not in content


@given(texts | TICKS)
def test_nothing_ends_a_summary(text: str) -> None:
    page = read(f"<details><summary>{html_code(text)}</summary>\n\nx\n\n</details>\n")
    inert(page, {"details", "summary", "code", "p"})
    assert (page.tags["details"], page.tags["p"]) == (1, 1)


@given(texts)
def test_a_label_is_one_quoted_text(text: str) -> None:
    assert _LABEL.fullmatch(label(text))


@given(texts)
def test_all_signs_are_seen_in_order(text: str) -> None:
    made = shown(text)
    assert made.isprintable()
    assert not set(made) & set("\u202e\u2066\u200b\ufeff\u2028\u05d0\ufe0f\U000e0100\u3164")
    made.encode()


@pytest.mark.parametrize("text", HOSTILE)
def test_known_tricks(text: str) -> None:
    inert(read(f"- it says {prose(text)} and {code(text)}\n"), {"ul", "li", "code"})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("no daemon is left.", "no daemon is left."),
        ('key "qa-004" is used twice', 'key "`qa-004`" is used twice'),
        ("60.0 % of the stake; two thirds", "60.0 % of the stake; two thirds"),
        ("see @octocat and #41", "see `@octocat` and `#41`"),
        ("in a/b.yaml c/d.yaml, twice", "in `a/b.yaml c/d.yaml`, twice"),
        ("the (old-1) one", "the (`old-1`) one"),
        ("facade deadbeef", "facade `deadbeef`"),
        ("", '""'),
        ("as `a:b@c...`, or (`x y`).", "as `a:b@c...`, or (`x y`)."),
        ("x1`a`b`c` 'd`e`", "`x1` `a` b `c` 'd `e`"),
        ("one ` tick", "one `` ` `` tick"),
        ("...", "..."),
        ("`a`.b.c", "`a` `.b.c`"),
    ],
)
def test_prose_reads_well(text: str, wanted: str) -> None:
    assert prose(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a\u202eb", "a\\u202eb"),
        ("a\nb", "a\\nb"),
        ("\u05d0", "\\u05d0"),
        ("e\u0301", "e\u0301"),
        ("e\u0301\u0302", "e\u0301\\u0302"),
        ("\U000e0100", "\\U000e0100"),
        ("\xa0", "\\xa0"),
        ("grüße → ok", "grüße → ok"),
    ],
)
def test_what_shows_nothing_is_an_escape(text: str, wanted: str) -> None:
    assert shown(text) == wanted


@pytest.mark.parametrize(("text", "wanted"), [("abc", "abc"), ("abcd", "ab…")])
def test_shorten(text: str, wanted: str) -> None:
    assert shorten(text, 3) == wanted
