"""YAML that people write: values, exact places, and a finding for all that is refused."""

from __future__ import annotations

import copy
from decimal import Decimal
from time import perf_counter

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml.cyaml import CBaseLoader

from generator.finding import Finding, Location
from generator.source import (
    Mapping,
    Sequence,
    Value,
    locate,
    locate_key,
    parse_document,
)
from generator.source.scalar import likely_meant, resolve_plain


def parse(text: str | bytes, *, pure: bool = False) -> tuple[Mapping | None, tuple[Finding, ...]]:
    data = text.encode() if isinstance(text, str) else text
    return parse_document("net.yaml", data, pure=pure)


def value_of(text: str) -> Value:
    """Return what a scalar means, written plainly as the value of a key."""
    mapping, findings = parse(f"key: {text}\n")
    assert mapping is not None
    assert not findings
    return mapping["key"]


def rules(text: str | bytes, *, pure: bool = False) -> list[str]:
    return [finding.rule.removeprefix("yaml/") for finding in parse(text, pure=pure)[1]]


@pytest.fixture(params=[False, True], ids=["c", "pure"])
def pure(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


# What a plain scalar means.


@pytest.mark.parametrize("text", ["~", "null", "Null", "NULL", "", "# a comment"])
def test_null(text: str) -> None:
    assert value_of(text) is None


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("TRUE", True), ("false", False), ("False", False)]
)
def test_boolean(text: str, value: bool) -> None:  # noqa: FBT001
    assert value_of(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("-0", 0), ("+5", 5), ("-17", -17), ("65500", 65500), ("9" * 30, int("9" * 30))],
)
def test_integer(text: str, value: int) -> None:
    got = value_of(text)
    assert got == value
    assert type(got) is int


@pytest.mark.parametrize("text", ["1.0", "0.00000006", "-0.5", "1.50", "0.1234567890123456789"])
def test_fraction_keeps_its_digits(text: str) -> None:
    value = value_of(text)
    assert isinstance(value, Decimal)
    assert f"{value:f}" == text


@pytest.mark.parametrize(
    "text",
    [
        *("8Gi", "72h", "500m", "1.2.3", "10.0.0.1", "10.0.0.0/16", "10000-19999", "3.0.3-devnet"),
        *("2020-01-01", "2020-01-01T00:00:00Z", "qa-001..qa-006", "nUll", "tRue", "truer", "yesno"),
        *('"yes"', "'1'", '"1e3"', '""', "'~'", '"22:22"', "gcr.io/a/b:1.0", "a b", "{name}x"[6:]),
    ],
)
def test_text(text: str) -> None:
    assert value_of(text) == text.strip("'\"")
    assert isinstance(value_of(text), str)


@pytest.mark.parametrize(
    "text",
    [
        *("yes", "No", "ON", "oFF", "y", "N", "1e3", "1E3", "1.5e3", "-1e-3", ".5e1", "1234e56"),
        *("010", "08", "00.5", "0o17", "0x1F", "0X1f", "0b11", "0_xa", "0b-1", "1_000", "+_1"),
        *(".inf", "-.INF", ".nan", "inf", "NaN", "22:22", "1:30:00", "190:20:30.15", "=", "<<"),
    ],
)
def test_text_that_readers_differ_on(text: str) -> None:
    mapping, (finding,) = parse(f"key: {text}\n")
    assert finding.rule == "yaml/ambiguous"
    assert finding.at == Location("net.yaml", 1, 6)
    likely = likely_meant(text)
    advice = f"Write {likely}, or quote it where it is text" if likely else "Quote it"
    assert finding.remediation == f'{advice}: "{text}".'
    # Everything else is clear, so that later checks can go on.
    assert mapping == {"key": text}


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        *(("010", "10"), ("08", "8"), ("-00.5", "-0.5"), ("+_1", "1"), ("1_000", "1000")),
        *(("1e3", "1000"), ("-1E-3", "-0.001"), ("0x1F", "31"), ("-0o17", "-15"), ("0b11", "3")),
        *(("yes", "true"), ("N", "false"), ("oFF", "false")),
        *(("0b2", ""), ("0o9", ""), ("1e99", ""), ("1e999999999", ""), ("0" * 31 + "1", "")),
        *((".inf", ""), ("NaN", ""), ("22:22", ""), ("=", ""), ("<<", "")),
        *(("10", ""), ("true", ""), ("text", ""), ("1\u0663", ""), ("", "")),
    ],
)
def test_what_was_probably_meant(text: str, likely: str) -> None:
    assert likely_meant(text) == likely
    assert not isinstance(resolve_plain(likely), str) or not likely


@pytest.mark.parametrize("text", ["1" * 31, "0." + "1" * 40, "-" + "9" * 5000])
def test_number_too_long(text: str) -> None:
    _, (finding,) = parse(f"key: {text}\n")
    assert finding.rule == "yaml/number"
    assert len(finding.message) < 100


def test_a_fraction_may_have_thirty_digits() -> None:
    assert value_of("-0." + "1" * 29) == Decimal("-0." + "1" * 29)


