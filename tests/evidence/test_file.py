"""Evidence in a file: written and read back, and refused when it cannot be one look."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from generator.errors import UsageError
from generator.evidence import open_source
from generator.evidence.file import FileSource, open_file, render_observations
from generator.register import Evidence
from generator.schema import schema_text
from generator.sync import Observation
from tests.evidence.cases import (
    APPLIED,
    AT,
    DRAINED,
    KEY,
    LINEAGE,
    OTHER_KEY,
    POD,
    QUESTION,
    STOPPED,
    WAITING,
    WORKLOAD,
    observed,
    runs,
    waiting_for,
)

Edit = Callable[[dict[str, Any]], object]
SEEN: dict[str, Observation | str] = {
    "aws": observed(pods=(replace(POD, namespace="elsewhere"),)),
    "gcp": "it does not answer in time",
}


def write(path: Path, seen: dict[str, Observation | str]) -> Path:
    file = path / "evidence.json"
    file.write_text(render_observations(seen, who="älice", at=AT), encoding="utf-8")
    return file


def opened(path: Path, seen: dict[str, Observation | str]) -> FileSource:
    return open_file(write(path, seen), branch="environments")


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    source = opened(tmp_path, SEEN)
    assert source.seen == {"aws": SEEN["aws"]}
    assert source.failed == {"gcp": SEEN["gcp"]}
    assert (source.who, source.at, source.branch) == ("älice", AT, "environments")


def test_written_file_has_the_published_schema(tmp_path: Path) -> None:
    schema = json.loads(schema_text("evidence"))
    Draft202012Validator.check_schema(schema)
    document = json.loads(write(tmp_path, SEEN).read_text(encoding="utf-8"))
    assert not list(Draft202012Validator(schema).iter_errors(document))
    assert list(document) == [name for name in schema["properties"] if name != "status"]


def test_status_beside_the_evidence_is_accepted_and_proves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "evidence.json"
    said = {"version": 1, "anything": [{"of": "any shape"}]}
    text = render_observations(SEEN, who="älice", at=AT, status=said)
    file.write_text(text, encoding="utf-8")
    document = json.loads(text)
    assert list(document) == list(json.loads(schema_text("evidence"))["properties"])
    assert open_file(file, branch="x") == open_file(write(tmp_path, SEEN), branch="x")
    document["status"]["version"] = 2
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(UsageError, match="it was edited"):
        open_file(file, branch="x")


def test_example_of_the_schema_is_accepted(tmp_path: Path) -> None:
    [example] = json.loads(schema_text("evidence"))["examples"]
    file = tmp_path / "evidence.json"
    file.write_text(json.dumps(example), encoding="utf-8")
    assert list(open_file(file, branch="environments").seen) == ["aws-us-west-2"]


def test_evidence_from_a_file(tmp_path: Path) -> None:
    source = open_source(str(write(tmp_path, {"aws": STOPPED})), at="", who="bob")
    found = source.look([WAITING], LINEAGE)[KEY]
    assert isinstance(found, Evidence)
    assert (found.source, found.who, found.at) == ("file", "älice", AT)
    assert found.revision == DRAINED


def test_reasons_from_a_file(tmp_path: Path) -> None:
    place = WAITING.record.place
    keys = {
        KEY: place,
        OTHER_KEY: replace(place, cluster="gcp"),
        "x": replace(place, cluster="azure"),
    }
    waiting = [waiting_for(key, place=at) for key, at in keys.items()]
    found = opened(tmp_path, SEEN | {"aws": runs()}).look(waiting, LINEAGE)
    assert found == {
        KEY: "the pod testnet-smoke/whale-1-0 is still there (Running)",
        OTHER_KEY: "gcp: it does not answer in time",
        "x": "the file has nothing about azure",
    }


def sealed(document: dict[str, Any]) -> str:
    """Return a document with a digest that is right, as somebody writes who means to deceive."""
    rest = {name: value for name, value in document.items() if name != "digest"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return json.dumps(rest | {"digest": f"sha256:{digest}"})


def first(document: dict[str, Any], field: str) -> dict[str, Any]:
    """Return the first entry of a list of the first cluster."""
    entry: dict[str, Any] = document["clusters"][0][field][0]
    return entry


def repeat(document: dict[str, Any], field: str, **changes: object) -> None:
    """Put an entry of the first cluster there twice, but for some fields."""
    entries = document["clusters"][0][field]
    entries.append(entries[0] | changes)


CONTRADICTIONS: dict[str, tuple[Edit, str]] = {
    "cluster twice": (
        lambda d: d["clusters"].append(d["clusters"][0] | {"context": "x"}),
        "the cluster aws twice",
    ),
    "answered and failed": (
        lambda d: d["failed"].update(aws="it does not answer"),
        "the cluster aws twice",
    ),
    "Kustomization twice": (
        lambda d: repeat(d, "kustomizations", generation=9),
        f"the Kustomization {APPLIED.name} twice",
    ),
    "Kustomization not asked": (
        lambda d: first(d, "kustomizations").update(name="other"),
        "about the Kustomization other, unasked",
    ),
    "StatefulSet twice": (
        lambda d: repeat(d, "statefulSets", replicas=1),
        f"the StatefulSet testnet-smoke/{WORKLOAD.name} twice",
    ),
    "StatefulSet not asked": (
        lambda d: first(d, "statefulSets").update(namespace="other"),
        "about the StatefulSet other/whale-1, unasked",
    ),
    "pod twice": (
        lambda d: repeat(d, "pods", phase="Failed"),
        "the pod elsewhere/whale-1-0 twice",
    ),
    "pod not asked": (
        lambda d: first(d, "pods").update(label=OTHER_KEY),
        f"about the label {OTHER_KEY}, unasked",
    ),
    "question dropped": (
        lambda d: d["clusters"][0]["asked"].clear(),
        "unasked",
    ),
    "Kustomization seen early": (
        lambda d: first(d, "kustomizations").update(observedGeneration=3),
        f"a generation of {APPLIED.name} was seen before it was",
    ),
    "StatefulSet seen early": (
        lambda d: first(d, "statefulSets").update(observedGeneration=9),
        f"a generation of {WORKLOAD.name} was seen before it was",
    ),
}


@pytest.mark.parametrize(("edit", "reason"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_file_that_contradicts_itself_is_refused(tmp_path: Path, edit: Edit, reason: str) -> None:
    file = write(tmp_path, SEEN)
    document = json.loads(file.read_text(encoding="utf-8"))
    edit(document)
    file.write_text(sealed(document), encoding="utf-8")
    with pytest.raises(UsageError, match="Have `testnet status` write it again") as caught:
        open_file(file, branch="environments")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


EDITS: dict[str, tuple[Edit, str]] = {
    "pods taken away": (lambda d: d["clusters"][0]["pods"].clear(), "its digest is of"),
    "another revision": (
        lambda d: first(d, "kustomizations").update(revision="x"),
        "its digest is of",
    ),
    "another author": (lambda d: d.update(who="eve"), "its digest is of"),
    "another version": (lambda d: d.update(version=2), "at version: 1 was expected"),
    "unknown field": (lambda d: d.update(more=1), "at the top:"),
    "field gone": (lambda d: first(d, "pods").pop("phase"), "at clusters/0/pods/0:"),
    "negative": (
        lambda d: first(d, "statefulSets").update(replicas=-1),
        "at clusters/0/statefulSets/0/replicas:",
    ),
    "fraction": (
        lambda d: first(d, "statefulSets").update(replicas=0.5),
        "the number 0.5",
    ),
    "truth for a number": (
        lambda d: first(d, "statefulSets").update(replicas=False),
        "at clusters/0/statefulSets/0/replicas:",
    ),
}


@pytest.mark.parametrize(("edit", "reason"), EDITS.values(), ids=EDITS)
def test_edited_file_is_refused(tmp_path: Path, edit: Edit, reason: str) -> None:
    file = write(tmp_path, SEEN)
    document = json.loads(file.read_text(encoding="utf-8"))
    edit(document)
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        open_file(file, branch="environments")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "Expecting value"),
        (b"\xff", "can't decode byte"),
        (b"[]", "at the top"),
        (b'{"version": 1, "version": 1}', "the field version twice"),
        (b'{"version": NaN}', "the number NaN"),
        (b"[" * 100_000, "recursion"),
        (b" " * 100, "more than 64 bytes"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_other_bytes_are_refused(
    tmp_path: Path, data: bytes, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "more than" in reason:
        monkeypatch.setattr("generator.evidence.file._LIMIT", 64)
    file = tmp_path / "evidence.json"
    file.write_bytes(data)
    with pytest.raises(UsageError) as caught:
        open_file(file, branch="environments")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("nothing", "No such file"), (".", "Is a directory"), ("a\0b", "no name of a file")],
)
def test_no_file(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(UsageError, match="Give kubernetes, github, none, or a file") as caught:
        open_source(str(tmp_path / name), at=AT, who="alice")
    assert reason in str(caught.value)


def test_question_is_part_of_the_file(tmp_path: Path) -> None:
    seen = opened(tmp_path, SEEN).seen["aws"]
    assert seen.questions == (QUESTION,)
