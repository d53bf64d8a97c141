"""What a publish would record: the allocations that follow from plans, in memory or on disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from generator.build import Build
from generator.fleet import Cluster
from generator.inputs import digest_inputs
from generator.lock import LOCK, render_lock
from generator.plan import Allocations, DaemonAllocation, NetAllocation, Plan, Role, Trace
from generator.render import net_directory, render_net
from generator.render.flux import overlay_names
from generator.yaml import emit

KUSTOMIZE = "v5.8.1"
FILES = "f" * 64
BUILD = Build(1, "0" * 64)


def publish(plans: Iterable[Plan]) -> Allocations:
    """Return what publishing some plans decides."""
    return Allocations(nets={plan.name: _net(plan) for plan in plans})


def _net(plan: Plan) -> NetAllocation:
    ports = len(plan.testnet.flavour.ports)
    return NetAllocation(
        published=plan.published,
        source_digest=plan.testnet.digest,
        overlays=plan.overlays,
        generation=plan.genesis.generation,
        genesis_time=plan.genesis.time,
        genesis=plan.genesis.text,
        genesis_digest=plan.genesis.digest,
        daemons={
            daemon.name: DaemonAllocation(
                cluster=daemon.cluster.name,
                phase=str(daemon.phase),
                overlay=daemon.overlay,
                port=daemon.port,
                ports=ports,
            )
            for daemon in plan.daemons
        },
        driven={d.name: d.partner for d in plan.daemons if d.role is Role.SERVICE},
        protected=plan.testnet.protected,
        keys={
            d.name: d.key.text
            for d in plan.daemons
            if d.role is Role.BLOCK_PRODUCER and d.key is not None
        },
        traces={
            cluster.name: Trace(
                inputs=digest_inputs(plan, cluster), kustomize=KUSTOMIZE, files=FILES
            )
            for cluster in plan.clusters
        },
    )


def write_published(plans: Sequence[Plan], tree: Path) -> None:
    """Write the files of some plans and their locks, with builds that nobody made."""
    for plan in plans:
        files = {path: text for path, (text, _) in render_net(plan).items()}
        for cluster in clusters_of(plan):
            lock = lock_text(plan, cluster)
            files[f"{net_directory(cluster.name, plan.name)}/{LOCK}"] = lock
        for path, text in files.items():
            target = tree / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")


def clusters_of(plan: Plan) -> tuple[Cluster, ...]:
    """Return the clusters that a net runs on."""
    return tuple({daemon.cluster.name: daemon.cluster for daemon in plan.daemons}.values())


def lock_text(plan: Plan, cluster: Cluster) -> str:
    """Return the lock of a net on a cluster, with builds that nobody made."""
    builds = {str(name): BUILD for name in overlay_names(plan, cluster.name)}
    return emit([render_lock(plan, cluster, builds, KUSTOMIZE, FILES)], header="Made for a test.")
