"""Nets come, change and go: each leaves all others as they are, and nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.clusters.api import Object
from tests.clusters.cluster import Cluster
from tests.clusters.desk import digests, live_pods, locked, planned_pods
from tests.clusters.nets import Home, net
from tests.clusters.parts import wait_for
from tests.clusters.programs import programs
from tests.clusters.remains import remains
from tests.clusters.scene import Scene
from tests.clusters.stages import Delays

pytestmark = pytest.mark.clusters

NEIGHBOURS = ("handover",)
GUEST = "guest"
HOUR = 3_600_000


def guest(*regions: str) -> str:
    """Return a net with one producer in each of some regions."""
    homes = {
        f"qa-{20 + number:03}": Home(group="guest", region=region)
        for number, region in enumerate(regions)
    }
    return net(GUEST, homes, "qa-seed-7", "qa-208")


def test_nets_run_as_they_were_reviewed(scene: Scene) -> None:
    tree, names = scene.ground.checkout(), list(scene.ground.clusters)
    assert digests(scene.ground) == locked(tree, names)
    assert live_pods(scene.ground) == planned_pods(tree, names, programs()["kubectl"])
    assert scene.desk.look()["delivered"]


def test_a_net_comes_changes_and_goes_beside_others(scene: Scene) -> None:
    files, pods = written(scene), lives(scene)
    regions = scene.chance.sample(["us-west-2", "eu-central-1", "europe-west1"], 3)
    for step in (guest(*regions[:2]), guest(*regions), guest(regions[0], regions[2])):
        scene.desk.write(GUEST, step)
        scene.complete(scene.evidence())
        assert (written(scene), lives(scene)) == (files, pods)
    leave(scene)
    assert (written(scene), lives(scene)) == (files, pods)


@pytest.mark.parametrize("why", ["the seed is sick", "no Flux", "no image"])
def test_a_net_that_never_came_up_leaves(scene: Scene, why: str) -> None:
    region = scene.chance.choice(["us-west-2", "eu-central-1", "europe-west1"])
    cluster = next(c for c in scene.ground.clusters.values() if c.facts.region == region)
    begin: dict[str, Callable[[], None]] = {
        "the seed is sick": lambda: cluster.play(Delays(sick=("seed-qa-seed-7",))),
        "no Flux": lambda: cluster.kill("kustomize-controller"),
        "no image": lambda: cluster.play(Delays(start=(HOUR, HOUR + 1))),
    }
    begin[why]()
    scene.desk.write(GUEST, guest(region))
    for _ in range(scene.chance.randint(1, 3)):
        scene.publish()
    if why != "no Flux":
        there = f"/api/v1/namespaces/net-{GUEST}/pods"
        wait_for("a pod", lambda: cluster.api.items(there), 60)
    if why != "the seed is sick":  # that one leaves as sick as it is
        scene.desk.remove(GUEST)
        scene.publish()
        cluster.mend()
        scene.complete(scene.evidence())
    leave(scene)


def leave(scene: Scene) -> None:
    """Have the guest removed, and see nothing of it that is left, in git or on a cluster."""
    if (scene.desk.root / f"environments/testnets/{GUEST}.yaml").exists():
        scene.desk.remove(GUEST)
    scene.complete(scene.evidence())
    tree = scene.ground.checkout()
    assert [path for path in tree.rglob(f"*{GUEST}*") if ".git" not in path.parts] == []
    for cluster in scene.ground.clusters.values():
        wait_for(f"the end on {cluster.name}", partial(is_clean, cluster), 60, pause=1)


def is_clean(cluster: Cluster) -> bool:
    """Say whether nothing of the guest is on a cluster."""
    mine = f"testnet/net={GUEST}"
    return not remains(cluster, mine, lambda namespace: namespace == f"net-{GUEST}")


def written(scene: Scene) -> dict[str, bytes]:
    """Return every published file of the other nets, and what is published for all."""
    tree = scene.ground.checkout()
    return {
        str(path.relative_to(tree)): path.read_bytes()
        for path in sorted((tree / "clusters").rglob("*"))
        if path.is_file() and GUEST not in str(path.relative_to(tree))
    }


def lives(scene: Scene, *names: str) -> set[tuple[str, str, str, int]]:
    """Return every pod of the other nets: a new one, or one started again, is another one."""
    return {
        (name, pod["metadata"]["name"], pod["metadata"]["uid"], restarts(pod))
        for name, cluster in scene.ground.clusters.items()
        if name in (names or scene.ground.clusters)
        for neighbour in NEIGHBOURS
        for pod in cluster.api.items(f"/api/v1/namespaces/net-{neighbour}/pods")
    }


def restarts(pod: Object) -> int:
    """Return how often the containers of a pod were started again."""
    states = pod.get("status", {}).get("containerStatuses", ())
    return sum(int(state["restartCount"]) for state in states)
