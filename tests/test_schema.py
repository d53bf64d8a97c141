"""Shape against a JSON Schema: each fault at its place, in words a person understands."""

from __future__ import annotations

from typing import Any

import pytest

from tests.schemas import Schema, check, of_key

SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "ttl"],
    "properties": {
        "name": {"$ref": "#/$defs/name", "description": "Name of the net.", "examples": ["qa"]},
        "ttl": {"type": "string", "examples": ["72h"]},
        "purpose": {"enum": ["qa", "public"]},
        "groups": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"count": {"type": "integer", "minimum": 1}, "stake": {}},
            },
        },
        "regions": {
            "type": "object",
            "propertyNames": {"pattern": "^[a-z]+-[0-9]$"},
            "additionalProperties": {"type": "integer"},
        },
    },
    "$defs": {
        "name": {
            "type": "string",
            "description": "Some name.",
            "pattern": "^[a-z]+$",
            "patternErrorMessage": "Use lower-case letters only.",
        }
    },
}

FAULTY = """\
nam: qa
purpose: publik
groups:
  - {count: 0, stakes: 1}
  - count: "3"
  - none
regions:
  US-1: 1
  us-2: true
"""


def test_each_fault_at_its_place() -> None:
    assert [
        (f.at.line, f.at.column, f.rule, f.message, f.remediation) for f in check(FAULTY, SCHEMA)
    ] == [
        (
            *(1, 1, "schema/missing", '"name" is missing'),
            'Add `name`, for example `name: "qa"`.',
        ),
        (1, 1, "schema/missing", '"ttl" is missing', 'Add `ttl`, for example `ttl: "72h"`.'),
        (
            *(1, 1, "schema/unknown-key", 'unknown key "nam"; did you mean "name"?'),
            "Write `name`.",
        ),
        (
            *(2, 10, "schema/choice", '"purpose" cannot be "publik"; did you mean "public"?'),
            'Choose one of: "qa", "public".',
        ),
        (
            *(4, 13, "schema/too-small", '"count" is 0, but must be at least 1'),
            "Write a number that is at least 1.",
        ),
        (
            *(4, 16, "schema/unknown-key"),
            'unknown key "stakes" in item 1 of "groups"; did you mean "stake"?',
            "Write `stake`.",
        ),
        (
            *(5, 12, "schema/type", '"count" must be a whole number, not the text "3"'),
            "Remove the quotes.",
        ),
        (
            *(6, 5, "schema/type", 'item 3 of "groups" must be a mapping, not the text "none"'),
            "Write a mapping.",
        ),
        (
            *(8, 3, "schema/key-name", 'the key is "US-1", which does not have the right form'),
            "Write it in the form of its description.",
        ),
        (
            *(9, 9, "schema/type", '"us-2" must be a whole number, not true'),
            "Write a whole number.",
        ),
    ]


def test_a_valid_document() -> None:
    assert check("name: qa\nttl: 1h\ngroups: [{count: 1}]\nregions: {us-1: 2}\n", SCHEMA) == ()


def test_words_of_the_schema_go_first() -> None:
    (finding,) = check("name: QA\nttl: 1h\n", SCHEMA)
    assert finding.remediation == "Use lower-case letters only."
    assert finding.why == "Name of the net."
    ttl = {"required": ["ttl"], "errorMessage": "Add `ttl`: it expires."}
    (finding,) = check("a: 1\n", {"if": {"required": ["a"]}, "then": ttl})
    assert finding.remediation == "Add `ttl`: it expires."
    assert of_key("7", {"type": "string", "errorMessage": "Say how long."}).remediation == (
        "Say how long."
    )
    assert of_key("b", {"pattern": "^a$", "errorMessage": "Write an a."}).remediation == (
        "Write an a."
    )


