"""A key is never alive twice, whatever happens to the cluster that it leaves."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.clusters.api import ApiError, Object
from tests.clusters.cluster import Cluster
from tests.clusters.desk import digests, live_pods, locked, planned_pods
from tests.clusters.faults import FAULTS, slow
from tests.clusters.flux import lag
from tests.clusters.nets import KEY, label
from tests.clusters.parts import wait_for
from tests.clusters.policies import keeping
from tests.clusters.programs import programs
from tests.clusters.scene import GITHUB, KUBERNETES, SEEN, Scene
from tests.clusters.stages import Delays

pytestmark = pytest.mark.clusters


@pytest.mark.parametrize(
    "options", [KUBERNETES, GITHUB, SEEN], ids=["kubernetes", "github", "file"]
)
def test_a_key_moves(scene: Scene, options: Sequence[str]) -> None:
    old = scene.at().name
    home = scene.main.move(region=scene.elsewhere())
    scene.arrive(options=options)
    told = [s for s in scene.observer.story if s.key == label(KEY) and s.what != "pending"]
    assert [(seen.cluster, seen.what) for seen in told[-2:]] == [
        (old, "gone"),
        (home.cluster, "running"),
    ]
    scene.complete(options)
    tree, names = scene.ground.checkout(), list(scene.ground.clusters)
    assert digests(scene.ground) == locked(tree, names)
    assert live_pods(scene.ground) == planned_pods(tree, names, programs()["kubectl"])
    assert not [e for cluster in scene.ground.clusters.values() for e in cluster.errors]


@pytest.mark.parametrize("name", [name for name, begin in FAULTS.items() if begin is not slow])
def test_a_key_leaves_a_cluster_in_trouble(scene: Scene, name: str) -> None:
    cluster = scene.at()
    FAULTS[name](cluster, scene.chance)
    scene.main.move(region=scene.elsewhere())
    scene.holds(cluster.name)
    cluster.mend()
    scene.complete(scene.evidence())


def test_pods_stop_slowly(scene: Scene) -> None:
    cluster = scene.at()
    slow(cluster, scene.chance)
    scene.main.move(region=scene.elsewhere())
    scene.publish()
    scene.complete(scene.evidence())
    gone = next(s for s in scene.observer.story if s.key == label(KEY) and s.what == "gone")
    assert gone.cluster == cluster.name


def test_a_sick_neighbour_holds_up_no_hand_over(scene: Scene) -> None:
    cluster = scene.at()
    neighbour = next(
        f"{home.group}-{key}"
        for key, home in scene.main.homes.items()
        if home.cluster == cluster.name and key != KEY
    )
    cluster.play(Delays(sick=(neighbour,)))
    pod = f"/api/v1/namespaces/net-handover/pods/{neighbour}-0"
    cluster.api.delete(pod)
    wait_for("the sick pod", lambda: is_sick(cluster.api.find(pod)), 30)
    scene.main.move(region=scene.elsewhere())
    scene.arrive(options=scene.evidence())
    assert is_sick(cluster.api.find(pod))
    cluster.mend()
    cluster.api.delete(pod)
    scene.complete()


def is_sick(pod: Object | None) -> bool:
    """Say whether a pod runs and is not ready."""
    status = (pod or {}).get("status", {})
    ready = [c["status"] for c in status.get("conditions", ()) if c["type"] == "Ready"]
    return (status.get("phase"), ready) == ("Running", ["False"])


def test_a_daemon_gets_another_name(scene: Scene) -> None:
    rename(scene)
    scene.complete(scene.evidence())


def test_flux_dies_between_apply_and_prune(scene: Scene) -> None:
    cluster = scene.at()
    old = f"{scene.main.homes[KEY].group}-{KEY}"
    rename(scene)
    with keeping(cluster.api, old):
        scene.arrive()
        wait_for("a prune that fails", lambda: is_stuck(cluster, old), 60)
        cluster.kill("kustomize-controller")
    path = f"/apis/apps/v1/namespaces/net-handover/statefulsets/{old}"
    assert cluster.api.get(path)["spec"]["replicas"] == 0
    cluster.restart("kustomize-controller")
    scene.complete()
    wait_for("the prune", lambda: cluster.api.find(path) is None, 60)


def rename(scene: Scene) -> None:
    """Have the daemon of the key named otherwise, where it is."""
    group = {"mover": "runner", "runner": "mover"}[scene.main.homes[KEY].group]
    scene.main.move(group=group)


def is_stuck(cluster: Cluster, name: str) -> bool:
    """Say whether Flux could not delete something of this name."""
    try:
        return any(name in lag(item, "") for item in cluster.kustomizations().values())
    except ApiError:
        return False
