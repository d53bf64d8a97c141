"""What the schemas of built objects are made of, wherever they come from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

Node: TypeAlias = dict[str, Any]

DEFINITIONS = "#/$defs/"
METADATA = "meta.v1.ObjectMeta"

_BASE64 = "[A-Za-z0-9+/]"
FORMATS: Node = {
    "int32": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "date-time": {
        "type": "string",
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?"
        r"(Z|[+-][0-9]{2}:[0-9]{2})$",
    },
    # Go skips line breaks.
    "byte": {
        "type": "string",
        "pattern": rf"^[\r\n]*(({_BASE64}[\r\n]*){{4}})*(({_BASE64}[\r\n]*){{2}}(=[\r\n]*){{2}}|"
        rf"({_BASE64}[\r\n]*){{3}}=[\r\n]*)?$",
    },
}
INT_OR_STRING: Node = {"type": ["integer", "string"]}


def refer(name: str) -> Node:
    """Return a reference to a definition."""
    return {"$ref": DEFINITIONS + name}


def closed(fields: Node, required: Iterable[str]) -> Node:
    """Return the schema of a mapping that has these fields and no others."""
    schema: Node = {"type": "object", "additionalProperties": False}
    if fields:
        schema["properties"] = fields
    if names := sorted(required):
        schema["required"] = names
    return schema


def close_kind(schema: Node) -> None:
    """Ask of a whole object what every one has: metadata as Kubernetes knows them, with a name.

    Its version and kind are what chooses the schema; in a template of claims they may be missing.
    """
    schema["properties"]["metadata"] = refer(METADATA) | {"required": ["name"]}
    schema["required"] = sorted({"metadata"}.union(schema.get("required", [])))


def inner_nodes(schema: Node) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Yield the schemas directly within one, each with the keys that lead to it."""
    for name, inner in schema.get("properties", {}).items():
        yield ("properties", name), inner
    for key in ("additionalProperties", "items"):
        if isinstance(schema.get(key), dict):
            yield (key,), schema[key]


def reachable(names: Iterable[str], definitions: Node) -> Node:
    """Return the definitions that these lead to, themselves with them, in order of name."""
    found: Node = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = definitions[name]
            waiting += _references(found[name])
    return dict(sorted(found.items()))


def _references(schema: Node) -> Iterator[str]:
    if "$ref" in schema:
        yield schema["$ref"].removeprefix(DEFINITIONS)
    for _, inner in inner_nodes(schema):
        yield from _references(inner)


def write_document(sources: list[str], kinds: Node, definitions: Node) -> str:
    """Return the text of a file of schemas: where they come from, the kinds, what they share."""
    roots = dict(sorted(kinds.items()))
    document = {"sources": sources, "kinds": roots, "$defs": definitions}
    return json.dumps(document, separators=(",", ":")) + "\n"
