"""A key is never alive twice, whatever happens to the cluster that it leaves."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clusters.api import Object
from tests.clusters.cluster import Cluster
from tests.clusters.desk import FLUX_LOGIN, IDENTITY, Desk
from tests.clusters.ground import Ground, clean_environment
from tests.clusters.nets import REGIONS, hand_over, holder, small
from tests.clusters.observer import Observer, observing
from tests.clusters.parts import wait_for
from tests.clusters.stages import Delays

pytestmark = pytest.mark.clusters

EVIDENCE = ("--evidence", "kubernetes")
GITHUB = ("--evidence", "github", "--flux-identity", FLUX_LOGIN)
Fault = Callable[[Cluster], None]
# What happens to the cluster that the key leaves, and what mends it.
FAULTS: dict[str, tuple[Fault, Fault]] = {
    "partitioned from git": (lambda c: c.partition(hanging=True), Cluster.rejoin),
    "paused": (Cluster.pause, Cluster.resume),
    "pods that stop slowly": (
        lambda c: c.play(Delays(stop=(15_000, 15_001))),
        lambda c: c.play(Delays()),
    ),
    "Flux killed": (
        lambda c: c.kill("kustomize-controller"),
        lambda c: c.restart("kustomize-controller"),
    ),
    "control plane killed": (Cluster.kill, Cluster.restart),
}


@pytest.fixture(scope="module")
def net(ground: Ground, desk: Desk) -> Desk:
    """A net that is up on all clusters."""
    desk.write("handover", small("us-west-2"))
    desk.publish()
    for cluster in ground.clusters.values():
        cluster.bootstrap(ground.checkout())
    ground.settle()
    return desk


@pytest.mark.parametrize(("begin", "mend"), FAULTS.values(), ids=list(FAULTS))
def test_a_key_leaves_a_cluster_in_trouble(
    ground: Ground, net: Desk, begin: Fault, mend: Fault
) -> None:
    with observing({name: cluster.api for name, cluster in ground.clusters.items()}) as observer:
        key = wait_for("the key", lambda: holder(observer, "mover"), 30)
        old = place(observer, key)
        region = next(region for region, cluster in REGIONS.items() if cluster != old)
        cluster = ground.clusters[old]
        begin(cluster)
        net.write("handover", small(region))
        until = time.monotonic() + 8
        while time.monotonic() < until:
            net.publish(*EVIDENCE)
            assert place(observer, key) == old
        mend(cluster)
        hand_over(net, observer, key, REGIONS[region])
        ground.settle()


def test_a_sick_neighbour_holds_up_no_hand_over(ground: Ground, net: Desk) -> None:
    with observing({name: cluster.api for name, cluster in ground.clusters.items()}) as observer:
        key = wait_for("the key", lambda: holder(observer, "mover"), 30)
        old = place(observer, key)
        region = next(region for region, cluster in REGIONS.items() if cluster != old)
        cluster = ground.clusters[old]
        neighbour = {"aws-us-west-2": "whale-qa-029", "aws-eu-central-1": "bass-qa-027"}[old]
        cluster.play(Delays(sick=(neighbour,)))
        pod = f"/api/v1/namespaces/net-handover/pods/{neighbour}-0"
        cluster.api.delete(pod)
        wait_for("the sick pod", lambda: is_sick(cluster.api.find(pod)), 30)
        net.write("handover", small(region))
        hand_over(net, observer, key, REGIONS[region], GITHUB)
        assert is_sick(cluster.api.find(pod))
        cluster.play(Delays())
        cluster.api.delete(pod)
        ground.settle()


def is_sick(pod: Object | None) -> bool:
    """Say whether a pod runs and is not ready."""
    status = (pod or {}).get("status", {})
    ready = [c["status"] for c in status.get("conditions", ()) if c["type"] == "Ready"]
    return (status.get("phase"), ready) == ("Running", ["False"])


def test_a_daemon_gets_another_name(ground: Ground, net: Desk) -> None:
    with observing({name: cluster.api for name, cluster in ground.clusters.items()}) as observer:
        key = wait_for("the key", lambda: holder(observer, "mover"), 30)
        old = place(observer, key)
        region = next(region for region, cluster in REGIONS.items() if cluster == old)
        net.write("handover", small(region, group="runner"))
        until = time.monotonic() + 120
        while holder(observer, "runner") != key:
            net.publish(*EVIDENCE)
            assert time.monotonic() < until
        ground.settle()


def test_the_naive_way_is_caught(ground: Ground, net: Desk, tmp_path: Path) -> None:
    """Release and claim in one commit, without evidence: what the observer is there for.

    The last one: what is published afterwards is in no order.
    """
    with pytest.raises(AssertionError, match="is alive more than once"):
        move_at_once(ground, net, tmp_path / "tree")


def move_at_once(ground: Ground, desk: Desk, tree: Path) -> None:
    """Move the key as a tool without a register would, from a cluster whose pods stop slowly."""
    with observing({name: cluster.api for name, cluster in ground.clusters.items()}) as observer:
        key = wait_for("the key", lambda: holder(observer, "runner"), 30)
        old = place(observer, key)
        region = next(region for region, cluster in REGIONS.items() if cluster != old)
        ground.clusters[old].play(Delays(stop=(10_000, 10_001)))
        desk.write("handover", small(region, group="runner"))
        publish_at_once(ground, desk, tree)
        wait_for("the violation", lambda: observer.violations, 120)


def publish_at_once(ground: Ground, desk: Desk, tree: Path) -> None:
    """Publish what main wants as it is."""
    done = desk.program("generate", "--output", str(tree))
    assert not done.returncode, done.stderr
    environment = clean_environment() | IDENTITY
    checkout = shutil.copytree(ground.checkout(), tree.parent / "checkout")
    shutil.rmtree(checkout / "clusters")
    shutil.copytree(tree / "clusters", checkout / "clusters")
    for words in (("add", "--all"), ("commit", "--quiet", "--message", "naive"), ("push",)):
        subprocess.run(["git", *words], cwd=checkout, env=environment, check=True)
    ground.sync()


def place(observer: Observer, key: str) -> str:
    """Return the cluster on which a key is alive, nothing where it is on none."""
    return next((cluster for cluster, _ in observer.running().get(key, ())), "")
