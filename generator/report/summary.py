"""What a net has on each cluster, and what it costs there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from generator.fleet import AddressMode, Cluster
from generator.plan import NETWORKED, Daemon, Plan, Role
from generator.plan.defaults import consumed
from generator.quantity import parse_cpu, parse_memory
from generator.testnet.model import amount

GIB = 2**30
HOURS_A_MONTH = 730


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSummary:
    """What a net has and costs on one cluster; memory and storage in bytes, cost in USD/h."""

    cluster: Cluster
    roles: tuple[tuple[Role, int], ...]
    stake_share: Decimal
    cpu: Decimal
    memory: int
    storage: int
    balancers: int
    cost: Decimal


def summarise(plan: Plan) -> tuple[ClusterSummary, ...]:
    """Return what a plan has on each cluster, in order of their names."""
    total = sum((amount(daemon.stake) for daemon in plan.daemons), Decimal(0))
    return tuple(
        _summarise_cluster(daemons[0].cluster, daemons, total)
        for daemons in plan.by_cluster.values()
    )


def _summarise_cluster(
    cluster: Cluster, daemons: Sequence[Daemon], total: Decimal
) -> ClusterSummary:
    resources = [part for daemon in daemons for part in consumed(daemon)]
    stake = sum((amount(daemon.stake) for daemon in daemons), Decimal(0))
    cpu = sum((parse_cpu(part.cpu) for part in resources), Decimal(0))
    memory = sum(parse_memory(part.memory) for part in resources)
    storage = sum(parse_memory(part.storage or 0) for part in resources)
    balancers = sum(d.role in NETWORKED and d.address is AddressMode.LOAD_BALANCER for d in daemons)
    prices = cluster.prices
    cost = (
        cpu * prices.cpu_hour
        + Decimal(memory) / GIB * prices.memory_gib_hour
        + Decimal(storage) / GIB * prices.storage_gib_month / HOURS_A_MONTH
        + balancers * prices.load_balancer_hour
    )
    return ClusterSummary(
        cluster=cluster,
        roles=tuple(
            (role, count)
            for role in Role
            if (count := sum(d.replicas for d in daemons if d.role is role))
        ),
        stake_share=stake / total if total else Decimal(0),
        cpu=cpu,
        memory=memory,
        storage=storage,
        balancers=balancers,
        cost=cost,
    )
