"""Checking shapes: hostile and secret values, the schemas of the package, speed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.schema import check_schema, schema_text
from generator.source import Mapping
from generator.yaml import emit
from tests.schemas import Schema, check, of_key, parse

# Limits, secrets, and the two validators.


def test_long_text_is_never_shown() -> None:
    secret = "k" * 60
    for schema in ({"type": "integer"}, {"enum": ["a"]}, {"pattern": "^a"}, {"maxLength": 3}):
        finding = of_key(secret, schema)
        assert secret not in finding.message + finding.remediation
        assert "60 characters" in finding.message
    (finding,) = check(f"{secret}: 1", {"additionalProperties": False})
    assert secret not in finding.message


def test_examples_that_are_long_are_left_out() -> None:
    long = {"examples": ["e" * 200]}
    assert of_key("b", {"pattern": "^a$"} | long).remediation.startswith("Write it in the form")
    (finding,) = check("b: 1", {"required": ["a"], "properties": {"a": long}})
    assert finding.remediation == "Add `a`."
    (finding,) = check("b: 1", {"required": ["a"], "properties": {"a": {"default": 3}}})
    assert finding.remediation == "Add `a`, for example `a: 3`."


def test_findings_are_limited() -> None:
    text = "".join(f"k{i}: 1\n" for i in range(1_000))
    assert len(check(text, {"additionalProperties": False})) == 100


def test_no_guess_for_a_hostile_key() -> None:
    schema = {"additionalProperties": False, "properties": {"k" * 99: {}}}
    start = perf_counter()
    check("x: 1\n? " + "k" * 1_000_000 + "\n: 1", schema)
    assert perf_counter() - start < 5


def test_repeated_items_take_linear_time() -> None:
    items = ", ".join(f"a{i}, {i}, {{}}" for i in range(30_000))
    start = perf_counter()
    assert of_key(f"[{items}]", {"uniqueItems": True}).rule == "schema/repeated"
    assert perf_counter() - start < 10  # half a second here; quadratic would be hours


def test_a_fault_that_only_one_validator_sees_is_told() -> None:
    # Python's `$` matches before a last line break, that of ECMA 262 does not.
    finding = of_key('"a\\n"', {"pattern": "^a$"})
    assert finding.message == '"x" is "a\\n", which does not have the right form'


def test_references_that_lead_nowhere_in_the_file() -> None:
    schema: Schema = {"properties": {"x": {"$ref": "#/properties/y"}, "y": {"type": "string"}}}
    (finding,) = check("x: 1", schema)
    assert finding.message == '"x" must be text, not the number 1'
    schema["properties"]["y"] = {"properties": {"z": {"type": "string"}}}
    (finding,) = check("x: {z: 1}", schema)
    assert finding.message == '"z" must be text, not the number 1'


def test_keywords_for_other_types_say_nothing() -> None:
    schema = {
        "type": "boolean",
        "required": ["a"],
        "dependentRequired": {"a": ["b"]},
        "properties": {"a": False},
        "additionalProperties": False,
        "uniqueItems": True,
    }
    assert of_key("1", schema).rule == "schema/type"


@pytest.fixture(scope="module")
def pool() -> Mapping:
    keys = {
        f"qa-{i:05d}": f"B62qmQAFPta1Q3c7wXHxXRKnE3uWyBYZCLb8frdHEgavi3BbBV{i:05d}"
        for i in range(10_000)
    }
    document = {
        "pool": "qa",
        "owner": "protocol",
        "secrets": {"aws": "testnets/qa/{name}"},
        "keys": {"block-producer": keys},
    }
    return parse(emit([document], header="x"))


def test_ten_thousand_keys_are_checked_fast(pool: Mapping) -> None:
    check_schema("keys", parse("a: 1"))
    start = perf_counter()
    assert check_schema("keys", pool) == ()
    assert perf_counter() - start < 0.3  # 0.003 s here


@pytest.mark.parametrize("kind", ["testnet", "fleet", "keys"])
def test_schemas_of_the_package(kind: str) -> None:
    schema = json.loads(schema_text(kind))
    for example in schema["examples"]:
        assert check_schema(kind, parse(emit([example], header="x"))) == ()
    rules = {finding.rule for finding in check_schema(kind, parse("no_such_key: 1"))}
    assert rules == {"schema/missing", "schema/unknown-key"}


def test_no_such_schema() -> None:
    with pytest.raises(FileNotFoundError):
        check_schema("nonsense", parse("a: 1"))


def every_place(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for step, inner in items if isinstance(value, (dict, list)) else ():
        yield from every_place(inner, (*path, step))


EXAMPLE = json.loads(schema_text("testnet"))["examples"][0] | {
    "snark_pools": [{"name": "a", "key": "qa-201", "fee": "0.1"}],
    "genesis": {"slot": "3m"},
}
PLACES = [path for path in every_place(EXAMPLE) if path]
ODD: st.SearchStrategy[object] = st.sampled_from(
    [None, True, -1, 10**19, "", "x" * 50, "Ä", [], {}, ["a", "a"], {"a": {}}, [[]]]
)


@given(path=st.sampled_from(PLACES), odd=ODD, key=st.sampled_from(["", "nam", "keyz", "x" * 70]))
def test_any_change_gives_findings_within_the_file(
    path: tuple[str | int, ...], odd: object, key: str
) -> None:
    document = json.loads(json.dumps(EXAMPLE))
    node = document
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = odd
    if isinstance(node, dict) and key:
        node[key] = 1
    text = emit([document], header="x")
    found = check_schema("testnet", parse(text))
    accepts = jsonschema_rs.Draft202012Validator(json.loads(schema_text("testnet"))).is_valid
    assert bool(found) is not accepts(document)
    lines = text.split("\n")
    for finding in found:
        assert finding.at.column <= len(lines[finding.at.line - 1]) + 1
        assert finding.message[0] in 'abcdefghijklmnopqrstuvwxyz"'
        assert finding.remediation.endswith(".")
        assert len(finding.message) < 200
    assert [finding.order for finding in found] == sorted(finding.order for finding in found)
