"""The JSON of a status: as its schema says, which is described, closed and bounded everywhere."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from generator.schema import schema_text
from generator.status import FleetStatus, Kind, Published, fold
from generator.status.document import status_document
from tests.status.test_fold import CASES, DRAINED, Edit, observation
from tests.status.test_properties import trees
from tests.status.world import HEAD, SMOKE, mirror
from tests.test_schemas import Schema, walk

SCHEMA: Schema = json.loads(schema_text("status"))
VALIDATOR = Draft202012Validator(SCHEMA)


def document(status: FleetStatus) -> dict[str, object]:
    """Return the document of a status, after a look at its schema, and as JSON would have it."""
    made: dict[str, object] = json.loads(json.dumps(status_document(status)))
    assert not [fault.message for fault in VALIDATOR.iter_errors(made)]
    return made


@pytest.mark.parametrize(("make", "expected"), CASES.values(), ids=CASES)
def test_every_difference_is_in_it(make: Edit, expected: list[tuple[str, str, str]]) -> None:
    made = document(fold(SMOKE, make(mirror(SMOKE)), {}))
    told = made["differences"]
    assert isinstance(told, list)
    assert [(d["kind"], d["subject"], d["text"]) for d in told] == expected
    assert made["delivered"] is not bool(expected)


@given(trees())
def test_any_tree(tree: Published) -> None:
    made = document(fold(tree, mirror(tree), {}))
    assert (made["delivered"], made["head"]) == (True, HEAD)


@pytest.mark.parametrize("replicas", [0, 1])
def test_hand_overs(replicas: int) -> None:
    status = fold(DRAINED, mirror(DRAINED), {"west": observation(replicas)})
    told = document(status)["hand_overs"]
    assert isinstance(told, list)
    stopped = not replicas
    assert [(h["daemon"], h["stopped"], h["waits_for"] is None) for h in told] == [
        ("whale-1", stopped, stopped)
    ]


def test_schema_knows_every_kind() -> None:
    kind = SCHEMA["$defs"]["difference"]["properties"]["kind"]
    assert kind["enum"] == [str(kind) for kind in Kind]
    assert all(
        f"{kind}: " in SCHEMA["$defs"]["difference"]["properties"]["kind"]["description"]
        for kind in Kind
    )


def test_schema_is_described_closed_and_bounded() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    for path, schema in walk(SCHEMA, "#"):
        if "$ref" in schema:
            continue
        assert schema["description"].endswith("."), path
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if "object" in kinds:
            assert schema["additionalProperties"] is False, path
            assert schema["required"] == list(schema["properties"]), path
        assert "string" not in kinds or "maxLength" in schema, path
        assert "array" not in kinds or "maxItems" in schema, path
        assert "integer" not in kinds or {"minimum", "maximum"} <= schema.keys(), path
