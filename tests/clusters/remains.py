"""What is left of nets on a cluster, of every kind that a net has objects of."""

from __future__ import annotations

from collections.abc import Callable

from tests.clusters.cluster import Cluster
from tests.clusters.plane import NETS

_AMONG_NETS = "kustomizations,alerts,serviceaccounts,jobs,rolebindings,configmaps,secrets"
_OF_NO_NAMESPACE = "namespaces,clusterroles,clusterrolebindings"


def remains(cluster: Cluster, selector: str, owns: Callable[[str], bool]) -> list[str]:
    """Return what a selector finds, and the volumes of the namespaces that the nets own."""
    mine = ("--selector", selector, "--output", "name")
    found = cluster.kubectl("get", _AMONG_NETS, "--namespace", NETS, *mine)
    found += cluster.kubectl("get", _OF_NO_NAMESPACE, *mine)
    volumes = cluster.api.items("/api/v1/persistentvolumes")
    kept = [v for v in volumes if owns(v["spec"]["claimRef"]["namespace"])]
    return found.split() + [volume["metadata"]["name"] for volume in kept]
