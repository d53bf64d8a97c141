"""Documents checked against schemas made for a test."""

from __future__ import annotations

from typing import Any

from generator.finding import Finding
from generator.schema import check_schema
from generator.source import Mapping, parse_document

Schema = dict[str, Any]


def parse(text: str) -> Mapping:
    """Return the mapping of a text in which nothing is wrong."""
    mapping, findings = parse_document("net.yaml", text.encode())
    assert mapping is not None
    assert not findings
    return mapping


def check(text: str, schema: Schema) -> tuple[Finding, ...]:
    """Return the findings of a text under a schema."""
    return check_schema("test", parse(text), schema=schema)


def of_key(value: str, schema: Schema) -> Finding:
    """Return the one finding for the value of the key `x`, written on line 1 from column 4."""
    (finding,) = check(f"x: {value}\n", {"properties": {"x": schema}})
    return finding
