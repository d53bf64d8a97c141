"""What another project's schemas say of objects of Kubernetes: those of kubernetes-validate."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs

from tests.built import Object

KUBERNETES = "v1.37.0-local-strict"
# Kinds that are no part of Kubernetes, which has no schema of them.
CUSTOM = {
    "external-secrets.io/v1 ExternalSecret",
    "external-secrets.io/v1 SecretStore",
    "generators.external-secrets.io/v1alpha1 Password",
    "kustomize.toolkit.fluxcd.io/v1 Kustomization",
    "monitoring.coreos.com/v1 PodMonitor",
    "notification.toolkit.fluxcd.io/v1beta3 Alert",
    "notification.toolkit.fluxcd.io/v1beta3 Provider",
    "source.toolkit.fluxcd.io/v1 GitRepository",
}


def kind_of(value: Object) -> str:
    """Return version and kind of an object."""
    return f"{value['apiVersion']} {value['kind']}"


def faults(value: Object) -> list[str]:
    """Return what Kubernetes would refuse about an object."""
    checker = validator(value["apiVersion"], value["kind"])
    return [f"{list(e.instance_path)}: {e.message}" for e in checker.iter_errors(value)]


@cache
def validator(api_version: str, kind: str) -> jsonschema_rs.Draft202012Validator:
    """Return the validator of a kind; FileNotFoundError where Kubernetes has no such kind."""
    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api_version)
    schema = _schema(f"{kind.lower()}-{group}")
    text = json.dumps(schema).replace('"_definitions.json#', '"urn:definitions#')
    registry = jsonschema_rs.Registry([("urn:definitions", _definitions())])
    return jsonschema_rs.Draft202012Validator(json.loads(text), registry=registry)


@cache
def _definitions() -> dict[str, Any]:
    return _schema("_definitions")


def _schema(name: str) -> dict[str, Any]:
    place = files("kubernetes_validate") / "kubernetes-json-schema" / KUBERNETES / f"{name}.json"
    schema: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return schema
