"""What all tests of clusters share: the clusters themselves and two nets on them start once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from generator.fleet import Fleet
from tests.clusters import scene as scenes
from tests.clusters.chance import SEED, chance
from tests.clusters.desk import Desk
from tests.clusters.ground import Ground, started
from tests.clusters.nets import REGIONS, Main
from tests.clusters.observer import observing
from tests.clusters.parts import wait_for
from tests.clusters.scene import Scene
from tests.repository import read_fleet
from tests.synthetic import REPOSITORY

# Those with clusters of their own come first, while few others run; those that leave everything
# in disorder come last.
FIRST, LAST = ("test_examples", "test_scale"), ("test_storm", "test_naive")
_SEEDED = ("TESTNET_SEED", SEED)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how to make all choices of this run again."""
    ended = [r for what in ("passed", "failed", "error") for r in terminalreporter.getreports(what)]
    if any(_SEEDED in getattr(report, "user_properties", ()) for report in ended):
        terminalreporter.write_line("=".join(_SEEDED))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests into an order in which clusters can be shared."""
    here = Path(__file__).parent
    order = dict.fromkeys(FIRST, -1) | {name: n for n, name in enumerate(LAST, 1)}
    items.sort(key=lambda item: order.get(item.path.stem, 0) if item.path.parent == here else 0)


@pytest.fixture(scope="session")
def fleet() -> Fleet:
    """The fleet of this repository."""
    return read_fleet((REPOSITORY / "environments/fleet.yaml").read_text("utf-8"))


@pytest.fixture(scope="session")
def ground(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Three clusters; nothing is deployed."""
    names = tuple(REGIONS.values())
    with started(tmp_path_factory.mktemp("ground"), fleet, names) as ground:
        yield ground


@pytest.fixture(scope="session")
def desk(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Where a person publishes to these clusters."""
    root: Path = tmp_path_factory.mktemp("desk") / "main"
    root.mkdir()
    return Desk(root, ground)


@pytest.fixture(scope="session")
def main(ground: Ground, desk: Desk) -> Main:
    """What is wanted on these clusters: it is up when a test gets it."""
    main = Main(desk)
    scenes.begin(ground, desk, main)
    return main


@pytest.fixture
def choices(request: pytest.FixtureRequest) -> Random:
    """The choices of a test; they follow from TESTNET_SEED and its name."""
    request.node.user_properties.append(_SEEDED)
    print("=".join(_SEEDED))  # noqa: T201 - shown where a test fails
    return chance(request.node.name)


@pytest.fixture
def scene(ground: Ground, desk: Desk, main: Main, choices: Random) -> Iterator[Scene]:
    """A scenario that begins in order; no key is ever alive twice in it."""
    with observing({name: cluster.api for name, cluster in ground.clusters.items()}) as observer:
        scene = Scene(ground, desk, main, observer, choices)
        was = dict(main.homes)
        main.restore()
        if not main.in_order or main.homes != was:
            scene.complete()  # also what an earlier one, that failed, has left
        wait_for("all pods", scene.all_home, 60)
        main.in_order = False
        try:
            yield scene
        finally:
            ground.mend()
