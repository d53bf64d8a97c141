"""The ground that all tests of clusters share: it starts once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.fleet import Fleet
from tests.clusters.desk import Desk
from tests.clusters.ground import Ground, started
from tests.repository import read_fleet
from tests.synthetic import REPOSITORY

NAMES = ("aws-us-west-2", "aws-eu-central-1", "gcp-europe-west1")


@pytest.fixture(scope="session")
def fleet() -> Fleet:
    """The fleet of this repository."""
    return read_fleet((REPOSITORY / "environments/fleet.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def ground(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Three clusters; nothing is deployed."""
    with started(tmp_path_factory.mktemp("ground"), fleet, NAMES) as ground:
        yield ground


@pytest.fixture(scope="module")
def desk(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Where a person publishes to these clusters."""
    root: Path = tmp_path_factory.mktemp("desk") / "main"
    root.mkdir()
    return Desk(root, ground)
