"""A stage for publishing: a repository with the real library, and a bare remote."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import Program
from tests.publish.stage import Stage
from tests.repository import Repository
from tests.synthetic import REPOSITORY


@pytest.fixture
def stage(
    repository: Repository, testnet: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Stage:
    """A repository with the real overlays library, and an empty remote beside it."""
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(outside / "cache"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "tests")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "tests@example.org")
    library = repository.root / "overlays"
    shutil.rmtree(library)
    shutil.copytree(REPOSITORY / "overlays", library)
    return Stage(repository=repository, run=testnet, remote=outside / "environments.git")
