"""The least that must work for real: a net goes up, and a key moves in both ways of evidence."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from tests.clusters.cluster import Cluster
from tests.clusters.desk import FLUX_LOGIN, Desk, digests, live_pods, locked, planned_pods
from tests.clusters.ground import Ground
from tests.clusters.nets import REGIONS, hand_over, holder, small
from tests.clusters.observer import observing
from tests.clusters.parts import wait_for

pytestmark = pytest.mark.clusters

KUBECTL = str(Path(sys.executable).parent / "kubectl")


def test_a_net_goes_up_as_it_was_reviewed(ground: Ground, desk: Desk) -> None:
    desk.write("handover", small("us-west-2"))
    desk.publish()
    for cluster in ground.clusters.values():
        cluster.bootstrap(ground.checkout())
    ground.settle()
    assert digests(ground) == locked(ground.checkout(), list(ground.clusters))
    assert live_pods(ground) == planned_pods(ground.checkout(), list(ground.clusters), KUBECTL)
    assert not [error for cluster in ground.clusters.values() for error in cluster.errors]


@pytest.mark.parametrize(
    ("region", "options"),
    [
        ("eu-central-1", ("--evidence", "kubernetes")),
        ("us-west-2", ("--evidence", "github", "--flux-identity", FLUX_LOGIN)),
    ],
    ids=["kubernetes", "github"],
)
def test_a_key_moves(ground: Ground, desk: Desk, region: str, options: tuple[str, ...]) -> None:
    apis = {name: cluster.api for name, cluster in ground.clusters.items()}
    target = REGIONS[region]
    with observing(apis) as observer:
        key = wait_for("the key", lambda: holder(observer, "mover"), 30)
        desk.write("handover", small(region))
        hand_over(desk, observer, key, target, options)
        ground.settle()
        assert len(observer.running()) == 4
    told = [seen for seen in observer.story if seen.key == key and seen.what != "pending"]
    assert [(seen.cluster, seen.what) for seen in told[-2:]] == [
        (next(c for c in REGIONS.values() if c != target), "gone"),
        (target, "running"),
    ]
    assert live_pods(ground) == planned_pods(ground.checkout(), list(ground.clusters), KUBECTL)
    assert not [error for cluster in ground.clusters.values() for error in cluster.errors]


def test_a_net_leaves_nothing_behind(ground: Ground, desk: Desk) -> None:
    desk.remove("handover")
    until = time.monotonic() + 180
    while rest := {name: left(cluster) for name, cluster in ground.clusters.items()}:
        last = desk.publish("--evidence", "kubernetes")
        if not any(rest.values()):
            break
        assert time.monotonic() < until, f"{rest}: {last}"
        time.sleep(2)
    ground.settle()
    assert [
        path for path in ground.checkout().rglob("*handover*") if ".git" not in path.parts
    ] == []


def left(cluster: Cluster) -> list[str]:
    """Return everything of the net on a cluster, volumes and what is of no namespace too."""
    found = cluster.kubectl(
        *("get", "kustomizations,alerts,serviceaccounts,jobs", "--namespace", "testnets"),
        *("--selector", "testnet/net=handover", "--output", "name"),
    )
    found += cluster.kubectl(
        *("get", "namespaces,clusterrolebindings", "--selector", "testnet/net=handover"),
        *("--output", "name"),
    )
    return (found + cluster.kubectl("get", "pv", "--output", "name")).split()
