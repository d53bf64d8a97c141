"""A GitHub of its own for each test, with our files and a small fleet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workflows.world import World, template, world


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository that every GitHub begins with."""
    return template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Iterator[World]:
    """A GitHub with that repository."""
    with world(tmp_path, made) as there:
        yield there
