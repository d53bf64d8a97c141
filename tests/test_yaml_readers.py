"""What the emitter writes, every reader of YAML reads back the same."""

from __future__ import annotations

import itertools
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import ryaml
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from generator.source import parse_document
from generator.yaml import emit

HEADER = "Generated: do not edit."


def read_ours(text: str) -> Any:
    mapping, findings = parse_document("x.yaml", text.encode())
    assert not findings
    return mapping


READERS: dict[str, Callable[[str], Any]] = {
    "pyyaml": lambda text: yaml.load(text, Loader=yaml.CSafeLoader),
    "pyyaml-pure": yaml.safe_load,
    "ruamel": lambda text: YAML(typ="safe", pure=True).load(text),
    "ryaml": ryaml.loads,
}


def body(value: object) -> str:
    """Return how one value is written, below the header and its key."""
    return emit([{"k": value}], header=HEADER).split("\n", 1)[1]


def kustomize(directory: Path, documents: list[dict[str, Any]], **fields: object) -> Any:
    """Build `documents` with the real kustomize and return the objects."""
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["objects.yaml"],
        **fields,
    }
    (directory / "objects.yaml").write_text(emit(documents, header=HEADER))
    (directory / "kustomization.yaml").write_text(emit([kustomization], header=HEADER))
    run = subprocess.run(
        ["kubectl", "kustomize", directory], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return list(yaml.load_all(run.stdout, Loader=yaml.CSafeLoader))


PLAIN = [
    *("whale", "8Gi", "500m", "72h", "--config-directory", "-v", "$(POD_NAME)", "testnet/net"),
    *("gcr.io/o1labs/mina-daemon:3.0.3-bullseye-devnet", "sha256:0a1b", "10.0.0.0/16", "10.0.0.1"),
    *("https://github.com/a/b?x=1&y=2#z", "a b c", "1.2.3", "3.0-x", "/bin/sh -c 'true'", "a:b"),
    *("external-dns.alpha.kubernetes.io/hostname", ".hidden", "_x", "host-port", "x = y", "a#b"),
    "a\\n",
]
QUOTED = [
    *("", " ", "a ", " a", "a  b", "~", "null", "Null", "true", "FALSE", "yes", "No", "on", "OFF"),
    *("y", "N", "0", "-1", "+1", "8302", "010", "0o17", "0x1F", "0b11", "0_xa", "0b-1", "1_000"),
    *("_1", "+_1", "1.5", ".5", "1.", "1e3", "1E3", "1e", "e5", "12e34", ".inf", "-.INF", ".nan"),
    *("NaN", "inf", "22:22", "1:30:00", "190:20:30.15", "2020-01-01", "2020-01-01T00:00:00Z"),
    *("2020-1-1 x", "=", "<<", "-", "--- a", "---", "...", "?", "? a", "- a", ":", "a:", "a: b"),
    *("a #b", "#a", "@a", "`a", "%a", "&a", "*a", "!a", "|", ">", "'a'", '"a"', "[a]", "{a}"),
    *(",a", "a\tb", "a\v", "a\nb: c\n\n", "\na", " a\nb", "a \nb", "\ta\nb", "a\r\nb", "\x00"),
    *("\x1b[0m", "\x7f", "é", "\x85", "a\x85b\nc", "\u2028", "\u2029", "\ufeff", "\ufffe"),
    *("\u200b", "\u202e", "\xa0", "日本", "😀", "\U000e0001", "{{ x }}", "a`b", "[]", "{}"),
    *("${VAR}", "a, b]", "key: |"),
]
NASTY = [
    *PLAIN,
    *QUOTED,
    "a\nb\n",
    "a\n\n  b\n\tc",
    "#!/bin/sh\n# x\n---\n...\n",
    "{\n}\n",
    "- a\n- b",
]


@pytest.mark.parametrize("text", PLAIN)
def test_text_that_stays_plain(text: str) -> None:
    assert body(text) == f"k: {text}\n"


@pytest.mark.parametrize("text", QUOTED)
def test_text_that_is_quoted(text: str) -> None:
    written = body(text)
    assert written.startswith('k: "')
    assert written.count("\n") == 1
    assert all(character.isprintable() for character in written[:-1])


def test_text_that_looks_like_other_text_when_written() -> None:
    document = {'""': '"8302"', "": "8302", '"8302"': "|", "8302": "", "a": '""'}
    for items in (document.items(), reversed(document.items())):
        assert yaml.safe_load(emit([dict(items)], header=HEADER)) == document


def test_readable_text_stays_readable() -> None:
    assert body("é日本😀") == 'k: "é日本😀"\n'
    assert body("\x85\u2028\U000e0001\0\n\n") == 'k: "\\u0085\\u2028\\U000e0001\\u0000\\n\\n"\n'


@pytest.mark.parametrize("reader", READERS)
def test_nasty_text_as_value_item_and_key(reader: str) -> None:
    document: dict[str, Any] = {
        "values": {f"k{i}": text for i, text in enumerate(NASTY)},
        "items": NASTY,
    }
    document["keys"] = dict.fromkeys(NASTY, "v")
    assert READERS[reader](emit([document], header=HEADER)) == document


# What kustomize reads rightly but does not write so that it can be read again.
LOST = {"=", "<<", "\x7f", "\x85", "a\x85b\nc", "\ufffe", "\ta\nb"}


def test_nasty_text_through_kustomize(tmp_path: Path) -> None:
    data = {f"k{i}": text for i, text in enumerate(NASTY) if text not in LOST}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data}
    # What stands in kustomization.yaml is read by another library than what is in resources.
    (built,) = kustomize(tmp_path, [config], commonAnnotations=data)
    assert built["data"] == data
    assert built["metadata"]["annotations"] == data


