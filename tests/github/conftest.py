"""A small GitHub for each test, and the client of the program that talks to it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from generator.hub import Hub, name_hub
from tests.conftest import Program
from tests.github.desk import Desk
from tests.github.fake import NAME, FakeGitHub, serve
from tests.repository import Repository
from tests.synthetic import REPOSITORY


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    """A running GitHub without any pull request or git repository."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serve(FakeGitHub()) as running:
        yield running


@pytest.fixture
def desk(
    repository: Repository, testnet: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """A checkout of main with the real overlays library, and its remote on a small GitHub."""
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    remote = outside / f"{NAME}.git"
    remote.parent.mkdir(parents=True)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(outside / "cache"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    shutil.rmtree(repository.root / "overlays")
    for name in ("overlays", "policies"):  # copies: tests write there
        shutil.copytree(REPOSITORY / name, repository.root / name)
    monkeypatch.setenv("PATH", str(REPOSITORY / "build/tools"), prepend=os.pathsep)
    with serve(FakeGitHub(git=remote)) as fake:
        for name, value in fake.environment.items():
            monkeypatch.setenv(name, value)
        made = Desk(repository=repository, run=testnet, fake=fake, remote=remote)
        made.begin()
        yield made


@pytest.fixture
def said() -> list[str]:
    """What the client told about waiting."""
    return []


@pytest.fixture
def naps() -> list[float]:
    """For how long the client would have slept."""
    return []


@pytest.fixture
def hub(fake: FakeGitHub, said: list[str], naps: list[float]) -> Hub:
    """The client, which does not really sleep."""
    return awake(fake, said, naps)


def awake(fake: FakeGitHub, said: list[str], naps: list[float]) -> Hub:
    """Return a client that notes what it says and how long it would sleep."""
    opened = name_hub(fake.name, fake.environment)
    return replace(opened, api=replace(opened.api, say=said.append, sleep=naps.append))
