"""The published OpenAPI of Kubernetes as closed JSON Schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from tools.schema_nodes import (
    FORMATS,
    INT_OR_STRING,
    METADATA,
    Node,
    close_kind,
    closed,
    reachable,
    refer,
)

# As controller-gen writes it into CRDs; Kubernetes takes a number as well.
_QUANTITY: Node = {
    "type": ["number", "string"],
    "pattern": r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
    r"(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$",
}
_SPECIAL = {
    "FieldsV1": {"type": "object"},
    "IntOrString": INT_OR_STRING,
    "Quantity": _QUANTITY,
    "RawExtension": {"type": "object"},
}


def kubernetes_schemas(root: Path, wanted: dict[str, str]) -> tuple[Node, Node]:
    """Return the kinds of some API groups, and their definitions, out of the sources."""
    spec: Node = {}
    for group in wanted:
        prefix = "apis" if "/" in group else "api"
        name = f"{prefix}__{group.replace('/', '__')}_openapi.json"
        text = (root / "api/openapi-spec/v3" / name).read_text("utf-8")
        spec |= json.loads(text)["components"]["schemas"]
    enums = dict(_read_enums(root / "pkg/generated/openapi/zz_generated.openapi.go"))
    definitions = FORMATS | {_short(name): _definition(name, spec, enums) for name in spec}
    kinds = dict(_kinds(spec, wanted))
    for name in kinds.values():
        close_kind(definitions[name])
    found = reachable([METADATA, *kinds.values()], definitions)
    return {kind: refer(name) for kind, name in kinds.items()}, found


def _kinds(spec: Node, wanted: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each kind that is wanted, `apps/v1 StatefulSet`, with the name of its definition."""
    for group, names in wanted.items():
        api, _, version = group.rpartition("/")
        for kind in names.split():
            entry = {"group": api, "kind": kind, "version": version}
            [name] = (
                name
                for name, schema in spec.items()
                if schema.get("x-kubernetes-group-version-kind") == [entry]
            )
            yield f"{group} {kind}", _short(name)


def _read_enums(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the values of each field that has only some: `k8sio_api_core_v1_Container.x`.

    The published OpenAPI leaves them out. The code is generated, so lines are enough.
    """
    function = field = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("func schema_"):
            function = line.removeprefix("func schema_").partition("(")[0]
        elif match := re.fullmatch(r'\t{5}"(\w+)": \{', line):
            field = match[1]
        elif match := re.fullmatch(r"\t+Enum: +\[\]interface\{\}\{(.*)\},", line):
            yield f"{function}.{field}", sorted(json.loads(f"[{match[1]}]"))


def _definition(name: str, spec: Node, enums: dict[str, list[str]]) -> Node:
    schema = spec[name]
    special = _SPECIAL.get(name.rpartition(".")[2])
    if special is not None:
        return special
    if schema.get("type") != "object":
        return _plain(schema)
    function = re.sub(r"^io\.k8s\.api\.", "k8sio.api.", name).replace(".", "_")
    fields = schema.get("properties", {})
    properties = {
        field: _field(inner, enums.get(f"{function}.{field}")) for field, inner in fields.items()
    }
    required = set(schema.get("required", []))
    # What is there in any case must be written as soon as something in it must be.
    required |= {
        field
        for field, inner in fields.items()
        if field != "status"
        and inner.get("default") == {}
        and "allOf" in inner
        and spec[_target(inner["allOf"][0])].get("required")
    }
    return closed(properties, required)


def _field(schema: Node, enum: list[str] | None = None) -> Node:
    if "allOf" in schema:
        [schema] = schema["allOf"]
    if "$ref" in schema:
        return refer(_short(_target(schema)))
    if "additionalProperties" in schema:
        return {"type": "object", "additionalProperties": _field(schema["additionalProperties"])}
    if schema["type"] == "array":
        inner = _field(schema["items"], enum)
        # A list of plain values takes an empty entry for the empty value.
        if inner.get("type") in ("boolean", "string"):
            inner = {"type": [inner["type"], "null"]}
        return {"type": "array", "items": inner}
    if schema["type"] == "object":
        message = f"an object that says nothing of its fields: {schema}"
        raise ValueError(message)
    return {"enum": enum} if enum else _plain(schema)


def _plain(schema: Node) -> Node:
    shared = schema.get("format")
    return refer(shared) if shared in FORMATS else {"type": schema.get("type", "object")}


def _target(schema: Node) -> str:
    return str(schema["$ref"]).removeprefix("#/components/schemas/")


def _short(name: str) -> str:
    """Return group, version and kind of a type, without what all names begin with."""
    return re.sub(r"^io\.k8s\.(api|apimachinery\.pkg\.(apis|api|util|runtime))\.", "", name)