# Structure and places.

NET = """\
# A comment.
name: whale
"seeds": {count: 3, keys: [a, "b"]}
groups:
  - name: ÄÖ😀x
    regions:
    - us
    -   eu   # why
  - [1, 2]
empty:
text: |
  one
  two
"""


def test_values(pure: bool) -> None:  # noqa: FBT001
    mapping, findings = parse(NET, pure=pure)
    assert not findings
    assert mapping == {
        "name": "whale",
        "seeds": {"count": 3, "keys": ["a", "b"]},
        "groups": [{"name": "ÄÖ😀x", "regions": ["us", "eu"]}, [1, 2]],
        "empty": None,
        "text": "one\ntwo\n",
    }


def test_places(pure: bool) -> None:  # noqa: FBT001
    mapping, _ = parse(NET, pure=pure)
    assert mapping is not None

    def at(*path: str | int) -> tuple[int, int]:
        location = locate(mapping, path)
        assert location.path == "net.yaml"
        return location.line, location.column

    def key_at(*path: str | int) -> tuple[int, int]:
        location = locate_key(mapping, path)
        return location.line, location.column

    assert at() == key_at() == (2, 1)
    assert (at("name"), key_at("name")) == ((2, 7), (2, 1))
    assert (at("seeds"), key_at("seeds")) == ((3, 10), (3, 1))
    assert (at("seeds", "keys", 1), key_at("seeds", "keys")) == ((3, 31), (3, 21))
    assert at("groups") == (5, 3)
    assert at("groups", 0) == (5, 5)
    assert at("groups", 0, "regions", 1) == (8, 9)
    assert key_at("groups", 0, "regions", 1) == (8, 9)
    assert at("groups", 1, 1) == (9, 9)
    assert at("text") == (11, 7)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("groups", 0, "nope", 3), 5),
        (("groups", 7), 5),
        (("groups", -1), 5),
        (("groups", "name"), 5),
        (("name", "x"), 2),
        (("seeds", 0), 3),
    ],
)
def test_a_path_that_is_not_there_leads_to_its_parent(
    path: tuple[str | int, ...], line: int
) -> None:
    mapping, _ = parse(NET)
    assert mapping is not None
    assert locate(mapping, path).line == line
    assert locate_key(mapping, path).line == line


def test_containers_are_plain_and_know_their_places() -> None:
    mapping, _ = parse("a: [x]\nb: {c: d}\n")
    assert mapping is not None
    items, inner = mapping["a"], mapping["b"]
    assert isinstance(items, Sequence)
    assert isinstance(inner, Mapping)
    assert (items.at, inner.at) == (Location("net.yaml", 1, 4), Location("net.yaml", 2, 4))
    assert items.item_at(0) == Location("net.yaml", 1, 5)
    assert (inner.key_at("c"), inner.value_at("c")) == (
        Location("net.yaml", 2, 5),
        Location("net.yaml", 2, 8),
    )
    with pytest.raises(KeyError):
        mapping.key_at("nope")
    with pytest.raises(IndexError):
        items.item_at(1)
    assert not hasattr(mapping, "__dict__")
    assert copy.deepcopy(mapping).value_at("b") == inner.at


def test_carriage_return_with_line_feed_is_a_line_break() -> None:
    mapping, findings = parse("a: 1\r\nb: 2\r\n")
    assert not findings
    assert mapping is not None
    assert mapping == {"a": 1, "b": 2}
    assert mapping.value_at("b") == Location("net.yaml", 2, 4)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30) + 1, 10**30 - 1)
    | st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp", "Cf", "Cn"]))
)
KEYS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20).filter(
    lambda key: key != "<<"
)
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=20
    ),
    min_size=1,
)


@given(tree=TREES, flow=st.booleans(), pure=st.booleans())
def test_what_pyyaml_writes_is_read_back(tree: dict[str, object], flow: bool, pure: bool) -> None:  # noqa: FBT001
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True, default_style='"')
    # Quoted keys and text; tags stand where it has to say that a quoted 1 is an int.
    plain = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True)
    mapping, findings = parse(plain if "!!" in text else text, pure=pure)
    if not findings:
        assert mapping == tree


def test_a_fault_of_the_parser_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> object:
        raise AssertionError("bug")

    monkeypatch.setattr(CBaseLoader, "get_event", fail)
    assert rules("a: 1") == ["syntax"]


def test_a_pool_of_keys_is_read_fast() -> None:
    lines = [
        f"  qa-{i:05d}: B62qmQAFPta1Q3c7wXHxXRKnE3uWyBYZCLb8frdHEgavi3BbBVk{i:05d}\n"
        for i in range(10_000)
    ]
    start = perf_counter()
    mapping, _ = parse("keys:\n" + "".join(lines))
    assert perf_counter() - start < 2  # 0.05 s here
    assert mapping is not None
    assert locate(mapping, ("keys", "qa-09999")) == Location("net.yaml", 10_001, 13)
