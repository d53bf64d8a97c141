"""Several documents in one file: each at its place, and by the same rules as one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.finding import Location
from generator.source import Mapping, Sequence, locate, parse_document, parse_stream
from generator.source.stream import MAX_DOCUMENTS
from tests.repository import marked

BAD = sorted((Path(__file__).parent / "data/bad-yaml").glob("*.yaml"))
PATH = "x.yaml"


def test_documents_have_their_places() -> None:
    text = b"# first\n---\na: 1\n--- # second\n- b\n- c: 2\n---\n---\nd\n"
    parts, findings = parse_stream(PATH, text)
    assert not findings
    assert [(part.value, part.at.line) for part in parts] == [
        ({"a": 1}, 3),
        (["b", {"c": 2}], 5),
        ("d", 9),
    ]
    items = parts[1].value
    assert isinstance(items, Sequence)
    assert items.item_at(1) == Location(PATH, 6, 3)
    assert isinstance(items[1], Mapping)
    assert locate(items[1], ["c"]) == Location(PATH, 6, 6)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n---\n", "~\n"])
def test_nothing_is_no_document(text: str) -> None:
    assert parse_stream(PATH, text.encode()) == ((), ())


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n---\nb: @@&x 2\n",
        "a: 1\n---\nb: 2\n@@b: 3\n",
        "a: 1\n---\n- @@yes\n",
        "a: 1\n---\nb: [\n@@---\n",
        "a: 1\n--- b: @@: c\n",
        "a: 1\n---\nb: @@\x01\n",
        "@@%YAML 1.1\n---\na: 1\n",
    ],
)
def test_finding_is_at_its_place(text: str) -> None:
    clean, at = marked(PATH, text)
    parts, findings = parse_stream(PATH, clean.encode())
    assert parts == ()
    assert findings
    assert at is not None
    assert abs(findings[0].at.line - at.line) <= ("[" in text)


def test_marks_within_a_block_end_it_for_all_readers() -> None:
    parts, findings = parse_stream(PATH, b"a: |\n  ---\n  b\n---\nc: d\n")
    assert not findings
    assert [part.value for part in parts] == [{"a": "---\nb\n"}, {"c": "d"}]


def test_documents_are_limited() -> None:
    documents = "---\na: 1\n" * MAX_DOCUMENTS
    assert len(parse_stream(PATH, documents.encode())[0]) == MAX_DOCUMENTS
    parts, findings = parse_stream(PATH, f"{documents}---\na: 1\n".encode())
    assert (parts, [f.rule for f in findings]) == ((), ["yaml/multiple-documents"])


def test_findings_are_limited() -> None:
    text = "---\na: &x yes\nb: *x\n" * MAX_DOCUMENTS
    assert len(parse_stream(PATH, text.encode())[1]) == 100


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_yaml_is_refused_as_a_stream_too(path: Path) -> None:
    data = path.read_bytes()
    _, single = parse_document(PATH, data)
    parts, findings = parse_stream(PATH, data)
    only_as_one = {"yaml/multiple-documents", "yaml/top-level", "yaml/empty"}
    assert findings or parts or {f.rule for f in single} <= only_as_one


@given(st.binary(max_size=100) | st.text("ab: -\n&*!|'\"[]{}", max_size=100).map(str.encode))
def test_anything_is_read_or_refused(data: bytes) -> None:
    parts, findings = parse_stream(PATH, data)
    assert not (parts and findings)
    lines = data.decode(errors="replace").split("\n")
    assert all(1 <= finding.at.line <= len(lines) for finding in findings)
