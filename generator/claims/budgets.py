"""What nets ask for of what there is only so much of, as claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from generator.claims.limits import (
    BALANCERS,
    CAPACITY,
    CLUSTER_BUDGET,
    OWNER_BUDGET,
    PORTS,
    UNITS,
    Limits,
    capacities,
    waived,
)
from generator.claims.model import Claim, Kind
from generator.fleet import AddressMode, Cluster, Fleet
from generator.plan import NETWORKED, Daemon, Plan
from generator.report.summary import HOURS_A_MONTH, summarise

# Of what a waiver takes out: more than anybody asks for.
UNLIMITED = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class _Usage:
    """What a net asks for on a cluster, in the smallest units, by kind."""

    net: str
    owner: str
    cluster: str
    amounts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Budget:
    """How much there is of something; `subject` is that of the rule which limits it."""

    rule: str
    subject: str
    of: str
    kind: str
    limit: int

    def claim(self, net: str, amount: int) -> Claim:
        """Return the claim of a net to a part of it."""
        return Claim(
            kind=Kind.BUDGET,
            subject=f"{self.rule} {self.subject}",
            net=net,
            amount=amount,
            limit=self.limit,
            label=f"{UNITS[self.kind][1]} of {self.of}",
            unit=UNITS[self.kind],
        )


def takes_ports(daemon: Daemon) -> bool:
    """Say whether the world reaches a daemon at ports of its node."""
    return daemon.role in NETWORKED and daemon.address is AddressMode.HOST_PORT


def read_budgets(plans: Sequence[Plan], fleet: Fleet, limits: Limits) -> Iterator[Claim]:
    """Yield what nets claim of the capacity and the budgets of clusters and of owners.

    Each budget has a claim of nothing beside them, which tells its limit.
    """
    excused = waived(fleet, (waiver for plan in plans for waiver in plan.testnet.waivers))
    usage = [row for plan in plans for row in _usage(plan)]
    on: dict[str, list[_Usage]] = {cluster.name: [] for cluster in fleet.clusters}
    of: dict[str, list[_Usage]] = {}
    for row in usage:
        on.setdefault(row.cluster, []).append(row)
        of.setdefault(row.owner, []).append(row)
    shared = [(b, on[c.name]) for c in fleet.clusters for b in _of_cluster(c, limits)]
    shared += [(b, rows) for owner, rows in of.items() for b in _of_owner(owner, limits)]
    for budget, rows in shared:
        if limits.binds(budget.rule):
            if (budget.rule, budget.subject) in excused:
                budget = replace(budget, limit=UNLIMITED)  # noqa: PLW2901 - the same, excused
            yield budget.claim("", 0)
            asked: dict[str, int] = {}
            for row in rows:
                asked[row.net] = asked.get(row.net, 0) + row.amounts[budget.kind]
            for net, amount in asked.items():
                if amount:
                    yield budget.claim(net, amount)


def _of_cluster(cluster: Cluster, limits: Limits) -> Iterator[_Budget]:
    of, name = f'cluster "{cluster.name}"', cluster.name
    for kind, limit in capacities(cluster).items():
        yield _Budget(rule=CAPACITY, subject=f"{name}/{kind}", of=of, kind=kind, limit=limit)
    balancers = cluster.load_balancers
    yield _Budget(rule=BALANCERS, subject=name, of=of, kind="balancers", limit=balancers)
    yield _Budget(rule=PORTS, subject=name, of=of, kind="ports", limit=len(cluster.ports))
    budget = limits.of_cluster(name)
    if budget is not None:
        yield _Budget(rule=CLUSTER_BUDGET, subject=name, of=of, kind="dollars", limit=budget)


def _of_owner(owner: str, limits: Limits) -> Iterator[_Budget]:
    for kind in ("cpu", "memory", "storage", "dollars"):
        limit = limits.of_owner(owner, kind)
        if limit is not None:
            yield _Budget(
                rule=OWNER_BUDGET,
                subject=f"{owner}/{kind}",
                of=f'owner "{owner}"',
                kind=kind,
                limit=limit,
            )


def _usage(plan: Plan) -> Iterator[_Usage]:
    for part in summarise(plan):
        daemons = [daemon for daemon in plan.by_cluster[part.cluster.name] if takes_ports(daemon)]
        yield _Usage(
            net=plan.name,
            owner=plan.testnet.owner,
            cluster=part.cluster.name,
            amounts={
                "cpu": int(part.cpu * UNITS["cpu"][0]),
                "memory": part.memory,
                "storage": part.storage,
                "dollars": int(part.cost * HOURS_A_MONTH * UNITS["dollars"][0]),
                "balancers": part.balancers,
                "ports": sum(port.public for daemon in daemons for port in daemon.ports),
            },
        )
