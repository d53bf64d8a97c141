"""Four ways in which Flux is Ready at a drain while the daemon lives: none gives its key away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from tests.clusters.api import Object
from tests.clusters.flux import KUSTOMIZE, lag
from tests.clusters.nets import KEY
from tests.clusters.parts import wait_for
from tests.clusters.policies import changing
from tests.clusters.scene import KUBERNETES, Scene

pytestmark = pytest.mark.clusters

_FINALIZER = "tests.example.org/a-node-that-does-not-answer"
_HOLDER = f"{KUSTOMIZE}/namespaces/testnets/kustomizations/handover-producers-1"


class Daemon:
    """The daemon of the key, on the cluster where it is alive."""

    def __init__(self, scene: Scene) -> None:
        self.api = scene.at().api
        self.name = f"{scene.main.homes[KEY].group}-{KEY}"
        self.workload = f"/apis/apps/v1/namespaces/net-handover/statefulsets/{self.name}"
        self.pod = f"/api/v1/namespaces/net-handover/pods/{self.name}-0"

    def note(self, name: str, value: str | None) -> None:
        """Write an annotation of Flux's on the StatefulSet, or take it away."""
        notes = {f"kustomize.toolkit.fluxcd.io/{name}": value}
        self.api.patch(self.workload, {"metadata": {"annotations": notes}})


Lie = Callable[[Daemon], AbstractContextManager[None]]


@contextmanager
def opted_out(daemon: Daemon) -> Iterator[None]:
    """Somebody told Flux to leave the StatefulSet as it is; then that it be looked at again."""
    daemon.note("reconcile", "disabled")
    yield
    daemon.note("reconcile", None)
    notes = {"reconcile.fluxcd.io/requestedAt": "now"}  # as `flux reconcile` does
    daemon.api.patch(_HOLDER, {"metadata": {"annotations": notes}})


@contextmanager
def on_delete(daemon: Daemon) -> Iterator[None]:
    """A webhook changes the strategy, with which Flux does not look at pods; one hangs."""
    change = (
        "Object{spec: Object.spec{updateStrategy: Object.spec.updateStrategy{type:'OnDelete'}}}"
    )

    def changed() -> bool:
        found: Object = daemon.api.patch(daemon.workload, {"metadata": {"labels": {}}})
        return bool(found["spec"]["updateStrategy"]["type"] == "OnDelete")

    with hanging(daemon), changing(daemon.api, daemon.name, change):
        wait_for("the policy", changed, 30)
        yield


@contextmanager
def forced(daemon: Daemon) -> Iterator[None]:
    """Flux may replace the StatefulSet, and has to: a field differs that nobody can change."""
    with hanging(daemon):
        found = daemon.api.get(daemon.workload)
        head = {name: found["metadata"][name] for name in ("name", "namespace", "labels")}
        notes = {"annotations": {"kustomize.toolkit.fluxcd.io/force": "enabled"}}
        other = {"podManagementPolicy": "Parallel"}
        fresh = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": head | notes}
        daemon.api.delete(daemon.workload, {"propagationPolicy": "Orphan"})
        wait_for("the deletion", lambda: daemon.api.find(daemon.workload) is None, 30)
        daemon.api.create(
            daemon.workload.rpartition("/")[0], fresh | {"spec": found["spec"] | other}
        )
        yield


@contextmanager
def deleted(daemon: Daemon) -> Iterator[None]:
    """Somebody deletes the StatefulSet; its pod hangs, and Flux makes another one."""
    with hanging(daemon):
        daemon.api.delete(daemon.workload)
        yield


@contextmanager
def hanging(daemon: Daemon) -> Iterator[None]:
    """The pod stays, once it is told to stop, until the end of the context."""
    daemon.api.patch(daemon.pod, {"metadata": {"finalizers": [_FINALIZER]}})
    yield
    daemon.api.patch(daemon.pod, {"metadata": {"finalizers": None}})


@pytest.mark.parametrize("lie", [opted_out, on_delete, forced, deleted])
def test_ready_is_no_evidence(scene: Scene, lie: Lie) -> None:
    cluster, daemon = scene.at(), Daemon(scene)
    with lie(daemon):
        scene.main.move(region=scene.elsewhere())
        scene.publish(KUBERNETES)
        head = scene.ground.head
        wait_for("Ready", lambda: not lag(daemon.api.get(_HOLDER), head), 60)
        scene.holds(cluster.name)
        held = daemon.api.get(daemon.pod)["metadata"].get("finalizers", [])
        assert (held == [_FINALIZER]) is (lie is not opted_out)
    scene.complete()