MESSAGES: list[tuple[str, Schema, str, str]] = [
    ("7", {"type": "string"}, '"x" must be text, not the number 7', 'Quote it: "7".'),
    ("1.50", {"type": ["string"]}, '"x" must be text, not the number 1.50', 'Quote it: "1.50".'),
    ("0.00000006", {"type": "string"}, '"x" must be text, not the number 0.00000006', "Quote"),
    ("true", {"type": "string"}, '"x" must be text, not true', 'Quote it: "true".'),
    ("", {"type": "string"}, '"x" must be text, not empty', "Write text."),
    ("[]", {"type": "string"}, '"x" must be text, not a list', "Write text."),
    ("{}", {"type": ["string", "array"]}, '"x" must be text or a list, not a mapping', "Write"),
    ("1.0", {"type": "integer"}, '"x" must be a whole number, not the number 1.0', "Write a whole"),
    ("true", {"type": "integer"}, '"x" must be a whole number, not true', "Write a whole number."),
    ("yep", {"type": ["integer", "number"]}, '"x" must be a number, not the text "yep"', "Write a"),
    ('"8"', {"type": "number"}, '"x" must be a number, not the text "8"', "Remove the quotes."),
    ('"010"', {"type": "integer"}, "must be a whole number, not the text", "Write 10."),
    ('"1e-1"', {"type": "integer"}, "must be a whole number, not the text", "Write a whole"),
    ('"0.5"', {"type": "number"}, '"x" must be a number, not the text "0.5"', "Remove the quotes."),
    ('"1\u0663"', {"type": "integer"}, "must be a whole number, not the text", "Write a whole"),
    ('"True"', {"type": "boolean"}, '"x" must be true or false, not the text', "Remove the quotes"),
    ('"yes"', {"type": "boolean"}, '"x" must be true or false, not the text "yes"', "Write true."),
    ('"true"', {"type": "boolean"}, '"x" must be true or false, not the text', "Remove the quotes"),
    (
        "8",
        {"type": "boolean", "examples": [False]},
        '"x" must be true or false',
        "Write for example",
    ),
    ("a", {"type": "object", "examples": [{"b": 1}]}, '"x" must be a mapping', '{"b": 1}.'),
    ("b", {"const": "a"}, '"x" cannot be "b"', 'Write "a".'),
    ("QA", {"enum": ["qa", 3]}, '"x" cannot be "QA"; did you mean "qa"?', 'one of: "qa", 3.'),
    ("4", {"enum": ["qa", 3]}, '"x" cannot be 4', 'Choose one of: "qa", 3.'),
    ("b", {"pattern": "^a$"}, '"x" is "b", which does not have the right form', "Write it in"),
    ("b", {"pattern": "^a$", "examples": ["a"]}, '"x" is "b", which', 'Write for example "a".'),
    ("9", {"maximum": 8}, '"x" is 9, but must be at most 8', "Write a number that is at most 8."),
    ("8", {"exclusiveMaximum": 8}, '"x" is 8, but must be less than 8', "less than 8."),
    ("0", {"exclusiveMinimum": 0}, '"x" is 0, but must be more than 0', "more than 0."),
    ("-0.5", {"minimum": 0}, '"x" is -0.5, but must be at least 0', "at least 0."),
    ("7", {"multipleOf": 2}, '"x" is 7, but must be a multiple of 2', "a multiple of 2."),
    (
        "abc",
        {"maxLength": 2},
        '"x" has 3 characters, but must have at most 2 characters',
        "at most",
    ),
    ('""', {"minLength": 1}, '"x" is empty, but must have at least 1 character', "at least 1"),
    ("[1]", {"minItems": 2}, '"x" has 1 item, but must have at least 2 items', "at least 2 items."),
    ("[1, 2]", {"maxItems": 1}, '"x" has 2 items, but must have at most 1 item', "at most 1 item."),
    ("{}", {"minProperties": 1}, '"x" is empty, but must have at least 1 key', "at least 1 key."),
    ("{a: 1}", {"maxProperties": 0}, '"x" has 1 key, but must have at most 0 keys', "at most 0"),
    ("1", {"not": {"type": "integer"}}, '"x" cannot be 1', "Change it."),
    ("[1]", {"contains": {"const": 2}}, '"x" fails "contains" of its schema', "Write what its"),
    ("{}", {"required": ["a"]}, '"a" is missing in "x"', "Add `a`."),
    ("{a: 1}", {"dependentRequired": {"a": ["b"]}}, '"b" is missing in "x"', "Add `b`."),
    ("{a: 1}", {"not": {"required": ["a"]}}, '"a" exclude', "Remove one."),
    ("{a: 1, b: 2}", {"not": {"required": ["a", "b"]}}, '"a" and "b" exclude each other', "Remove"),
]


