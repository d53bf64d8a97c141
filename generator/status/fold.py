"""The published tree held against the surveys of all clusters: one pure function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from generator.evidence.judge import judge
from generator.register import Evidence, Waiting
from generator.status import applied, running
from generator.status.applied import Head, commit_of, commits_behind, reported_digest
from generator.status.foreign import find_foreign
from generator.status.model import (
    ClusterStatus,
    Difference,
    FleetStatus,
    HandOver,
    Kind,
    OverlayStatus,
    SiteStatus,
)
from generator.status.published import Overlay, Published, Site
from generator.status.running import Index, index_survey
from generator.sync import NAMESPACE, SOURCE, Observation, Survey
from generator.sync.model import FLUX_NAMESPACE
from generator.sync.survey import Kustomization

# The Kustomizations that set a cluster up; their directories have the same names.
_BOOTSTRAP = ("platform", "testnets")


def fold(
    published: Published,
    surveys: Mapping[str, Survey | str],
    seen: Mapping[str, Observation | str],
    net: str = "",
) -> FleetStatus:
    """Return what of the published tree is on the clusters as it is published.

    `surveys` has every cluster of the tree, `seen` those with daemons that are to stop; `net`
    says that the tree was read of one net alone, so that all others are nobody's business.
    """
    head = Head(branch=published.branch, lineage=published.lineage)
    indexes = {
        cluster: index_survey(survey)
        for cluster, survey in surveys.items()
        if isinstance(survey, Survey)
    }
    handovers = tuple(_handover(wait, published, seen) for wait in published.waiting)
    unproven = [
        handover
        for handover in handovers
        # Without the history nothing is judged, and a cluster that is away is told already.
        if handover.waits_for
        and published.lineage is not None
        and isinstance(seen.get(handover.cluster), Observation)
    ]
    sites = [_site(site, indexes.get(site.cluster), head) for site in published.sites]
    foreign = [
        SiteStatus(net=name, cluster=cluster, known=True, overlays=(), differences=tuple(found))
        for cluster, index in indexes.items()
        for name, found in find_foreign(cluster, index, published, net).items()
    ]
    return FleetStatus(
        head=published.head,
        branch=published.branch,
        clusters=tuple(
            _cluster(cluster, indexes[cluster], head)
            if cluster in indexes
            else _silent(cluster, str(surveys.get(cluster, "nobody asked it")))
            for cluster in published.clusters
        ),
        sites=_join(sites, foreign),
        handovers=handovers,
        differences=(
            *(_unproven(handover) for handover in unproven),
            *_keys_twice(indexes, net),
        ),
    )


def _site(site: Site, index: Index | None, head: Head) -> SiteStatus:
    return SiteStatus(
        net=site.net,
        cluster=site.cluster,
        known=index is not None,
        overlays=tuple(_overlay(site, overlay, index, head) for overlay in site.overlays),
        differences=(),
    )


def _overlay(site: Site, overlay: Overlay, index: Index | None, head: Head) -> OverlayStatus:
    name = site.kustomization(overlay)
    found = index.kustomizations.get((NAMESPACE, name)) if index else None
    commit = commit_of(found.revision) if found else ""
    return OverlayStatus(
        name=overlay.name,
        kustomization=name,
        revision=commit,
        behind=commits_behind(commit, head),
        ready=found is not None and found.ready.status == "True",
        reason=applied.told(found.ready) if found else "",
        digest=overlay.digest,
        reported=reported_digest(found) if found else "",
        wanted=overlay.wanted,
        running=sum(running.running_pods(w, index) for w in overlay.workloads) if index else 0,
        differences=tuple(_differences(site, overlay, found, index, head)) if index else (),
    )


def _differences(
    site: Site, overlay: Overlay, found: Kustomization | None, index: Index, head: Head
) -> Iterator[Difference]:
    """Yield what is not as published of an overlay: its Kustomization, then its daemons."""
    path = f"./clusters/{site.cluster}/nets/{site.net}/{overlay.name}"
    flux = chain(
        applied.find_faults(found, path, SOURCE, head),
        applied.digest_fault(found, overlay.digest, head) if found else (),
        _lock_faults(overlay),
    )
    faults = [(overlay.name, fault) for fault in flux]
    for workload in overlay.workloads:
        faults += [(workload.name, fault) for fault in running.find_faults(workload, index)]
    for name in overlay.balanced:
        services = running.find_service_faults(site.namespace, name, index)
        faults += [(name, fault) for fault in services]
    for subject, (kind, text) in faults:
        yield Difference(
            kind=kind,
            cluster=site.cluster,
            net=site.net,
            overlay=overlay.name,
            subject=subject,
            text=text,
        )


def _lock_faults(overlay: Overlay) -> Iterator[applied.Fault]:
    if overlay.built != overlay.digest:
        text = "the published files build something else than what their lock says"
        yield Kind.DIGEST, f"{text}: {overlay.built[:19]}, not {overlay.digest[:19]}"


def _silent(name: str, failure: str) -> ClusterStatus:
    silent = Difference(kind=Kind.UNREACHABLE, cluster=name, subject=name, text=failure)
    return ClusterStatus(name=name, failure=failure, fetched="", differences=(silent,))


def _cluster(name: str, index: Index, head: Head) -> ClusterStatus:
    sources = {(source.namespace, source.name): source for source in index.survey.sources}
    source = SOURCE.partition("/")[2]
    faults: list[tuple[str, applied.Fault]] = []
    for namespace in (FLUX_NAMESPACE, NAMESPACE):
        where = f"{namespace}/{source}"
        found = sources.get((namespace, source))
        faults += [(where, fault) for fault in applied.find_source_faults(found, where)]
    for part in _BOOTSTRAP:
        where = f"{FLUX_NAMESPACE}/{part}"
        path = f"./clusters/{name}/{part}"
        found_part = index.kustomizations.get((FLUX_NAMESPACE, part))
        faults += [(where, fault) for fault in applied.find_faults(found_part, path, SOURCE, head)]
    fetched = sources.get((NAMESPACE, source))
    return ClusterStatus(
        name=name,
        failure="",
        fetched=commit_of(fetched.revision) if fetched else "",
        differences=tuple(
            Difference(kind=kind, cluster=name, subject=subject, text=text)
            for subject, (kind, text) in faults
        ),
    )


def _join(sites: list[SiteStatus], foreign: list[SiteStatus]) -> tuple[SiteStatus, ...]:
    """Put what is foreign to the net on the cluster where it is, in order of net and cluster."""
    joined = {(site.net, site.cluster): site for site in sites}
    for other in foreign:
        site = joined.get((other.net, other.cluster))
        joined[other.net, other.cluster] = (
            other
            if site is None
            else SiteStatus(
                net=site.net,
                cluster=site.cluster,
                known=site.known,
                overlays=site.overlays,
                differences=other.differences,
            )
        )
    return tuple(joined[name] for name in sorted(joined))


def _handover(
    wait: Waiting, published: Published, seen: Mapping[str, Observation | str]
) -> HandOver:
    record = wait.record
    cluster = record.place.cluster
    return HandOver(
        key=record.key,
        net=record.net,
        cluster=cluster,
        daemon=record.place.name,
        drain=record.drain.id if record.drain else "",
        waits_for=_waits_for(wait, published, seen.get(cluster, f"nobody asked {cluster}")),
    )


def _waits_for(wait: Waiting, published: Published, seen: Observation | str) -> str:
    if isinstance(seen, str):
        return seen
    if published.lineage is None:
        return "no history to judge by: the tree was read without git"
    found = judge(
        wait, seen, published.lineage, branch=published.branch, source="status", who="", at=""
    )
    return "" if isinstance(found, Evidence) else found


def _unproven(handover: HandOver) -> Difference:
    return Difference(
        kind=Kind.DRAIN,
        cluster=handover.cluster,
        net=handover.net,
        subject=handover.daemon,
        text=f"told to stop: {handover.waits_for}",
    )


def _keys_twice(indexes: Mapping[str, Index], net: str) -> Iterable[Difference]:
    """Yield keys that are in two pods, on whatever clusters."""
    places: dict[str, list[tuple[str, str]]] = {}
    for cluster, index in indexes.items():
        for pod in index.survey.pods:
            if pod.key:
                places.setdefault(pod.key, []).append((cluster, f"{pod.namespace}/{pod.name}"))
    for key, found in sorted(places.items()):
        if len(found) > 1 and (not net or any(p.startswith(f"net-{net}/") for _, p in found)):
            where = ", ".join(f"{place} on {cluster}" for cluster, place in sorted(found))
            yield Difference(
                kind=Kind.KEY,
                cluster=min(found)[0],
                subject=key,
                text=f"is in {len(found)} pods: {where}",
            )
