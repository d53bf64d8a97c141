"""What cannot be read of a library is told with its file, and is never left out."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from generator.errors import InvalidInput
from generator.library import read_library

COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    part = tmp_path / "overlays/part"
    part.mkdir(parents=True)
    (part / "kustomization.yaml").write_text(COMPONENT)
    (part / "start.sh").write_text("one\ntwo\n")
    return tmp_path


def refused(root: Path) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as error:
        read_library(root)
    assert error.value.root == root
    [finding] = error.value.findings
    assert finding.remediation.endswith(".")
    return str(finding.at), finding.message


def test_bytes_that_are_no_text(root: Path) -> None:
    path = root / "overlays/part/start.sh"
    path.write_bytes("one\nzwei ü".encode() + b"\xff\n")
    place = "overlays/part/start.sh:2:7"
    assert refused(root) == (place, "byte 0xff is not UTF-8")


def test_line_ends_make_no_other_version(root: Path) -> None:
    before = read_library(root)
    (root / "overlays/part/start.sh").write_bytes(b"one\r\ntwo\r")
    assert read_library(root) == before


def test_a_directory_that_nobody_can_list(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("/part"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    message = '"overlays/part" cannot be read: permission denied'
    assert refused(root) == ("overlays/part:1:1", message)


def test_a_file_that_nobody_can_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.read_bytes

    def read(path: Path) -> bytes:
        if path.name == "start.sh":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read)
    message = '"overlays/part/start.sh" cannot be read: permission denied'
    assert refused(root) == ("overlays/part/start.sh:1:1", message)
