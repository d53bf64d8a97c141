"""What can go wrong with a cluster: each begins here, and `Cluster.mend` ends it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.clusters.cluster import Cluster
from tests.clusters.stages import Delays

Fault = Callable[[Cluster, Random], None]


def slow(cluster: Cluster, chance: Random) -> None:
    """Pods take 15 to 30 seconds to stop: a minute, on a scale that tests can wait for."""
    cluster.play(Delays(stop=(15_000, 30_000), seed=chance.randrange(10**6)))


FAULTS: dict[str, Fault] = {
    "cut off from git": lambda cluster, chance: cluster.partition(hanging=chance.random() < 0.5),
    "paused": lambda cluster, _: cluster.pause(),
    "pods that stop slowly": slow,
    "Flux killed": lambda cluster, _: cluster.kill("kustomize-controller"),
    "Flux paused": lambda cluster, _: cluster.pause("kustomize-controller"),
    "no controllers": lambda cluster, _: cluster.kill("kube-controller-manager"),
    "control plane killed": lambda cluster, _: cluster.kill(),
}
