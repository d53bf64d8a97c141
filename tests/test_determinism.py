"""The same input gives the same bytes: whatever the process, its settings and its file system."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from generator.library import read_library
from tests.test_golden import CASES, GOLDEN

ROOT = Path(__file__).resolve().parent.parent
NOW = "2026-12-01T12:00:00Z"


@cache
def inputs() -> dict[str, str]:
    """Return the files of a repository: the library, and all small nets in one fleet."""
    files = {f"overlays/{path}": text for path, text in read_library(ROOT).files.items()}
    for case in CASES:
        for path in sorted((GOLDEN / case).glob("environments/**/*.yaml")):
            name = path.relative_to(GOLDEN / case).as_posix()
            text = path.read_text("utf-8")
            if name.endswith("fleet.yaml") and name in files:
                text = merged(files[name], text)
            files[name] = text
    return files


def merged(fleet: str, other: str) -> str:
    """Return a fleet with the clusters of both."""
    clusters = other.partition("clusters:\n")[2].split("  - name: ")[1:]
    new = [cluster for cluster in clusters if f"- name: {cluster.splitlines()[0]}" not in fleet]
    return "".join([fleet, *(f"  - name: {cluster}" for cluster in new)])


def generate(
    root: Path, environment: Mapping[str, str], *, backwards: bool = False
) -> dict[str, str]:
    """Write the inputs, run the program in a process of its own, return the sum of each file."""
    for path, text in sorted(inputs().items(), reverse=backwards):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-m", "generator", "generate", "--now", NOW]
    done = subprocess.run(
        [*command, "--root", str(root), "--output", str(root / "tree")],
        cwd=ROOT,
        env=kept | dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    paths = (path for path in (root / "tree").rglob("*") if path.is_file())
    return {
        path.relative_to(root / "tree").as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The sums of all files, generated once."""
    return generate(tmp_path_factory.mktemp("first"), {"PYTHONHASHSEED": "0"})


def test_another_process_gives_the_same_bytes(expected: dict[str, str], tmp_path: Path) -> None:
    settings = {
        "PYTHONHASHSEED": "4711",
        "LC_ALL": "tr_TR.UTF-8",
        "LANG": "C",
        "TZ": "Asia/Kathmandu",
        "TMPDIR": str(tmp_path),
        "COLUMNS": "40",
        "PYTHONUTF8": "0",
    }
    assert generate(tmp_path / "a", settings, backwards=True) == expected
    assert len(expected) > 50


@pytest.mark.parametrize(
    "settings",
    [
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "America/Los_Angeles"},
        {"PYTHONHASHSEED": "2", "LC_ALL": "POSIX", "TZ": "UTC", "PYTHONOPTIMIZE": "1"},
    ],
    ids=["west", "plain"],
)
def test_setting_changes_nothing(
    expected: dict[str, str], tmp_path: Path, settings: dict[str, str]
) -> None:
    assert generate(tmp_path, settings) == expected
