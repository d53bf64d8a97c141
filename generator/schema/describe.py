"""Faults to findings: the place in the file, and what the schema itself says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.finding import Finding, Related
from generator.schema.fault import Fault, Schema
from generator.schema.wording import Notes, find_words
from generator.source import Mapping as Document
from generator.source import locate, locate_key


def describe(fault: Fault, document: Document, schema: Schema) -> Finding:
    """Return the finding for `fault` in `document`, which has `schema`.

    The schema's `errorMessage` and `patternErrorMessage` go before the advice of this package.
    """
    notes = _notes(fault, schema)
    words = find_words(fault, notes)
    own = notes.get("patternErrorMessage") if fault.keyword == "pattern" else None
    if not own and fault.keyword != "additionalProperties":
        own = notes.get("errorMessage")
    at_key = fault.of_name or words.at_key
    path = (*fault.path, fault.key) if at_key and fault.key else fault.path
    related: tuple[Related, ...] = ()
    if words.first is not None:
        first = locate(document, (*fault.path, words.first))
        related = (Related(at=first, message="the first one is here"),)
    if words.item is not None:
        path = (*path, words.item)
    return Finding(
        rule="schema/key-name" if fault.of_name else f"schema/{words.rule}",
        message=words.message,
        remediation=str(own or words.advice),
        at=locate_key(document, path) if at_key else locate(document, path),
        why=str(notes.get("description", "")),
        related=related,
    )


def _notes(fault: Fault, schema: Schema) -> Notes:
    """Gather what the schema says of a value; what stands beside a `$ref` goes first."""
    if fault.keyword in {"required", "dependentRequired"}:
        missing = fault.schema.get("properties", {}).get(fault.key)
        general = {k: v for k, v in fault.schema.items() if k == "errorMessage"}
        return {**_follow_all(missing, schema), **general}
    node: Any = schema
    try:
        for step in fault.route[:-1]:
            while isinstance(node, Mapping) and step not in node and "$ref" in node:
                node = _follow(node, schema)
            node = node[step]
    except (LookupError, TypeError):  # a way that only the library knows
        node = None
    return {**fault.schema, **_follow_all(node, schema)}


def _follow_all(node: object, schema: Schema) -> Notes:
    notes: dict[str, Any] = {}
    while isinstance(node, Mapping):
        notes = {**node, **notes}
        node = _follow(node, schema)
    return notes


def _follow(node: Schema, schema: Schema) -> object:
    """Return what the `$ref` of `node` names in the same schema, or None."""
    prefix, _, name = str(node.get("$ref", "")).rpartition("/")
    return schema.get("$defs", {}).get(name) if prefix == "#/$defs" else None
