"""The Flux objects of one net on one cluster: a Kustomization an overlay, and its status."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from generator.fleet import Cluster
from generator.plan import Phase, Plan
from generator.render.manifest import Manifest, manifest

NAMESPACE = "testnets"
SOURCE = "environments"

# What a phase cannot start without, nearest first; a phase that is absent is passed over to
# what it needs itself. Producers and archive nodes need the seeds only to find each other,
# workers have nothing to do before their coordinator, services nothing before their target.
_NEEDS: dict[Phase, tuple[Phase, ...]] = {
    Phase.SHARED: (),
    Phase.SEEDS: (Phase.SHARED,),
    Phase.COORDINATORS: (Phase.SEEDS,),
    Phase.PRODUCERS: (Phase.SEEDS,),
    Phase.ARCHIVE: (Phase.SEEDS,),
    Phase.WORKERS: (Phase.COORDINATORS,),
    Phase.SERVICES: (Phase.PRODUCERS,),
}


@dataclass(frozen=True, slots=True, order=True)
class OverlayName:
    """A phase and the number of one of its overlays."""

    phase: Phase
    number: int

    def __str__(self) -> str:
        return f"{self.phase}-{self.number}"


def overlay_names(plan: Plan, cluster: str) -> tuple[OverlayName, ...]:
    """Return the overlays of a net on a cluster in the order of phases."""
    order = list(Phase)
    names = {OverlayName(daemon.phase, daemon.overlay) for daemon in plan.by_cluster[cluster]}
    names.add(OverlayName(Phase.SHARED, 1))
    return tuple(sorted(names, key=lambda name: (order.index(name.phase), name.number)))


def render_flux(plan: Plan, cluster: Cluster) -> Iterable[Manifest]:
    """Return the Kustomizations of a net on a cluster, and the Alert that reports them."""
    names = overlay_names(plan, cluster.name)
    for name in names:
        yield _kustomization(plan, cluster, name, _needed(name.phase, names))
    yield _alert(plan, cluster, [name for name in names if name.phase == names[-1].phase])


def _needed(phase: Phase, names: Sequence[OverlayName]) -> list[OverlayName]:
    for need in _NEEDS[phase]:
        present = [name for name in names if name.phase is need]
        return present or _needed(need, names)
    return []


def kustomization_name(plan: Plan, name: OverlayName) -> str:
    """Return the name of an overlay's Kustomization, which its commit status carries too."""
    return f"{plan.name}-{name}"


def _kustomization(
    plan: Plan, cluster: Cluster, name: OverlayName, needs: list[OverlayName]
) -> Manifest:
    spec: Manifest = {
        "serviceAccountName": plan.namespace,
        # One source for all phases: only then does dependsOn compare revisions.
        "sourceRef": {"kind": "GitRepository", "name": SOURCE},
        "path": f"./clusters/{cluster.name}/nets/{plan.name}/{name}",
        "interval": "1h",
        "retryInterval": "2m",
        "timeout": "3m" if name.phase is Phase.SHARED else "10m",
        "prune": True,
        "wait": True,
        "force": False,
        "deletionPolicy": "WaitForTermination",
    }
    if needs:
        spec["dependsOn"] = [{"name": kustomization_name(plan, need)} for need in needs]
    labels = {"testnet/net": plan.name, "testnet/phase": str(name.phase)}
    return manifest(
        "kustomize.toolkit.fluxcd.io/v1",
        "Kustomization",
        {"name": kustomization_name(plan, name), "namespace": NAMESPACE, "labels": labels},
        spec=spec,
    )


def _alert(plan: Plan, cluster: Cluster, names: list[OverlayName]) -> Manifest:
    """Report the last phase only: GitHub takes a thousand statuses a commit and context."""
    return manifest(
        "notification.toolkit.fluxcd.io/v1beta3",
        "Alert",
        {
            "name": plan.namespace,
            "namespace": NAMESPACE,
            "labels": {"testnet/net": plan.name},
        },
        spec={
            "providerRef": {"name": "commit-status"},
            "eventSeverity": "info",
            "eventMetadata": {"cluster": cluster.name},
            "eventSources": [
                {"kind": "Kustomization", "name": kustomization_name(plan, name)} for name in names
            ],
        },
    )
