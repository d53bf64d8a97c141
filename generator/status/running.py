"""Whether a workload runs as it is published: replicas, images, pods, addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from generator.report.wording import counted
from generator.status.applied import Fault
from generator.status.model import Kind
from generator.status.published import Workload
from generator.sync import survey as live

_LONG = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A survey by what is looked for in it; pods by namespace and owner."""

    survey: live.Survey
    kustomizations: Mapping[tuple[str, str], live.Kustomization]
    workloads: Mapping[tuple[str, str, str], live.Workload]
    pods: Mapping[tuple[str, str], Sequence[live.Pod]]
    services: Mapping[tuple[str, str], live.Service]
    nodes: Mapping[str, live.Node]


def index_survey(survey: live.Survey) -> Index:
    """Return a survey with its objects by what they are looked up by."""
    pods: dict[tuple[str, str], list[live.Pod]] = {}
    for pod in survey.pods:
        pods.setdefault((pod.namespace, pod.owner), []).append(pod)
    return Index(
        survey=survey,
        kustomizations={(k.namespace, k.name): k for k in survey.kustomizations},
        workloads={(w.kind, w.namespace, w.name): w for w in survey.workloads},
        pods=pods,
        services={(s.namespace, s.name): s for s in survey.services},
        nodes={node.name: node for node in survey.nodes},
    )


def running_pods(want: Workload, index: Index) -> int:
    """Return how many of the pods that a workload is to have are ready."""
    found = index.workloads.get((want.kind, want.namespace, want.name))
    return min(found.ready, want.replicas) if found else 0


def find_faults(want: Workload, index: Index) -> Iterator[Fault]:
    """Yield in which ways a workload does not run as it is published."""
    found = index.workloads.get((want.kind, want.namespace, want.name))
    pods = index.pods.get((want.namespace, f"{want.kind}/{want.name}"), ())
    if found is None:
        yield Kind.MISSING, f"the {want.kind} is not there"
    elif want.drain and not found.drain and found.replicas:
        yield Kind.DRAIN, "has not been told to stop yet"
    else:
        yield from _workload_faults(want, found)
        yield from _count_faults(want, found, pods)
    for pod in pods:
        # Where the template has other images, so have its pods.
        if found is not None and found.images == want.images:
            yield from _image_faults(want.images, pod.images, f"the pod {pod.name}", exact=False)
        if want.public and pod.node:
            yield from _node_faults(pod, index)


def find_service_faults(namespace: str, name: str, index: Index) -> Iterator[Fault]:
    """Yield that a Service has not got the load balancer that it is published with."""
    service = index.services.get((namespace, name))
    if service is None:
        yield Kind.MISSING, "the Service with its load balancer is not there"
    elif not service.addresses:
        yield Kind.ADDRESS, "no address yet: its load balancer has none"


def _workload_faults(want: Workload, found: live.Workload) -> Iterator[Fault]:
    if found.deleting:
        yield Kind.DELETING, f"the {want.kind} is being deleted"
    if found.replicas != want.replicas:
        replicas = counted(found.replicas, "replica")
        yield Kind.REPLICAS, f"wants {replicas}, published are {want.replicas}"
    if found.drain != want.drain:
        label = want.drain or "none"
        yield Kind.DRAIN, f'has the drain label "{found.drain}", published is {label}'
    yield from _image_faults(want.images, found.images, f"the {want.kind}", exact=True)
    if found.observed != found.generation:
        yield Kind.UNSEEN, f"the {want.kind} was changed, its controller has not looked at it since"


def _image_faults(
    want: tuple[tuple[str, str], ...],
    found: tuple[tuple[str, str], ...],
    what: str,
    *,
    exact: bool,
) -> Iterator[Fault]:
    """Compare containers; a pod may have some that the cluster put there (`exact` is False)."""
    if found == want:
        return
    images, wanted = dict(found), dict(want)
    for name, image in want:
        if name not in images:
            yield Kind.IMAGE, f"{what} has no container {name}"
        elif images[name] != image:
            yield Kind.IMAGE, f"{what} has {images[name]} in {name}, published is {image}"
    for name in images.keys() - wanted.keys() if exact else ():
        yield Kind.IMAGE, f"{what} has a container {name}, which is not published"


def _count_faults(
    want: Workload, found: live.Workload, pods: Sequence[live.Pod]
) -> Iterator[Fault]:
    """Compare how many pods there are, and say of each that is not ready why."""
    unready = [pod for pod in pods if pod.why]
    over = max(len(pods), found.counted) - want.replicas
    if found.replicas != want.replicas:
        return  # and pods follow from that
    if over > 0:
        names = [f"{pod.name} ({_state(pod)})" for pod in pods]
        kind = Kind.DRAIN if want.drain else Kind.POD
        listed = f": {', '.join(names[:5])}" if names else ""
        yield kind, f"{counted(over, 'pod')} more than published{listed}"
    elif unready or min(found.ready, len(pods)) < want.replicas:
        for pod in unready:
            yield Kind.POD, f"{pod.name}: {' '.join(pod.why.split())[:_LONG]}"
        missing = want.replicas - len(pods)
        if missing > 0:
            yield Kind.POD, f"{counted(missing, 'pod')} of {want.replicas} not there yet"
        elif not unready:
            yield Kind.POD, f"{found.ready} of {want.replicas} pods are counted as ready"
    elif found.updated < want.replicas:
        yield Kind.POD, f"{found.updated} of {want.replicas} pods have the newest template"


def _state(pod: live.Pod) -> str:
    return "terminating" if pod.deleting else pod.phase


def _node_faults(pod: live.Pod, index: Index) -> Iterator[Fault]:
    node = index.nodes.get(pod.node)
    if node is None or not node.addresses:
        yield Kind.ADDRESS, f"no address yet: the node {pod.node} of {pod.name} has no ExternalIP"
