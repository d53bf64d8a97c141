"""Fixtures by noun, and the options of the test run."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import settings

from generator.main import main
from generator.plan import Allocations, Plan, make_plans
from tests.repository import (
    FULL,
    LIBRARY,
    NOW,
    PUBLIC,
    Repository,
    Run,
    inventory,
    read_fleet,
    read_net,
)
from tests.synthetic import REPOSITORY

# The same examples in every run, and no file that one run leaves for the next.
settings.register_profile(
    "default", deadline=None, derandomize=True, database=None, max_examples=50
)
# For a person with time: pytest --hypothesis-profile=explore
settings.register_profile("explore", deadline=None, database=None, max_examples=2000)
settings.load_profile("default")

Program = Callable[..., Run]
Planner = Callable[..., tuple[Plan, ...]]


def pytest_configure() -> None:
    # A shell starts what is in its background with SIGINT ignored, and programs inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="Write the trees that tests/golden expects anew instead of comparing with them.",
    )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository on disk, without any testnet yet."""
    return Repository(tmp_path)


@pytest.fixture
def full(repository: Repository) -> Repository:
    """A repository with a QA net that has everything, a public net, and the real library."""
    repository.write("environments/testnets/full.yaml", FULL)
    repository.write("environments/testnets/open.yaml", PUBLIC)
    library = repository.root / "overlays"
    shutil.rmtree(library)
    library.symlink_to(REPOSITORY / "overlays")
    return repository


@pytest.fixture
def own_library(full: Repository) -> Repository:
    """The same with a library of its own, which a test may change."""
    (full.root / "overlays").unlink()
    shutil.copytree(REPOSITORY / "overlays", full.root / "overlays")
    return full


@pytest.fixture
def testnet(
    repository: Repository,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Program:
    """The program, run in the repository."""

    def run(*arguments: str) -> Run:
        monkeypatch.chdir(repository.root)
        capsys.readouterr()
        code = main(arguments)
        captured = capsys.readouterr()
        return Run(code, captured.out, captured.err)

    return run


@pytest.fixture
def plans() -> Planner:
    """Plan testnets, given as text, over the fleet and pools of `tests.repository`."""

    def make(
        *texts: str, published: Allocations | None = None, now: datetime = NOW
    ) -> tuple[Plan, ...]:
        nets = [read_net(text) for text in texts]
        made, findings = make_plans(
            nets,
            read_fleet(),
            inventory(),
            published or Allocations(),
            now=now,
            overlays=LIBRARY,
        )
        assert not findings
        return made

    return make
