"""A published tree as records, and a fleet of clusters that has all of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from generator.register import Lineage
from generator.status.model import FleetStatus
from generator.status.published import Overlay, Published, Site, Workload
from generator.sync import survey as live

COMMITS = tuple(f"{number:040x}" for number in range(1, 5))
HEAD, BEFORE = COMMITS[-1], COMMITS[-2]
ELSEWHERE = "f" * 40
BRANCH = "environments"
READY = live.Ready(status="True", reason="ReconciliationSucceeded", message="Applied revision")
NODE = "node-1"
ADDRESS = "203.0.113.1"

Surveys = dict[str, live.Survey | str]


def revision(commit: str = HEAD, branch: str = BRANCH) -> str:
    """Return a revision as Flux writes it."""
    return f"{branch}@sha1:{commit}"


def digest(text: str) -> str:
    """Return a digest that no other text has."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def workload(name: str, net: str = "smoke", **changes: object) -> Workload:
    """Return a published StatefulSet with two containers and a public node, but for changes."""
    want = Workload(
        kind="StatefulSet",
        namespace=f"net-{net}",
        name=name,
        drain="",
        replicas=1,
        images=(("daemon", "mina:1"), ("keys", "mina:1")),
        public=True,
    )
    return replace(want, **changes)  # type: ignore[arg-type]


def overlay(name: str, *workloads: Workload, balanced: tuple[str, ...] = ()) -> Overlay:
    """Return a published overlay."""
    same = digest(name + "".join(w.name for w in workloads))
    return Overlay(name=name, digest=same, built=same, workloads=workloads, balanced=balanced)


def site(*overlays: Overlay, net: str = "smoke", cluster: str = "west") -> Site:
    """Return a net on a cluster."""
    return Site(net=net, cluster=cluster, overlays=overlays)


def published(*sites: Site, clusters: tuple[str, ...] = ()) -> Published:
    """Return a published tree with its history, on the clusters of its sites and others."""
    return Published(
        branch=BRANCH,
        lineage=Lineage(COMMITS),
        clusters=tuple(sorted({site.cluster for site in sites} | set(clusters))),
        nets=tuple(sorted({site.net for site in sites})),
        sites=sites,
        waiting=(),
    )


SMOKE = published(
    site(
        overlay("shared-1"),
        overlay("seeds-1", workload("seed-1", public=False), balanced=("seed-1",)),
        overlay("producers-1", workload("whale-1"), workload("whale-2")),
        overlay("workers-1", workload("workers", replicas=3, public=False)),
    ),
    site(overlay("shared-1"), overlay("producers-1", workload("fish-1")), cluster="east"),
)


def mirror(tree: Published) -> Surveys:
    """Return what clusters say that have everything of the head, and nothing else."""
    head = revision(tree.head or HEAD)
    return {
        cluster: live.Survey(
            cluster=cluster,
            context=cluster,
            sources=tuple(_source(namespace, head) for namespace in ("testnets", "flux-system")),
            kustomizations=(
                *(_kustomization(s, o, head) for s in _sites(tree, cluster) for o in s.overlays),
                *(_bootstrap(cluster, name, head) for name in ("platform", "testnets")),
            ),
            workloads=tuple(_running(want) for _, want in _workloads(tree, cluster)),
            pods=tuple(pod for _, want in _workloads(tree, cluster) for pod in _pods(want)),
            services=tuple(
                live.Service(namespace=s.namespace, name=name, addresses=(ADDRESS,))
                for s in _sites(tree, cluster)
                for o in s.overlays
                for name in o.balanced
            ),
            nodes=(live.Node(name=NODE, addresses=(ADDRESS,)),),
        )
        for cluster in tree.clusters
    }


def _sites(tree: Published, cluster: str) -> Iterator[Site]:
    return (site for site in tree.sites if site.cluster == cluster)


def _workloads(tree: Published, cluster: str) -> Iterator[tuple[Site, Workload]]:
    for found in _sites(tree, cluster):
        for part in found.overlays:
            yield from ((found, want) for want in part.workloads)


def _source(namespace: str, head: str) -> live.Source:
    return live.Source(
        namespace=namespace,
        name="environments",
        revision=head,
        suspended=False,
        ready=READY,
    )


def _bootstrap(cluster: str, name: str, head: str) -> live.Kustomization:
    return live.Kustomization(
        namespace="flux-system",
        name=name,
        net="",
        drain="",
        revision=head,
        generation=2,
        observed=2,
        suspended=False,
        deleting=False,
        path=f"./clusters/{cluster}/{name}",
        source="GitRepository/environments",
        ready=READY,
        history=(),
    )


def _kustomization(found: Site, part: Overlay, head: str) -> live.Kustomization:
    older = live.Snapshot(digest=digest("older"), revision=revision(BEFORE), status="x")
    newest = live.Snapshot(digest=part.digest, revision=head, status="x")
    return replace(
        _bootstrap(found.cluster, "x", head),
        namespace="testnets",
        name=found.kustomization(part),
        net=found.net,
        path=f"./clusters/{found.cluster}/nets/{found.net}/{part.name}",
        history=(newest, older),
    )


def _running(want: Workload) -> live.Workload:
    return live.Workload(
        kind=want.kind,
        namespace=want.namespace,
        name=want.name,
        drain=want.drain,
        generation=3,
        observed=3,
        deleting=False,
        replicas=want.replicas,
        counted=want.replicas,
        updated=want.replicas,
        ready=want.replicas,
        images=want.images,
    )


def _pods(want: Workload) -> Iterator[live.Pod]:
    for number in range(want.replicas):
        yield live.Pod(
            namespace=want.namespace,
            name=f"{want.name}-{number}",
            owner=f"{want.kind}/{want.name}",
            key="",
            phase="Running",
            deleting=False,
            node=NODE,
            why="",
            images=want.images,
        )


def change(
    surveys: Surveys, cluster: str, field: str, name: str, edit: Callable[[object], object]
) -> Surveys:
    """Return surveys with one object of a cluster changed, or without it (`edit` gives None)."""
    survey = surveys[cluster]
    assert isinstance(survey, live.Survey)
    objects: Iterable[object] = getattr(survey, field)
    assert any(_name(found) == name for found in objects), f"no {name} in {field}"
    edited = [edit(found) if _name(found) == name else found for found in objects]
    kept = tuple(found for found in edited if found is not None)
    edited_survey: live.Survey = replace(survey, **{field: kept})  # type: ignore[arg-type]
    return surveys | {cluster: edited_survey}


def _name(found: object) -> str:
    return f"{getattr(found, 'namespace', '')}/{getattr(found, 'name', '')}".lstrip("/")


def told(status: FleetStatus) -> list[tuple[str, str, str]]:
    """Return kind, subject and text of everything that is not as published."""
    return [(str(d.kind), d.subject, d.text) for d in status.all_differences]