def every_short_text() -> list[str]:
    """Return all texts of up to three characters that mean something to some reader."""
    alphabet = "a1_-+.:#, e0xo~yn=<&*!|>'\"%@`{}[]?\\/$(\n\tI"
    texts = (itertools.product(alphabet, repeat=length) for length in (1, 2, 3))
    return ["".join(text) for product in texts for text in product]


def numberlike() -> list[str]:
    """Return many texts that look like numbers."""
    chance = random.Random(1)  # noqa: S311 - the same texts every time
    alphabet = "0128_-+.:eExXoObBaftTZ"
    lengths = [*range(2, 10)] * 2_000
    return ["".join(chance.choices(alphabet, k=length)) for length in lengths]


@pytest.mark.parametrize("reader", ["pyyaml", "ryaml"])
def test_every_short_text_and_many_numbers(reader: str) -> None:
    texts = every_short_text() + numberlike()
    got = READERS[reader](emit([{"items": texts}], header=HEADER))["items"]
    assert [(text, read) for text, read in zip(texts, got, strict=True) if text != read] == []


def test_plain_text_through_kustomize(tmp_path: Path) -> None:
    texts = every_short_text() + numberlike()
    plain = [text for text in texts if body(text)[3:-1] == text]
    assert len(plain) > 15_000
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    data = {f"k{i}": text for i, text in enumerate(plain)}
    (built,) = kustomize(tmp_path, [config | {"data": data}])
    assert built["data"] == data
    # Slow for many annotations: those that begin like a number are the ones that may differ.
    annotations = {f"k{i}": text for i, text in enumerate(plain) if text[0] in "0123456789+-._"}
    few = dict(itertools.islice(annotations.items(), 2_000))
    (built,) = kustomize(tmp_path, [config], commonAnnotations=few)
    assert built["metadata"]["annotations"] == few


TEXTS = st.text() | st.text("a1 :#-\n\t'\"\\é\u2028{}[],&*!|>%@`~0x.e+_") | st.sampled_from(NASTY)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=15,
)
DOCUMENTS = st.dictionaries(TEXTS, VALUES)


@given(document=DOCUMENTS)
def test_round_trip(document: dict[str, Any]) -> None:
    text = emit([document], header=HEADER)
    for name in ("pyyaml", "ryaml"):
        assert READERS[name](text) == document, name


@given(document=st.dictionaries(st.text("abc-", min_size=1), st.text("ab 1:\n", max_size=9)))
def test_what_is_written_can_be_read_as_what_people_write(document: dict[str, Any]) -> None:
    assert read_ours(emit([document | {"end": "x"}], header=HEADER)) == document | {"end": "x"}


@given(documents=st.lists(DOCUMENTS.filter(bool), max_size=3))
def test_several_documents_and_same_bytes_every_time(documents: list[dict[str, Any]]) -> None:
    text = emit(documents, header=HEADER)
    assert list(yaml.load_all(text, Loader=yaml.CSafeLoader)) == documents
    assert emit(iter(documents), header=HEADER) == text
