"""The structural schemas of CRDs as closed JSON Schemas that share what they have in common."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import ryaml

from tools.schema_nodes import (
    FORMATS,
    INT_OR_STRING,
    Node,
    close_kind,
    closed,
    inner_nodes,
    refer,
)

_KEPT = {
    *("enum", "maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength"),
    *("minProperties", "minimum", "pattern", "type"),
}
_READ = {
    *("additionalProperties", "format", "items", "properties", "required"),
    *("x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"),
}
# What says nothing of a value alone, or nothing that a JSON Schema could say.
_DROPPED = {
    *("default", "description", "example", "nullable", "x-kubernetes-list-map-keys"),
    *("x-kubernetes-list-type", "x-kubernetes-map-type", "x-kubernetes-validations"),
}
# Below it, a reference is hardly shorter than what it stands for.
_SHARED_FROM = 80


def crd_schemas(directory: Path, wanted: str) -> Node:
    """Return the schema of each kind that is wanted, in every version that is served."""
    roots: Node = {}
    missing = set(wanted.split())
    for path in sorted(directory.glob("*.yaml")):
        spec = ryaml.loads(path.read_text("utf-8")).get("spec", {})
        kind = spec.get("names", {}).get("kind")
        if kind not in wanted.split():
            continue
        missing.discard(kind)
        for version in spec["versions"]:
            if version["served"]:
                schema = _convert(version["schema"]["openAPIV3Schema"])
                close_kind(schema)
                roots[f"{spec['group']}/{version['name']} {kind}"] = schema
    if missing:
        message = f"{directory} lacks {', '.join(sorted(missing))}"
        raise ValueError(message)
    return roots


def _convert(schema: Node) -> Node:
    flexible = schema.get("x-kubernetes-int-or-string", False)
    unknown = set(schema) - _KEPT - _DROPPED - _READ - ({"anyOf"} if flexible else set())
    if unknown:
        message = f"unknown keywords: {', '.join(sorted(unknown))}"
        raise ValueError(message)
    kept = {key: schema[key] for key in sorted(_KEPT & set(schema))}
    if flexible:
        return kept | INT_OR_STRING
    if "items" in schema:
        return kept | {"items": _convert(schema["items"])}
    if isinstance(schema.get("additionalProperties"), dict):
        return kept | {"additionalProperties": _convert(schema["additionalProperties"])}
    if schema.get("type") == "object":
        return kept | _object(schema)
    # A bound of its own is the narrower one.
    shared: Node = FORMATS.get(schema.get("format", ""), {})
    return shared | kept


def _object(schema: Node) -> Node:
    fields = schema.get("properties", {})
    # Defaults are written before anything is judged.
    required = {name for name in schema.get("required", []) if "default" not in fields[name]}
    converted = closed({name: _convert(inner) for name, inner in fields.items()}, required)
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        del converted["additionalProperties"]
    return converted


def share(roots: Node) -> tuple[Node, Node]:
    """Give what stands in several places a name, that of the field where it stands first."""
    places: Counter[str] = Counter()
    for root in roots.values():
        _count(root, places)
    sharing = _Sharing(places)
    kinds = {name: sharing.place(root, name) for name, root in roots.items()}
    return kinds, dict(sorted(sharing.definitions.items()))


def _count(schema: Node, places: Counter[str]) -> None:
    for _, inner in inner_nodes(schema):
        text = _text(inner)
        places[text] += 1
        if places[text] == 1:  # what is within it stands there once, however often it is used
            _count(inner, places)


class _Sharing:
    """Definitions in the making."""

    def __init__(self, places: Counter[str]) -> None:
        self.definitions: Node = {}
        self._places = places
        self._names: dict[str, str] = {}
        self._uses: Counter[str] = Counter()

    def place(self, schema: Node, field: str) -> Node:
        """Return what stands for a schema of `field`: a reference, or the schema."""
        text = _text(schema)
        common = self._places[text] > 1 and len(text) >= _SHARED_FROM
        if text in self._names:
            return refer(self._names[text])
        if common:
            self._uses[field] += 1
            self._names[text] = f"{field}-{self._uses[field]}"
        smaller = dict(schema)
        for route, inner in inner_nodes(schema):
            if route[0] == "properties":
                put = {route[1]: self.place(inner, route[1])}
                smaller["properties"] = smaller["properties"] | put
            else:
                smaller[route[0]] = self.place(inner, field)
        if not common:
            return smaller
        self.definitions[self._names[text]] = smaller
        return refer(self._names[text])


def _text(schema: Node) -> str:
    return json.dumps(schema, sort_keys=True)
