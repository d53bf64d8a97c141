"""One overlay: the directory that a Flux Kustomization builds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from generator.fleet import AddressMode, Cluster
from generator.plan import NETWORKED, Daemon, Phase, Plan, Role
from generator.render.daemon import render_daemon
from generator.render.flux import OverlayName
from generator.render.manifest import Manifest, kustomization, library_path
from generator.render.shared import is_large, render_genesis, render_shared
from generator.testnet import Purpose

DEPTH = 5


def render_overlay(
    plan: Plan, cluster: Cluster, name: OverlayName, daemons: Sequence[Daemon]
) -> dict[str, list[Manifest]]:
    """Return the documents of an overlay by file name."""
    if name.phase is Phase.SHARED:
        return _shared(plan, cluster)
    parts = [library_path(DEPTH, plan.overlays, part) for part in components(plan, daemons)]
    return {
        "kustomization.yaml": [kustomization(resources=["daemons.yaml"], components=parts)],
        "daemons.yaml": [doc for daemon in daemons for doc in render_daemon(plan, daemon)],
    }


def _shared(plan: Plan, cluster: Cluster) -> dict[str, list[Manifest]]:
    resources = [library_path(DEPTH, plan.overlays, "base/net"), "net.yaml"]
    files = {"net.yaml": list(render_shared(plan, cluster))}
    if plan.genesis.text:
        resources.append("genesis.yaml")
        files["genesis.yaml"] = list(render_genesis(plan))
    egress = "isolate" if plan.testnet.purpose is Purpose.QA else "public"
    parts = [library_path(DEPTH, plan.overlays, f"components/{egress}")]
    head = kustomization(resources=resources, components=parts, namespace=plan.namespace)
    return {"kustomization.yaml": [head], **files}


def components(plan: Plan, daemons: Sequence[Daemon]) -> Iterable[str]:
    """Return the components of the library that an overlay lists, in their order.

    All daemons of an overlay have one phase and so one role; addresses may differ.
    """
    first = daemons[0]
    if first.role in NETWORKED:
        yield "components/daemon"
    yield f"components/{first.role}"
    if first.role is Role.SERVICE:
        yield from (f"components/service-{kind}" for kind in sorted({d.kind for d in daemons}))
    if first.role not in NETWORKED:
        return
    if first.identity:
        yield "components/libp2p-key"
    if is_large(plan.genesis):
        yield "components/large-genesis"
    modes = {daemon.address for daemon in daemons}
    if AddressMode.HOST_PORT in modes:
        yield "components/address-host-port"
    if AddressMode.LOAD_BALANCER in modes:
        yield f"components/address-load-balancer-{first.cluster.provider}"