@pytest.mark.parametrize(("value", "schema", "message", "advice"), MESSAGES)
def test_message(value: str, schema: Schema, message: str, advice: str) -> None:
    finding = of_key(value, schema)
    assert message in finding.message
    assert advice in finding.remediation
    assert (finding.at.line, finding.at.column) == (1, 4 if value else 3)


@pytest.mark.parametrize("schema", [False, {"not": {}}])
def test_a_key_that_has_no_place(schema: Any) -> None:
    finding = of_key("1", schema)
    assert (finding.rule, finding.at.column) == ("schema/forbidden", 1)
    assert finding.message == '"x" has no place here'


def test_repeated_items_point_at_both() -> None:
    finding = of_key("[a, {b: 1, c: 2}, 1, {c: 2, b: 1}, a]", {"uniqueItems": True})
    assert (finding.rule, finding.message) == ("schema/repeated", '"x" holds a mapping twice')
    assert finding.at.column == 25
    assert [related.at.column for related in finding.related] == [8]


@pytest.mark.parametrize("value", ["[1, true, '1']", "1", "{a: 1, b: 1}"])
def test_items_that_only_look_equal_are_not_repeated(value: str) -> None:
    assert check(f"x: {value}", {"properties": {"x": {"uniqueItems": True}}}) == ()


def test_unknown_keys() -> None:
    schema = {"additionalProperties": False, "patternProperties": {"^x-": {}}}
    (finding,) = check("x-a: 1\nb: 2\n", schema)
    assert (finding.at.line, finding.remediation) == (2, "Remove it.")
    many = {"additionalProperties": False, "properties": {f"key{i}": {} for i in range(30)}}
    (finding,) = check("z: 1", many)
    assert finding.remediation.startswith("Remove it, or use one of: key0, key1,")
    assert finding.remediation.endswith("key19, ....")


# Alternatives.

REGION: Schema = {"oneOf": [{"required": ["region"]}, {"required": ["regions"]}]}
KINDS: Schema = {
    "oneOf": [
        {"required": ["count"], "properties": {"kind": {"const": "a"}, "count": {"minimum": 1}}},
        {"properties": {"kind": {"const": "b"}, "size": {"type": "string"}}},
    ]
}


@pytest.mark.parametrize(
    ("value", "schema", "rule", "message"),
    [
        (
            "[]",
            {"anyOf": [{"type": "string"}, {"type": ["integer", "string"]}]},
            "type",
            "text or a whole number, not a list",
        ),
        ("{}", REGION, "missing", '"region" or "regions" is missing in "x"'),
        (
            "{region: a, regions: b}",
            REGION,
            "alternative",
            '"region", "regions" exclude each other',
        ),
        (
            "1",
            {"oneOf": [{"minimum": 0}, {"maximum": 2}]},
            "alternative",
            "more than one of the forms",
        ),
        ("{kind: a, count: 0}", KINDS, "too-small", '"count" is 0'),
        ("{kind: b, size: 1}", KINDS, "type", '"size" must be text, not the number 1'),
        ("{kind: a}", KINDS, "missing", '"count" is missing'),
        (
            "{a: 1}",
            {"anyOf": [{"type": "string"}, {"properties": {"a": {"type": "string"}}}]},
            "type",
            '"a" must be text',
        ),
        (
            "5",
            {"anyOf": [{"anyOf": [{"minimum": 9}, {"type": "string"}]}, {"type": "array"}]},
            "too-small",
            "at least 9",
        ),
    ],
)
def test_alternatives_tell_one_story(value: str, schema: Schema, rule: str, message: str) -> None:
    finding = of_key(value, schema)
    assert finding.rule == f"schema/{rule}"
    assert message in finding.message


def test_one_finding_for_each_value() -> None:
    schema = {
        "minLength": 3,
        "pattern": "^[a-z]+$",
        "allOf": [{"enum": ["abc"]}, {"type": "array"}],
    }
    assert of_key('"A"', schema).rule == "schema/type"
