"""What is on a cluster and is not published there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from generator.render.drain import drain_kustomization_name
from generator.status.model import Difference, Kind
from generator.status.published import Published
from generator.status.running import Index
from generator.sync import NAMESPACE
from generator.sync.model import NET_PREFIX

# Net, name and text of each.
_Foreign = Iterator[tuple[str, str, str]]


def find_foreign(
    cluster: str, index: Index, published: Published, net: str
) -> dict[str, list[Difference]]:
    """Return by net what is on a cluster and is not published there."""
    sites = [site for site in published.sites if site.cluster == cluster]
    kustomizations = {site.kustomization(overlay) for site in sites for overlay in site.overlays}
    kustomizations |= {
        drain_kustomization_name(wait.record.net, wait.record.drain.id)
        for wait in published.waiting
        if wait.record.drain and wait.record.place.cluster == cluster
    }
    workloads = {
        (want.kind, want.namespace, want.name)
        for site in sites
        for overlay in site.overlays
        for want in overlay.workloads
    }
    found: dict[str, list[Difference]] = {}
    for name, subject, text in chain(
        _kustomizations(index, kustomizations),
        _workloads(index, workloads),
        _pods(index, workloads),
    ):
        if not net or name == net:
            found.setdefault(name, []).append(
                Difference(kind=Kind.FOREIGN, cluster=cluster, net=name, subject=subject, text=text)
            )
    return found


def _kustomizations(index: Index, known: set[str]) -> _Foreign:
    for item in index.survey.kustomizations:
        if item.namespace == NAMESPACE and item.net and item.name not in known:
            going = "is being deleted" if item.deleting else "is not published"
            yield item.net, item.name, f"the Kustomization {going}"


def _workloads(index: Index, known: set[tuple[str, str, str]]) -> _Foreign:
    for place, item in index.workloads.items():
        if place not in known:
            going = "is being deleted" if item.deleting else "is not published"
            yield item.namespace.removeprefix(NET_PREFIX), item.name, f"the {item.kind} {going}"


def _pods(index: Index, known: set[tuple[str, str, str]]) -> _Foreign:
    """Yield pods of nothing that is there; those of a workload that is are told with it."""
    for (namespace, owner), pods in index.pods.items():
        kind, _, name = owner.partition("/")
        place = (kind, namespace, name)
        if place in known or place in index.workloads:
            continue
        for pod in pods:
            if kind == "Job" and not pod.key:
                continue
            text = f"the pod {namespace}/{pod.name} belongs to nothing that is published"
            yield namespace.removeprefix(NET_PREFIX), pod.name, text
