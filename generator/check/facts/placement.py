"""Facts about where pods are led, and where they may run: Services and demands on nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from generator.check.facts.daemon import full_name
from generator.check.facts.table import Row, Rows
from generator.check.facts.unit import Origins, Unit, placed
from generator.check.observe.workload import DAEMON
from generator.check.places import Places
from generator.fleet import Fleet
from generator.plan import NETWORKED, Daemon, Plan, Role


def count_services(units: Iterable[Unit]) -> int:
    """Return how many Services were built."""
    return sum(len(unit.seen["selected"]) for unit in units)


def service_rows(
    plans: Sequence[Plan], units: Sequence[Unit], origins: Origins, places: Places
) -> Rows:
    """Yield planned Services that lead to others than their daemon, or might; the rest is counted.

    What is in another overlay nobody sees here, so that one must name its daemon.
    """
    planned = {
        (daemon.cluster.name, f"{plan.namespace}/Service/{service}"): (plan, daemon, target)
        for plan in plans
        for daemon in plan.daemons
        for service, target in _services(daemon)
    }
    for unit in units:
        for name, seen in unit.seen["selected"].items():
            if (unit.cluster, name) not in planned:
                continue
            plan, daemon, target = planned[unit.cluster, name]
            selector, own = seen["selector"], f"{plan.namespace}/StatefulSet/{target}"
            if selector.get(DAEMON) != target or seen["pods"] != [own]:
                said = ", ".join(f"{key}={value}" for key, value in sorted(selector.items()))
                row = {
                    "object": name,
                    "daemon": full_name(plan, daemon.name),
                    "selector": said,
                    "targets": [pod.rpartition("/")[2] for pod in seen["pods"]],
                }
                yield placed(row, unit, origins, places)


def _services(daemon: Daemon) -> Iterable[tuple[str, str]]:
    """Yield the names of a daemon's Services, and of the StatefulSet that each leads to."""
    if daemon.role in NETWORKED:
        yield daemon.name, daemon.name
    if daemon.role is Role.SNARK_COORDINATOR:
        yield f"{daemon.name}-client", daemon.name
    if daemon.driven:
        yield f"{daemon.name}-graphql", daemon.name
    if daemon.role is Role.ARCHIVE:
        database = f"{daemon.name}-postgres"
        yield database, database


def demand_rows(fleet: Fleet, units: Iterable[Unit], origins: Origins, places: Places) -> Rows:
    """Yield what pods demand of their nodes, those alike once for each net on each cluster."""
    regions: Mapping[str, str] = {cluster.name: cluster.region for cluster in fleet.clusters}
    known: set[tuple[str, str, str]] = set()
    for unit in units:
        for digest, seen in unit.seen["demands"].items():
            if (unit.net, unit.cluster, digest) not in known:
                known.add((unit.net, unit.cluster, digest))
                for demand in seen["demands"]:
                    row: Row = {
                        "object": seen["object"],
                        "cluster": unit.cluster,
                        "region": regions.get(unit.cluster, ""),
                    }
                    yield placed(row | demand, unit, origins, places)
