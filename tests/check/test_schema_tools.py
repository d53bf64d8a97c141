"""How CRDs and the OpenAPI of Kubernetes become the schemas of built objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tools.schema_crds import crd_schemas, share
from tools.schema_kubernetes import kubernetes_schemas
from tools.schema_nodes import DEFINITIONS, METADATA, Node, reachable, write_document


def crd(directory: Path, spec: Node, **version: object) -> Node:
    """Return the schema of the field `spec` of the one kind of a CRD."""
    schema = {"type": "object", "properties": {"spec": spec, "metadata": {"type": "object"}}}
    served = {"name": "v1", "served": True, "schema": {"openAPIV3Schema": schema}} | version
    names = {"kind": "Thing"}
    definition = {"spec": {"group": "example.org", "names": names, "versions": [served]}}
    (directory / "thing.yaml").write_text(json.dumps(definition), "utf-8")
    root: Node = crd_schemas(directory, "Thing")["example.org/v1 Thing"]
    assert root["required"] == ["metadata"]
    assert root["properties"]["metadata"]["$ref"] == DEFINITIONS + METADATA
    converted: Node = root["properties"]["spec"]
    return converted


def test_object_of_a_crd_is_closed_and_asks_for_what_has_no_default(tmp_path: Path) -> None:
    fields = {"a": {"type": "string", "description": "x"}, "b": {"type": "string", "default": "y"}}
    found = crd(tmp_path, {"type": "object", "properties": fields, "required": ["a", "b"]})
    assert found == {
        "type": "object",
        "additionalProperties": False,
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "required": ["a"],
    }


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (
            {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            {"type": "object"},
        ),
        ({"type": "object"}, {"type": "object", "additionalProperties": False}),
        ({"x-kubernetes-preserve-unknown-fields": True}, {}),
        (
            {"type": "object", "additionalProperties": {"type": "string", "example": "x"}},
            {"type": "object", "additionalProperties": {"type": "string"}},
        ),
        (
            {
                "anyOf": [{"type": "integer"}, {"type": "string"}],
                "pattern": "^x$",
                "x-kubernetes-int-or-string": True,
            },
            {"type": ["integer", "string"], "pattern": "^x$"},
        ),
        (
            {"type": "integer", "format": "int32", "minimum": 1},
            {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
        ),
    ],
)
def test_keyword_of_a_crd_keeps_its_sense(tmp_path: Path, schema: Node, expected: Node) -> None:
    assert crd(tmp_path, schema) == expected


def test_keyword_that_nobody_expected_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown keywords: anyOf, oneOf"):
        crd(tmp_path, {"type": "string", "oneOf": [], "anyOf": []})


def test_kind_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lacks Thing"):
        crd_schemas(tmp_path, "Thing")


def test_version_that_is_not_served_has_no_schema(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        crd(tmp_path, {"type": "object"}, served=False)


def test_what_stands_twice_is_written_once() -> None:
    long = {"type": "string", "pattern": "x" * 100}
    inner = {"type": "object", "properties": {"long": long, "short": {"type": "string"}}}
    roots: Node = {
        "one": {"type": "object", "properties": {"a": inner, "b": {"items": inner}}},
        "two": {"type": "object", "additionalProperties": long},
    }
    kinds, definitions = share(roots)
    assert sorted(definitions) == ["a-1", "long-1"]
    assert kinds["two"]["additionalProperties"] == {"$ref": "#/$defs/long-1"}

    def expand(node: Any) -> Any:
        if isinstance(node, list):
            return [expand(inner) for inner in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return expand(definitions[node["$ref"].removeprefix(DEFINITIONS)])
        return {key: expand(inner) for key, inner in node.items()}

    assert expand(kinds) == roots


def test_document_names_its_sources_first() -> None:
    definitions = {"a": {"items": {"$ref": "#/$defs/b"}}, "b": {}, "c": {}}
    text = write_document(["x@v1"], {"z": {}, "y": {}}, reachable(["a"], definitions))
    assert text == (
        '{"sources":["x@v1"],"kinds":{"y":{},"z":{}},'
        '"$defs":{"a":{"items":{"$ref":"#/$defs/b"}},"b":{}}}\n'
    )


def test_openapi_gets_the_enumerations_of_the_code(tmp_path: Path) -> None:
    meta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
    metadata = {"$ref": f"#/components/schemas/{meta}"}
    gvk = [{"group": "", "kind": "Thing", "version": "v1"}]
    spec = {"allOf": [{"$ref": "#/components/schemas/io.k8s.api.core.v1.ThingSpec"}], "default": {}}
    fields = {
        "policy": {"type": "string"},
        "modes": {"type": "array", "items": {"type": "string"}},
        "words": {"type": "array", "items": {"type": "string"}},
        "count": {"type": "integer", "format": "int32"},
    }
    schemas = {
        "io.k8s.api.core.v1.Thing": {
            "type": "object",
            "properties": {"metadata": metadata, "spec": spec, "status": spec},
            "x-kubernetes-group-version-kind": gvk,
        },
        "io.k8s.api.core.v1.ThingSpec": {
            "type": "object",
            "properties": fields,
            "required": ["policy"],
        },
        meta: {"type": "object"},
    }
    openapi, code = tmp_path / "api/openapi-spec/v3", tmp_path / "pkg/generated/openapi"
    openapi.mkdir(parents=True)
    code.mkdir(parents=True)
    text = json.dumps({"components": {"schemas": schemas}})
    (openapi / "api__v1_openapi.json").write_text(text, "utf-8")
    (code / "zz_generated.openapi.go").write_text(
        "func schema_k8sio_api_core_v1_ThingSpec(ref common.ReferenceCallback) {\n"
        '\t\t\t\t\t"policy": {\n\t\t\t\t\t\t\tEnum:        []interface{}{"B", "A"},\n'
        '\t\t\t\t\t"modes": {\n\t\t\t\t\t\t\t\t\t\tEnum:   []interface{}{"M"},\n',
        "utf-8",
    )
    kinds, definitions = kubernetes_schemas(tmp_path, {"v1": "Thing"})
    assert kinds == {"v1 Thing": {"$ref": "#/$defs/core.v1.Thing"}}
    assert definitions["core.v1.Thing"]["required"] == ["metadata", "spec"]
    assert definitions["core.v1.ThingSpec"]["properties"] == {
        "policy": {"enum": ["A", "B"]},
        "modes": {"type": "array", "items": {"enum": ["M"]}},
        "words": {"type": "array", "items": {"type": ["string", "null"]}},
        "count": {"$ref": "#/$defs/int32"},
    }
