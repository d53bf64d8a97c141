"""The nets of environments/testnets on all clusters of the fleet: they come, and most go."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import repeat
from pathlib import Path

import pytest

from generator.fleet import Fleet
from generator.yaml import emit
from tests.clusters.cluster import Cluster
from tests.clusters.desk import Desk, build, digests, live_pods, locked, planned_pods
from tests.clusters.ground import Ground, started
from tests.clusters.parts import wait_for
from tests.clusters.programs import programs
from tests.clusters.remains import remains
from tests.clusters.scene import KUBERNETES, unfinished
from tests.synthetic import REPOSITORY

pytestmark = pytest.mark.clusters

EXAMPLES = sorted((REPOSITORY / "environments/testnets").glob("*.yaml"))
FLUX = "system:serviceaccount:flux-system:kustomize-controller"
# As Flux's own: what is there is taken over by it without a trace.
APPLY = ("apply", "--server-side", "--field-manager", "kustomize-controller", "--output", "name")
# The largest one: with each commit of the others, Flux looks at it too.
STAYS = "berkeley-public"
# What no account of a net may write, tried as that of the first one on a cluster.
FORBIDDEN = {
    "a neighbour": ("create", "configmap", "x", "--namespace", "default"),
    "the nets' own": ("create", "configmap", "x", "--namespace", "testnets"),
    "a role": ("create", "clusterrole", "x", "--verb", "get", "--resource", "pods"),
    "a namespace": ("create", "namespace", "x"),
}


@pytest.fixture(scope="module")
def ground(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """All clusters of the fleet, which follow nothing yet."""
    names = [cluster.name for cluster in fleet.clusters]
    with started(tmp_path_factory.mktemp("ground"), fleet, names) as ground:
        yield ground


@pytest.fixture(scope="module")
def desk(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Where the example nets are published."""
    root: Path = tmp_path_factory.mktemp("desk") / "main"
    root.mkdir()
    desk = Desk(root, ground)
    for net in EXAMPLES:
        desk.write(net.stem, net.read_text("utf-8"))
    desk.publish()
    return desk


def test_every_manifest_is_accepted_from_the_account_of_its_net(ground: Ground, desk: Desk) -> None:
    assert desk.ground is ground
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(try_all, ground.clusters.values(), repeat(ground.checkout())))
    assert sum(counts) > 500


def try_all(cluster: Cluster, tree: Path) -> int:
    """Apply what Flux's own account applies, and try all else as each net's; return how much."""
    own = tree / f"clusters/{cluster.name}"
    cluster.kubectl(*APPLY, "--as", FLUX, "-k", str(own / "platform"))
    count = 0
    for net in sorted(path for path in (own / "nets").iterdir()):
        account = ("--as", f"system:serviceaccount:testnets:net-{net.name}")
        cluster.kubectl(*APPLY, "--as", FLUX, "-f", str(own / f"testnets/{net.name}.yaml"))
        for overlay in sorted(net.glob("*/kustomization.yaml")):
            objects = build(overlay.parent, programs()["kubectl"])
            text = emit(objects, header=overlay.parent.name)
            trial = ("--dry-run=server", "--force-conflicts", *account, "-f", "-")
            accepted = cluster.kubectl(*APPLY, *trial, text=text).split()
            assert len(accepted) == len(objects)
            count += len(objects)
        for what, words in FORBIDDEN.items():
            with pytest.raises(RuntimeError, match=r"(?i)forbidden"):
                raise AssertionError(f"{what}: {cluster.kubectl(*words, *account)}")
    return count


def test_all_example_nets_run_as_they_were_reviewed(ground: Ground, desk: Desk) -> None:
    for cluster in ground.clusters.values():
        cluster.bootstrap(ground.checkout())
    ground.settle(400)
    names = list(ground.clusters)
    assert digests(ground) == locked(ground.checkout(), names)
    planned = planned_pods(desk.ground.checkout(), names, programs()["kubectl"])
    wait_for("the pods", lambda: live_pods(ground) == planned, 60)


def test_all_but_one_leave_and_nothing_is_left(ground: Ground, desk: Desk) -> None:
    before = lives(ground)
    for net in EXAMPLES:
        if net.stem != STAYS:
            desk.remove(net.stem)

    def over() -> bool:
        return not unfinished(desk.publish(*KUBERNETES))

    # With each commit, Flux looks at all that every net has.
    wait_for("the end of all hand-overs", over, 240, pause=5)
    ground.settle(120)
    for cluster in ground.clusters.values():
        is_clean = partial(has_nothing, cluster)
        wait_for(f"the end on {cluster.name}", is_clean, 120, pause=2)
    assert len(before) > 100
    assert lives(ground) == before


def lives(ground: Ground) -> set[tuple[str, str]]:
    """Return every pod of the net that stays, with what a new one would not have."""
    return {
        (name, pod["metadata"]["uid"])
        for name, cluster in ground.clusters.items()
        for pod in cluster.api.items(f"/api/v1/namespaces/net-{STAYS}/pods")
    }


def has_nothing(cluster: Cluster) -> bool:
    """Say whether nothing of the nets that left is on a cluster."""
    others = f"testnet/net,testnet/net!={STAYS}"
    return not remains(cluster, others, lambda namespace: namespace != f"net-{STAYS}")
