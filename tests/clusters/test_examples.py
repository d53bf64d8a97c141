"""The nets of environments/testnets on all clusters of the fleet: from nothing to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
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
from tests.clusters.scene import KUBERNETES, unfinished
from tests.synthetic import REPOSITORY

pytestmark = pytest.mark.clusters

EXAMPLES = sorted((REPOSITORY / "environments/testnets").glob("*.yaml"))
FLUX = "system:serviceaccount:flux-system:kustomize-controller"
# As Flux's own: what is there is taken over by it without a trace.
APPLY = ("apply", "--server-side", "--field-manager", "kustomize-controller", "--output", "name")
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


def test_they_all_leave_and_nothing_is_left(ground: Ground, desk: Desk) -> None:
    for net in EXAMPLES:
        desk.remove(net.stem)

    def over() -> bool:
        return not unfinished(desk.publish(*KUBERNETES))

    wait_for("the end of all hand-overs", over, 240, pause=3)
    ground.settle(120)
    for cluster in ground.clusters.values():
        wait_for(f"the end on {cluster.name}", lambda c=cluster: not left(c), 120)  # type: ignore[misc]


def left(cluster: Cluster) -> Sequence[str]:
    """Return everything of any net that is on a cluster, volumes and what is of no namespace."""
    mine = ("--selector", "testnet/net", "--output", "name")
    kinds = "kustomizations,alerts,serviceaccounts,jobs,configmaps,secrets"
    found = cluster.kubectl("get", kinds, "--namespace", "testnets", *mine)
    found += cluster.kubectl("get", "namespaces,clusterroles,clusterrolebindings", *mine)
    return (found + cluster.kubectl("get", "persistentvolumes", "--output", "name")).split()
