"""Facts about the fleet: its clusters and where they reach the world from."""

from __future__ import annotations

from generator.check.facts.table import Rows, thousandths
from generator.check.places import Places
from generator.fleet import Fleet


def cluster_rows(fleet: Fleet, places: Places) -> Rows:
    """Yield the clusters."""
    for cluster in fleet.clusters:
        yield {
            "cluster": cluster.name,
            "region": cluster.region,
            "pods": cluster.pods,
            "cpu": thousandths(cluster.cpu),
            "memory": cluster.memory,
            "storage": cluster.storage,
            "load_balancers": cluster.load_balancers,
            "at": places.number(cluster.at),
            "pods_at": places.number(cluster.places.get("pods", cluster.at)),
        }


def egress_rows(fleet: Fleet, places: Places) -> Rows:
    """Yield the address ranges from which the clusters reach the world."""
    for cluster in fleet.clusters:
        for cidr in cluster.egress:
            at = cluster.places.get(cidr, cluster.at)
            yield {"cluster": cluster.name, "cidr": cidr, "at": places.number(at)}
