"""The emitter: what it writes, every reader of YAML reads back the same."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from decimal import Decimal
from time import perf_counter
from types import MappingProxyType
from typing import Any

import pytest
import ryaml
import yaml

from generator.yaml import emit

HEADER = "Generated: do not edit."


def body(value: object) -> str:
    """Return how one value is written, below the header and its key."""
    return emit([{"k": value}], header=HEADER).split("\n", 1)[1]


# Shape.


def test_shape() -> None:
    documents: list[dict[str, Any]] = [
        {
            "apiVersion": "apps/v1",
            "metadata": {"name": "whale", "labels": {}, "finalizers": []},
            "spec": {
                "replicas": 1,
                "paused": False,
                "selector": None,
                "containers": [
                    {"name": "daemon", "args": ["mina", "--port", "8302"], "env": [{"name": "A"}]},
                    {"name": "keys", "resources": {"cpu": "500m"}},
                ],
                "matrix": [["a", ["b"]], [], {}, [{"x": "y", "z": [1, True, None]}]],
            },
            "script": "#!/bin/sh\n\tset -e\n\n  echo done\n",
            "note": "no\nlast break",
        },
        {},
        {"kind": "Secret"},
    ]
    text = emit(documents, header="Generated.\n\nDo not edit.")
    assert (
        text
        == """\
# Generated.
#
# Do not edit.
apiVersion: apps/v1
metadata:
  name: whale
  labels: {}
  finalizers: []
spec:
  replicas: 1
  paused: false
  selector: null
  containers:
  - name: daemon
    args:
    - mina
    - --port
    - "8302"
    env:
    - name: A
  - name: keys
    resources:
      cpu: 500m
  matrix:
  - - a
    - - b
  - []
  - {}
  - - x: "y"
      z:
      - 1
      - true
      - null
script: |
  #!/bin/sh
  \tset -e

    echo done
note: |-
  no
  last break
---
{}
---
kind: Secret
"""
    )
    for name, read_all in {
        "pyyaml": lambda text: list(yaml.safe_load_all(text)),
        "ryaml": ryaml.loads_all,
    }.items():
        assert read_all(text) == documents, name


def test_blocks_in_lists() -> None:
    value = [{"a": "x\ny\n"}, "p\nq", ["r\n\ns\n"]]
    expected = "k:\n- a: |\n    x\n    y\n- |-\n  p\n  q\n- - |\n    r\n\n    s\n"
    assert body(value) == expected
    assert yaml.safe_load(expected) == {"k": value}


def test_no_documents() -> None:
    assert emit([], header="x") == "# x\n"


class Role(enum.StrEnum):
    """Text of a class of its own."""

    SEED = "seed"
    NO = "no"


class Size(enum.IntEnum):
    """Numbers of a class of their own."""

    SMALL = 7


def test_other_classes_of_the_same_kinds() -> None:
    frozen = MappingProxyType({Role.SEED: Role.NO, "b": (Role.SEED, Size.SMALL, ("x",), ())})
    assert body(frozen) == 'k:\n  seed: "no"\n  b:\n  - seed\n  - 7\n  - - x\n  - []\n'


def test_an_instance_that_is_emitted_twice_may_have_changed() -> None:
    def documents() -> Iterator[dict[str, Any]]:
        shared: dict[str, Any] = {"n": {"i": "0"}}
        for number in range(3):
            shared["n"]["i"] = f"v{number}"
            yield shared

    text = emit(documents(), header=HEADER)
    assert [d["n"]["i"] for d in yaml.safe_load_all(text)] == ["v0", "v1", "v2"]


# What is refused.


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (1.5, TypeError),
        (Decimal("0.1"), TypeError),
        (b"bytes", TypeError),
        (bytearray(b"x"), TypeError),
        (range(3), TypeError),
        ({"a"}, TypeError),
        (object(), TypeError),
        ({1: "a"}, TypeError),
        ({None: "a"}, TypeError),
        ({"k" * 257: "a"}, ValueError),
        (2**64, ValueError),
        (-(2**63) - 1, ValueError),
        ("\ud800", ValueError),
        ("line\n\udfff", ValueError),
    ],
)
def test_refused(value: object, error: type[Exception]) -> None:
    for document in ({"k": value}, {"k": [value]}, {"k": {"a": [{"b": value}]}}):
        with pytest.raises(error):
            emit([document], header=HEADER)


@pytest.mark.parametrize("document", [[], "text", None, 3])
def test_a_document_is_a_mapping(document: Any) -> None:
    with pytest.raises(TypeError, match="a document is a mapping"):
        emit([document], header=HEADER)


@pytest.mark.parametrize("header", ["a\rb", "a\x85b: c", "a\u2028b"])
def test_a_header_cannot_break_out(header: str) -> None:
    with pytest.raises(ValueError, match="printable"):
        emit([], header=header)


def test_a_cycle_ends() -> None:
    mapping: dict[str, Any] = {}
    mapping["self"] = mapping
    items: list[Any] = []
    items.append(items)
    for value in (mapping, items):
        with pytest.raises(ValueError, match="nested more than"):
            emit([{"k": value}], header=HEADER)


def test_depth() -> None:
    value: Any = "bottom"
    for _ in range(31):
        value = {"a": [value]}
    text = emit([{"k": value}], header=HEADER)
    assert yaml.safe_load(text) == {"k": value}


def test_linear_in_the_length_of_text() -> None:
    start = perf_counter()
    for unit in ("1", "1_", "1:", "a ", "a\n", "é", "\x00", " "):
        body(unit * 1_000_000)
    assert perf_counter() - start < 20  # half a second here; quadratic would be hours


def test_speed() -> None:
    container = {
        "name": "daemon",
        "image": "gcr.io/o1labs-192920/mina-daemon:3.0.3-bullseye-devnet",
        "args": ["mina", "daemon", "--client-port", "8301", "--log-level", "Info"],
        "ports": [{"name": "p2p", "containerPort": 8302, "protocol": "TCP"}] * 4,
    }
    documents = [
        {"kind": "StatefulSet", "metadata": {"name": f"whale-{i}"}, "spec": {"c": [container] * 4}}
        for i in range(2_000)
    ]
    start = perf_counter()
    size = len(emit(documents, header=HEADER))
    assert size / (perf_counter() - start) > 4e6  # bytes a second; ten times that here
