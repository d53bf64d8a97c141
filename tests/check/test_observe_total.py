"""Whatever an object holds, looking at it gives plain data."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from generator.check.observe import PatchLibrary, Watcher, nothing
from generator.check.observe.objects import BY_KIND
from generator.errors import ToolError
from tests.check.looking import MINOR

# The fields that are looked at, so that garbage stands where something is expected.
FIELDS = [
    "metadata",
    "spec",
    "name",
    "namespace",
    "labels",
    "annotations",
    "template",
    "containers",
    "initContainers",
    "ports",
    "hostPort",
    "containerPort",
    "targetPort",
    "port",
    "endPort",
    "args",
    "type",
    "rules",
    "http",
    "paths",
    "backend",
    "service",
    "number",
    "from",
    "ipBlock",
    "cidr",
    "ingress",
    "podSelector",
    "matchLabels",
    "matchExpressions",
    "key",
    "operator",
    "values",
    "data",
    "stringData",
    "roleRef",
    "subjects",
    "kind",
    "scaleTargetRef",
    "dependsOn",
    "sourceRef",
    "replicas",
    "updateStrategy",
    "rollingUpdate",
    "maxSurge",
    "terminationGracePeriodSeconds",
    "hostNetwork",
    "clusterIP",
    "resources",
    "env",
    "securityContext",
    "volumes",
    "livenessProbe",
    "jobTemplate",
    "items",
    "dataFrom",
]
TEXTS = ("", "a/b", "1e3", "³", "-external-port", "0.0.0.0/0", "disabled", "seed", "x" * 70, "é\n")
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(TEXTS),
)
KEYS = st.sampled_from((*FIELDS, *TEXTS[1:]))
GARBAGE: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=25,
)
OBJECTS = st.builds(
    lambda kind, metadata, spec, other: {
        **other,
        "apiVersion": "v1",
        "kind": kind,
        "metadata": metadata,
        "spec": spec,
    },
    st.sampled_from(sorted(BY_KIND)) | GARBAGE,
    GARBAGE,
    GARBAGE,
    st.dictionaries(KEYS, GARBAGE, max_size=3),
)


@settings(max_examples=300)
@given(st.lists(OBJECTS | GARBAGE, max_size=3))
def test_objects_of_any_content(objects: list[Any]) -> None:
    text = "\n---\n".join(json.dumps(item) for item in objects)
    seen = Watcher(PatchLibrary({})).look(text, minor=MINOR)
    # What is kept and read again is the same.
    assert json.loads(json.dumps(seen, allow_nan=False)) == seen
    assert seen.keys() == nothing().keys()
    assert all(name.count("/") == 2 for name in seen["objects"])


@given(st.text(st.sampled_from("ab:-[]{}&*!#|>\n \"'%@,?~1"), max_size=60))
def test_texts_of_any_content(text: str) -> None:
    try:
        seen = Watcher(PatchLibrary({})).look(text, minor=MINOR)
    except ToolError:
        return
    assert seen.keys() == nothing().keys()
