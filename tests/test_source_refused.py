"""YAML that people may not write: a finding at its place, and never an exception."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.finding import Finding, Location
from generator.source import (
    Mapping,
    parse_document,
)

BAD = sorted((Path(__file__).parent / "data/bad-yaml").glob("*.yaml"))
DEEPEST = 32
NET = """\
# A comment.
name: whale
"seeds": {count: 3, keys: [a, "b"]}
groups:
  - name: ÄÖ😀x
    regions:
    - us
    -   eu   # why
text: |
  one
"""


def parse(text: str | bytes, *, pure: bool = False) -> tuple[Mapping | None, tuple[Finding, ...]]:
    data = text.encode() if isinstance(text, str) else text
    return parse_document("net.yaml", data, pure=pure)


def rules(text: str | bytes, *, pure: bool = False) -> list[str]:
    return [finding.rule.removeprefix("yaml/") for finding in parse(text, pure=pure)[1]]


def places(text: str | bytes) -> list[tuple[str, int, int]]:
    return [
        (finding.rule.removeprefix("yaml/"), finding.at.line, finding.at.column)
        for finding in parse(text)[1]
    ]


@pytest.fixture(params=[False, True], ids=["c", "pure"])
def pure(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


# What is refused, and where.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("empty", 1, 1)]),
        ("# only a comment\n", [("empty", 1, 1)]),
        ("---\n", [("empty", 2, 1)]),
        ("~\n", [("empty", 1, 1)]),
        ("\n- a\n", [("top-level", 2, 1)]),
        ("text", [("top-level", 1, 1)]),
        ("a: 1\n---\nb: 2\n", [("multiple-documents", 2, 1)]),
        ("a: &x 1\nb: *x\n", [("anchor", 1, 4), ("alias", 2, 4)]),
        ("x: &x [*x]", [("anchor", 1, 4), ("alias", 1, 8)]),
        ("*a : b", [("alias", 1, 1)]),
        ("a: !!python/object:os.system x", [("tag", 1, 4)]),
        ("a: ! x", [("tag", 1, 4)]),
        ("a: !t {b: c}\nd: !u [e]", [("tag", 1, 4), ("tag", 2, 4)]),
        ("<<: {a: b}", [("merge-key", 1, 1)]),
        ("a: {b: 1, <<: *c}", [("merge-key", 1, 11), ("alias", 1, 15)]),
        ("%YAML 1.1\n---\na: 1\n", [("directive", 1, 1)]),
        ("# c\n\n%FOO\n---\na: 1\n", [("directive", 3, 1)]),
        ("%TAG ! tag:x:\n---\na: 1\n", [("directive", 1, 1)]),
        ("a: 1\nb: 2\n'a': 3\n", [("duplicate-key", 3, 1)]),
        ("a: {b: 1, b: yes}", [("duplicate-key", 1, 11), ("ambiguous", 1, 14)]),
        ("200: a", [("key", 1, 1)]),
        ("1.5: a", [("key", 1, 1)]),
        ("true: a", [("key", 1, 1)]),
        ("null: a", [("key", 1, 1)]),
        ("?\n: a", [("key", 1, 2)]),
        ("yes: a\non: b", [("ambiguous", 1, 1), ("ambiguous", 2, 1)]),
        ("? [a, b]\n: {c: 010}", [("key", 1, 3), ("ambiguous", 2, 7)]),
        ("{a: 1}: c\nd: off", [("key", 1, 1), ("ambiguous", 2, 4)]),
        ("? {? {a: b} : c}\n: d\n", [("key", 1, 3), ("key", 1, 6)]),
    ],
)
def test_refused(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert places(text) == expected


@pytest.mark.parametrize(
    ("text", "line", "column", "advice"),
    [
        ("a: b: c\n", 1, 5, "quote text with ': '"),
        ("a: 1\n  b: 2\n", 2, 4, "Align the line"),
        ("a:\n\t- b\n", 2, 1, "spaces only"),
        ("a: @b\n", 1, 4, "in quotes"),
        ("a: [1\n", 1, 6, "Close the list"),
        ("a: {b: 1\nc: [", 2, 2, "Close the mapping"),
        ("a: 'b\nc", 2, 2, "Close the quote"),
        ('a: "\\q"\n', 1, 5, "backslash"),
        ("a: 1\nb\n", 2, 2, "Write ': '"),
        ("a: 1\n- b\n", 2, 1, "Align the line"),
        ("- a\nb: c\n", 2, 1, "Align the line"),
        ("a: 1\n...\nb\n", 3, 1, "Correct the YAML"),
    ],
)
def test_syntax(text: str, line: int, column: int, advice: str) -> None:
    mapping, findings = parse(text)
    assert mapping is None
    (finding,) = findings
    assert (finding.rule, finding.at) == ("yaml/syntax", Location("net.yaml", line, column))
    assert advice in finding.remediation


def test_syntax_error_tells_where_it_began() -> None:
    _, (finding,) = parse("a: 1\nb: [\n  1\n")
    (related,) = finding.related
    assert related.at == Location("net.yaml", 2, 4)


def test_second_key_tells_of_the_first_whose_value_stays() -> None:
    mapping, (finding,) = parse("a: 1\nb: {c: 2}\na: 3\n")
    assert mapping == {"a": 1, "b": {"c": 2}}
    assert finding.message == 'key "a" is given twice'
    assert [related.at for related in finding.related] == [Location("net.yaml", 1, 1)]


@pytest.mark.parametrize("text", ["a: *b", "a: !t b", "<<: {a: b}", "a: 1\n---\nb: 2", "a: ["])
def test_no_values_when_their_meaning_is_in_doubt(text: str) -> None:
    mapping, findings = parse(text)
    assert mapping is None
    assert findings


def test_findings_come_all_at_once_and_in_order() -> None:
    text = "a: yes\n200: 1\nb: &c 1\na: 0x1\n"
    assert places(text) == [
        ("ambiguous", 1, 4),
        ("key", 2, 1),
        ("anchor", 3, 4),
        ("duplicate-key", 4, 1),
        ("ambiguous", 4, 4),
    ]


def test_messages_never_hold_a_whole_long_value() -> None:
    secret = "0x" + "deadbeef" * 8
    for text in (f"a: {secret}", f"{secret}: a", f"? '{'k' * 200}'\n: 1\n? '{'k' * 200}'\n: 1"):
        _, (finding,) = parse(text)
        assert secret not in finding.message + finding.remediation
        assert len(finding.message) < 100


# Bytes.


@pytest.mark.parametrize(
    ("data", "line", "column", "part"),
    [
        (b"\xef\xbb\xbfa: 1", 1, 1, "UTF-8"),
        ("a: 1".encode("utf-16"), 1, 1, "UTF-16"),
        (b"\xfe\xff\0a", 1, 1, "UTF-16"),
        (b"a: 1\nb: \xc3\xa9\xff", 2, 5, "0xff"),
        (b"a: \xc0\xaf", 1, 4, "0xc0"),
        (b"a: \xed\xa0\x80", 1, 4, "0xed"),
        (b"a: \0", 1, 4, "U+0000"),
        ("é: \x85b".encode(), 1, 4, "U+0085"),
        ("a: 1\nb\u2028c: 2".encode(), 2, 2, "U+2028"),
        ("a: 1 # \u202e".encode(), 1, 8, "U+202E"),
        ("a: b\ufeff".encode(), 1, 5, "U+FEFF"),
        (b"a: \x7f", 1, 4, "U+007F"),
        (b"a: 1\rb: 2\r\n", 1, 5, "carriage return"),
    ],
)
def test_encoding(data: bytes, line: int, column: int, part: str) -> None:
    mapping, (finding,) = parse(data)
    assert mapping is None
    assert (finding.rule, finding.at) == ("yaml/encoding", Location("net.yaml", line, column))
    assert part in finding.message


def test_every_forbidden_character_is_found() -> None:
    text = "a: \x00\x01\nb: \x02\n\n\x03c: 4 \x05\n"
    expected = [(1, 4), (1, 5), (2, 4), (4, 1), (4, 7)]
    assert [(line, column) for _, line, column in places(text)] == expected


@pytest.mark.parametrize("text", ['a: "\\0"', 'a: "x\\x85"', 'a: "\\u202e"', '"\\e": 1'])
def test_escapes_make_no_forbidden_characters(text: str, pure: bool) -> None:  # noqa: FBT001
    assert rules(text, pure=pure) == ["encoding"]


def test_half_a_character_is_refused() -> None:
    assert rules('a: "\\ud800"') == ["syntax"]
    assert rules('a: "\\ud800"', pure=True) == ["encoding"]


# Limits.


@pytest.mark.parametrize(
    ("open_", "close"), [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")], ids=str
)
def test_depth(open_: str, close: str, pure: bool) -> None:  # noqa: FBT001
    fits = f"{open_ * DEEPEST}a{close * DEEPEST}"
    assert "depth" not in rules(fits, pure=pure)
    assert rules(open_ * (DEEPEST + 1) + "a", pure=pure)[-1] == "depth"


def test_size() -> None:
    assert rules(b"a: " + b"x" * 4 * 1024 * 1024) == ["size"]
    assert rules("[" + "0," * 200_000 + "]") == ["size"]


def test_findings_are_limited() -> None:
    assert len(rules("a: b\n" * 10_000)) == 100
    assert len(rules("\x01" * 10_000)) == 100


HOSTILE = {
    "brackets": b"[" * 4_000_000,
    "dashes": b"- " * 2_000_000,
    "commas": b"[" + b"0," * 2_000_000,
    "underscores": b"a: " + b"1_" * 2_000_000 + b"x",
    "colons": b"a: " + b"1:" * 2_000_000 + b"x",
    "digits": b"a: " + b"1" * 4_000_000,
    "comments": b"#\n" * 2_000_000 + b" %",
    "spaces": b" " * 4_000_000 + b"%",
    "long key": b"a" * 4_000_000 + b": b",
    "duplicates": b"a: b\n" * 800_000,
    "escapes": b'a: "' + b"\\0" * 2_000_000 + b'"',
    "late byte": b"a" * 4_000_000 + b"\xff",
    "late character": b"a\n" * 2_000_000 + b"\x01",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_takes_linear_time(name: str) -> None:
    start = perf_counter()
    parse(HOSTILE[name])
    assert perf_counter() - start < 10  # about one second here; quadratic would be hours


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_yaml(path: Path, pure: bool) -> None:  # noqa: FBT001
    mapping, findings = parse(path.read_bytes(), pure=pure)
    assert findings or isinstance(mapping, Mapping)


def test_bad_yaml_is_complete_and_mostly_refused() -> None:
    assert len(BAD) == 90
    accepted = [path.stem for path in BAD if not parse(path.read_bytes())[1]]
    assert accepted == ACCEPTED


# Comments without a space before them and blank lines of different lengths: all readers agree.
ACCEPTED = ["yts-S98Z", "yts-SU5Z", "yts-X4QW"]


@given(data=st.binary(max_size=200))
def test_bytes_never_raise(data: bytes) -> None:
    mapping, findings = parse(data)
    assert findings or isinstance(mapping, Mapping)


ALPHABET = st.sampled_from([*"ab1 \n\t-:?#,[]{}&*!|>'\"%@`~<=.", ": ", "- ", "\n  ", "---\n", "é"])


@given(text=st.lists(ALPHABET, max_size=30).map("".join))
def test_text_never_raises_and_both_parsers_agree(text: str) -> None:
    results = [parse(text, pure=pure) for pure in (False, True)]
    for mapping, findings in results:
        assert findings or isinstance(mapping, Mapping)
    (fast, none), (slow, nothing) = results
    if not none and not nothing:
        assert fast == slow


@given(
    seed=st.sampled_from([NET, *(path.read_text("latin-1") for path in BAD[::20])]),
    edits=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 3), ALPHABET), max_size=5),
)
def test_mutations_never_raise(seed: str, edits: list[tuple[int, int, str]]) -> None:
    text = seed
    for start, length, new in edits:
        text = text[:start] + new + text[start + length :]
    for pure in (False, True):
        for finding in parse(text, pure=pure)[1]:
            lines = text.split("\n")
            assert 1 <= finding.at.line <= len(lines)
            assert 1 <= finding.at.column <= max(map(len, lines)) + 1


def test_a_colon_inside_of_braces_wants_quotes() -> None:
    _, (finding,) = parse_document("net.yaml", b"genesis: {time: 2026-12-01T12:00:00Z}\n")
    assert finding.rule == "yaml/syntax"
    assert "Put the value in quotes" in finding.remediation
