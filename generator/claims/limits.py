"""How much there is of what nets share: what rules compare sums with, by subject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from generator.finding import Severity
from generator.fleet import Cluster, Fleet
from generator.waiver import Waiver

CAPACITY = "resources/capacity"
BALANCERS = "resources/load-balancers"
CLUSTER_BUDGET = "resources/cluster-budget"
OWNER_BUDGET = "resources/owner-budget"
IDENTITY = "genesis/identity"
PORTS = "network/ports"

_GIB = 2**30
# By kind: how many of the smallest unit make one, and how people say it.
UNITS: Mapping[str, tuple[int, str]] = {
    "cpu": (1000, "cores"),
    "memory": (_GIB, "GiB of memory"),
    "storage": (_GIB, "GiB of storage"),
    "dollars": (100, "dollars a month"),
    "balancers": (1, "load balancers"),
    "ports": (1, "host ports"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the settings of the rules say: units of `UNITS` by owner, dollars by cluster.

    `default` holds for owners that are not named. `levels` are the severities that were set of
    rules: what is no error keeps nothing from being merged.
    """

    default: Mapping[str, Decimal] = field(default_factory=dict)
    owners: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    clusters: Mapping[str, Decimal] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)

    def binds(self, rule: str) -> bool:
        """Say whether what a rule finds is an error."""
        return self.levels.get(rule, str(Severity.ERROR)) == Severity.ERROR

    def of_owner(self, owner: str, kind: str) -> int | None:
        """Return what the nets of an owner may ask for, in the smallest unit; None for no limit."""
        limit = self.owners.get(owner, {}).get(kind, self.default.get(kind))
        return None if limit is None else int(limit * UNITS[kind][0])

    def of_cluster(self, cluster: str) -> int | None:
        """Return what the nets on a cluster may cost in a month, in cents; None for no limit."""
        limit = self.clusters.get(cluster)
        return None if limit is None else int(limit * UNITS["dollars"][0])


def read_limits(settings: Mapping[str, Mapping[str, Any]]) -> Limits:
    """Return the limits in the settings of the rules, as `generator.policies` reads them.

    What is missing there is no limit: the rules themselves find that.
    """
    parameters = settings.get("parameters", {})
    owners = parameters.get(OWNER_BUDGET, {})
    return Limits(
        default=_numbers(owners.get("default", {})),
        owners={name: _numbers(own) for name, own in owners.get("owners", {}).items()},
        clusters=_numbers(parameters.get(CLUSTER_BUDGET, {}).get("dollars", {})),
        levels=settings.get("levels", {}),
    )


def _numbers(values: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(str(value)) for name, value in values.items()}


def capacities(cluster: Cluster) -> dict[str, int]:
    """Return what a cluster has of each kind of `UNITS` that its nodes have, in smallest units."""
    return {
        "cpu": int(cluster.cpu * UNITS["cpu"][0]),
        "memory": cluster.memory,
        "storage": cluster.storage,
    }


def waived(fleet: Fleet, waivers: Iterable[Waiver]) -> frozenset[tuple[str, str]]:
    """Return the rules and subjects that waivers take out, of the fleet and of nets.

    One that has expired is a finding itself, so that nothing hangs on its day here.
    """
    return frozenset((waiver.rule, waiver.subject) for waiver in (*fleet.waivers, *waivers))
