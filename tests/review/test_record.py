"""A review as JSON: the same after a round trip, and nothing but a review is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from generator.errors import UsageError
from generator.finding import Finding, Location
from generator.review.bounds import MAX_DIFFS, bounded, cut_diff
from generator.review.model import Counts, Judgement, ManifestDiff, NetReview, Omitted, Review
from generator.review.record import MAX_SIZE, read_review, write_review
from generator.schema import schema_text
from tests.review.samples import NET, REVIEW
from tests.review.strategies import reviews

SCHEMA = json.loads(schema_text("review"))
Spoil = Callable[[dict[str, Any]], object]


@given(reviews)
def test_round_trip(review: Review) -> None:
    fitted = bounded(review)
    text = write_review(fitted)
    assert text.isascii()
    assert read_review(text) == fitted == bounded(fitted)
    assert fitted.counts == review.counts


def test_the_schema_is_one_and_bounds_everything() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    for name, part in _parts(SCHEMA, "review"):
        kind = part.get("type")
        if kind == "object":
            assert part["additionalProperties"] is False, name
            assert set(part["required"]) == set(part["properties"]), name
        elif kind == "array":
            assert "maxItems" in part, name
        elif kind == "string":
            assert "maxLength" in part, name
        elif kind == "integer":
            assert {"minimum", "maximum"} <= part.keys(), name
        assert kind or {"$ref", "enum", "const", "anyOf"} & part.keys(), name


def _parts(schema: dict[str, Any], name: str) -> Any:
    yield name, schema
    for keyword in ("properties", "$defs"):
        for key, inner in schema.get(keyword, {}).items():
            yield from _parts(inner, f"{name}/{key}")
    if isinstance(schema.get("items"), dict):
        yield from _parts(schema["items"], f"{name}/items")


SPOILT: dict[str, Spoil] = {
    "another version": lambda r: r.update(version=2),
    "a field more": lambda r: r.update(more=1),
    "a field less": lambda r: r.pop("paths"),
    "a head that is no commit": lambda r: r.update(head="main"),
    "a head with a line break": lambda r: r.update(head="a" * 40 + "\n"),
    "a name with a space": lambda r: r["nets"][0].update(name="a b"),
    "a role that is none": lambda r: r["nets"][0]["topology"][0]["groups"][0].update(role="x"),
    "a number below nothing": lambda r: r["counts"].update(errors=-1),
    "a text for a number": lambda r: r["counts"].update(errors="1"),
    "an endless number": lambda r: r["counts"].update(errors=10**30),
    "a long text": lambda r: r["findings"][0].update(message="a" * 2001),
    "a long list": lambda r: r.update(paths=["a"] * 3001),
    "an amount that is none": lambda r: r["nets"][0]["regions"][0]["stake"].update(after="1e9"),
    "no purpose": lambda r: r["nets"][0].update(purpose="evil"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_no_review_is_refused(name: str) -> None:
    content = json.loads(write_review(REVIEW))
    SPOILT[name](content)
    refused(json.dumps(content))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "1", "null", "\ufeff{}", "{", "[" * 100_000, '"\\ud800"', "NaN", "9" * 5000],
)
def test_what_is_no_object_is_refused(text: str) -> None:
    refused(text)


@given(st.binary(max_size=200) | st.text(max_size=100))
def test_any_bytes_are_refused(data: bytes | str) -> None:
    refused(data)


def test_what_is_too_large_is_not_even_parsed() -> None:
    assert "bytes" in refused(b" " * (MAX_SIZE + 1))


def refused(data: str | bytes) -> str:
    with pytest.raises(UsageError, match=r"^review\.json: not a review") as caught:
        read_review(data, "review.json")
    return str(caught.value)


def test_a_whole_number_may_be_written_with_a_point() -> None:
    text = write_review(REVIEW).replace('"errors": 1', '"errors": 1.0')
    assert repr(read_review(text).counts.errors) == "1"


class TestBounds:
    def test_a_large_review_becomes_small_and_says_so(self) -> None:
        long = Finding(rule="a/b", message="é" * 5000, at=Location("a" * 5000), remediation="c")
        diff = ManifestDiff(cluster="west", text="+é\n" * 10**6, added=10**6, removed=0)
        many = tuple(
            replace(NET, name=f"net{number}", manifests=(diff,) * 3) for number in range(250)
        )
        review = Review(
            head="",
            base="a" * 40,
            verdict=Judgement.FAIL,
            counts=Counts(errors=5000, warnings=0, notes=0, known=0),
            findings=(long,) * 5000,
            nets=many,
        )
        fitted = bounded(review)
        assert len(write_review(fitted)) <= MAX_SIZE
        assert read_review(write_review(fitted)) == fitted
        assert {entry.what for entry in fitted.omitted} >= {"findings", "nets"}
        lost = {entry.what: entry.count for entry in fitted.omitted}
        assert lost["findings"] == 5000 - len(fitted.findings)
        assert fitted.counts == review.counts

    def test_a_small_review_stays_as_it_is(self) -> None:
        assert bounded(REVIEW) == REVIEW

    def test_diffs_have_a_fair_share_of_the_room(self) -> None:
        text = "+line\n" * 10**5
        diff = ManifestDiff(cluster="west", text=text, added=10**5, removed=0)
        nets = tuple(replace(NET, name=f"n{i}", manifests=(diff,)) for i in range(100))
        fitted = bounded(replace(REVIEW, nets=nets))
        shares = [diff for net in fitted.nets for diff in net.manifests]
        assert len(shares) == 100
        assert sum(len(share.text) for share in shares) <= MAX_DIFFS
        assert all(share.cut + share.text.count("\n") == 10**5 for share in shares)

    @pytest.mark.parametrize(
        ("length", "text", "cut"),
        [(9, "+a\n+b\n+c\n", 0), (8, "+a\n+b\n", 1), (2, "", 3), (0, "", 3)],
    )
    def test_a_diff_is_cut_at_a_line(self, length: int, text: str, cut: int) -> None:
        diff = ManifestDiff(cluster="west", text="+a\n+b\n+c\n", added=3, removed=0)
        assert cut_diff(diff, length) == replace(diff, text=text, cut=cut)


def test_what_was_omitted_before_stays_told() -> None:
    known = (Omitted(what="changed paths", count=7),)
    review = replace(REVIEW, omitted=known, paths=tuple(f"p{i}" for i in range(4000)))
    assert bounded(review).omitted == (*known, Omitted(what="changed paths", count=1000))


def test_a_net_without_anything() -> None:
    bare = NetReview(
        name="a",
        change=NET.change,
        owner="",
        owner_before="",
        purpose="",
        purpose_before="",
        protected=False,
        expires="",
    )
    review = replace(REVIEW, nets=(bare,))
    assert read_review(write_review(review)) == review
