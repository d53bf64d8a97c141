"""Reading one file that a person wrote, and no other in its place."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.errors import InvalidInput
from generator.finding import Finding, Location
from generator.source import (
    read_document,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def test_read_document(root: Path) -> None:
    (root / "nets").mkdir()
    (root / "nets/a.yaml").write_bytes(b"name: a\n")
    for path in (Path("nets/a.yaml"), root / "nets/a.yaml"):
        document = read_document(root, path)
        assert document.path == "nets/a.yaml"
        assert document.mapping == {"name": "a"}
        assert document.mapping.at == Location("nets/a.yaml", 1, 1)
        assert document.digest == hashlib.sha256(b"name: a\n").hexdigest()


def test_an_absolute_path_below_a_relative_root(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a.yaml").write_text("a: 1")
    monkeypatch.chdir(root)
    assert read_document(Path(), root / "a.yaml").path == "a.yaml"


def refused(root: Path, name: str) -> Finding:
    with pytest.raises(InvalidInput) as error:
        read_document(root, Path(name))
    (finding,) = error.value.findings
    assert finding.at == Location(name)
    return finding


def test_a_document_with_lesser_findings_has_its_values(root: Path) -> None:
    (root / "a.yaml").write_text("a: yes\nb: on\n")
    document = read_document(root, Path("a.yaml"))
    assert [finding.at.line for finding in document.findings] == [1, 2]
    assert set(document.mapping) == {"a", "b"}


def test_a_document_without_values_is_refused(root: Path) -> None:
    (root / "a.yaml").write_text("- a\n")
    with pytest.raises(InvalidInput):
        read_document(root, Path("a.yaml"))


def link(root: Path) -> None:
    (root / "other.yaml").write_text("a: 1")
    (root / "a.yaml").symlink_to("other.yaml")


def loop(root: Path) -> None:
    (root / "a.yaml").symlink_to("a.yaml")


UNREADABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda _: None, "does not exist"),
    "directory": (lambda root: (root / "a.yaml").mkdir(), "is not a file"),
    "pipe": (lambda root: os.mkfifo(root / "a.yaml"), "is not a file"),
    "link": (link, "is a link"),
    "loop": (loop, "is a link"),
    "large": (lambda root: (root / "a.yaml").write_bytes(b"#" * 2**22 + b"#"), "larger than 4 MiB"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_files_that_cannot_be_read(root: Path, name: str) -> None:
    make, message = UNREADABLE[name]
    make(root)
    finding = refused(root, "a.yaml")
    assert finding.rule == ("yaml/size" if name == "large" else "yaml/file")
    assert message in finding.message


def test_paths_that_lead_elsewhere(root: Path) -> None:
    (root.parent / "secret.yaml").write_text("a: 1")
    (root / "out").symlink_to("..")
    for name in ("../secret.yaml", "out/secret.yaml", str(root.parent / "secret.yaml")):
        assert "leads out of" in refused(root, name).message
    assert "does not exist" in refused(root, "no/such/directory/a.yaml").message
    assert "cannot be read" in refused(root, "a\0b").message


def test_permission(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", deny)
    assert "permission denied" in refused(root, "a.yaml").message
