"""The nets of environments/testnets on all clusters of the fleet, as they are."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.fleet import Fleet
from tests.clusters.desk import Desk, digests, live_pods, locked, planned_pods
from tests.clusters.ground import Ground, started
from tests.clusters.parts import wait_for
from tests.synthetic import REPOSITORY

pytestmark = pytest.mark.clusters

KUBECTL = str(Path(sys.executable).parent / "kubectl")


@pytest.fixture(scope="module")
def ground(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """All clusters of the fleet."""
    names = [cluster.name for cluster in fleet.clusters]
    with started(tmp_path_factory.mktemp("ground"), fleet, names) as ground:
        yield ground


def test_all_example_nets_run_as_they_were_reviewed(ground: Ground, desk: Desk) -> None:
    for net in sorted((REPOSITORY / "environments/testnets").glob("*.yaml")):
        desk.write(net.stem, net.read_text("utf-8"))
    desk.publish()
    for cluster in ground.clusters.values():
        cluster.bootstrap(ground.checkout())
    ground.settle(400)
    names = list(ground.clusters)
    assert digests(ground) == locked(ground.checkout(), names)
    planned = planned_pods(ground.checkout(), names, KUBECTL)
    wait_for("the pods", lambda: live_pods(ground) == planned, 60)
