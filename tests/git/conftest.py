"""Fixtures: a remote, and an environment in which git finds nothing of this machine's user."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from generator.repository import Environments, open_environments
from tests.git.bare import BRANCH, Bare

Opener = Callable[..., AbstractContextManager[Environments]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, whose git knows a name."""
    for name in os.environ:
        if name.startswith(("GIT_", "SSH_", "XDG_")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\nname = Tests\nemail = tests@example.org\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return home


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    """An empty bare repository."""
    return Bare(tmp_path / "remote.git")


@pytest.fixture
def opened(bare: Bare) -> Opener:
    """Open the branch of the remote, or of the one at the given URL."""

    @contextmanager
    def open_(url: str = bare.url, **options: object) -> Iterator[Environments]:
        with open_environments(url, BRANCH, **options) as environments:  # type: ignore[arg-type]
            yield environments

    return open_
