"""What of the plans can live in the next commit, and where each net is then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from generator.plan import Daemon, Plan, Role
from generator.publish.site import Site
from generator.publish.state import Published, overlay_name
from generator.publish.steps import KeyStep
from generator.register import Place, Record, State


def live_plans(
    plans: Iterable[Plan], published: Published, steps: Sequence[KeyStep]
) -> dict[str, Plan]:
    """Return the plans without what must wait, by net; a net of which all waits is left out."""
    held = {step.after.place for step in steps if step.after and step.after.state is State.HELD}
    draining = {
        (step.after.place.namespace, step.after.place.name)
        for step in steps
        if step.after and step.after.state is State.DRAINING
    }
    live = (_live(plan, held, draining, published) for plan in plans)
    return {plan.name: plan for plan in live if plan.by_cluster}


def _live(
    plan: Plan,
    held: Collection[Place],
    draining: Collection[tuple[str, str]],
    published: Published,
) -> Plan:
    """Return a plan without the producers that must wait, and without what drives them.

    Nor is anything there whose objects would have the names of a daemon that is drained.
    """
    waiting = {
        daemon.name
        for daemon in plan.daemons
        if (plan.namespace, daemon.name) in draining
        or (
            daemon.role is Role.BLOCK_PRODUCER
            and Place(daemon.cluster.name, plan.namespace, daemon.name) not in held
        )
    }
    daemons = tuple(
        daemon
        for daemon in plan.daemons
        if daemon.name not in waiting
        and not (daemon.role in _DRIVING and daemon.partner in waiting)
    )
    if any(namespace == plan.namespace for namespace, _ in draining):
        plan = _pinned(plan, published)
    return _standing(plan, published, daemons) if waiting else plan


# They have nothing to do while their partner is away.
_DRIVING = frozenset({Role.SERVICE, Role.SNARK_WORKER})


def _pinned(plan: Plan, published: Published) -> Plan:
    """Return a plan with the library that is published, while a daemon of its net is drained.

    Another one might lack what only the drained daemon needs. That the net is to move on is not
    forgotten: its lock goes on naming the file that the library was chosen for.
    """
    net = published.allocations.nets[plan.name]
    if plan.overlays == net.overlays:
        return plan
    testnet = replace(plan.testnet, digest=net.source_digest)
    return replace(plan, overlays=net.overlays, testnet=testnet)


def _standing(plan: Plan, published: Published, daemons: tuple[Daemon, ...]) -> Plan:
    """Return a plan with some daemons only, and with the clusters on which the net is published.

    Where all of a cluster's daemons wait, the net stays there all the same: its namespace must
    not go, with everything in it, only to come back.
    """
    left = {daemon.cluster.name for daemon in daemons}
    net = published.allocations.nets.get(plan.name)
    known = net.traces if net else {}
    standing = tuple(c for c in plan.clusters if c.name not in left and c.name in known)
    return replace(plan, daemons=daemons, standing=standing)


def draining_keys(steps: Iterable[KeyStep]) -> dict[tuple[str, str], list[Record]]:
    """Return the keys that drain after the next commit, by net and cluster."""
    sites: dict[tuple[str, str], list[Record]] = {}
    for step in steps:
        record = step.after
        if record and record.state is State.DRAINING:
            sites.setdefault((record.net, record.place.cluster), []).append(record)
    return sites


def list_sites(
    published: Published,
    plans: Mapping[str, Plan],
    draining: Mapping[tuple[str, str], list[Record]],
    kept: Collection[str],
) -> Iterable[Site]:
    """Yield every net on every cluster where it is, will be, or has keys that are drained."""
    nets = published.allocations.nets
    names = {(name, cluster) for name, net in nets.items() for cluster in net.traces}
    names |= {(plan.name, cluster) for plan in plans.values() for cluster in plan.by_cluster}
    for name, cluster in sorted(names):
        if name in kept:
            continue
        net, plan = nets.get(name), plans.get(name)
        daemons = net.daemons if net else {}
        drained = tuple(draining.get((name, cluster), ()))
        places = {record.place.name: daemons[record.place.name] for record in drained}
        yield Site(
            net=name,
            cluster=cluster,
            plan=plan if plan and cluster in plan.by_cluster else None,
            stopped=bool(net and cluster in net.leaving),
            drained=drained,
            overlays={daemon: overlay_name(found) for daemon, found in places.items()},
            ports={daemon: found.port for daemon, found in places.items()},
        )
