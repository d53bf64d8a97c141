"""Items of lists to the values of a survey; what is not as expected is refused."""

from __future__ import annotations

from typing import Any

from generator.sync.answer import Unusable, count_in, flag_in, mapping_in, source_in, text_in
from generator.sync.model import DRAIN_LABEL, KEY_LABEL
from generator.sync.survey import (
    Images,
    Kustomization,
    Node,
    Pod,
    Ready,
    Service,
    Snapshot,
    Source,
    Workload,
)

NET_LABEL = "testnet/net"
_Item = dict[str, Any]
# What Kubernetes says of a container that it has not come to yet.
_PLAIN = frozenset({"PodInitializing", "ContainerCreating"})


def read_source(item: _Item) -> Source:
    """Return a GitRepository."""
    metadata, status = mapping_in(item, "metadata"), mapping_in(item, "status")
    return Source(
        namespace=text_in(metadata, "namespace"),
        name=text_in(metadata, "name"),
        revision=text_in(mapping_in(status, "artifact"), "revision", ""),
        suspended=flag_in(mapping_in(item, "spec"), "suspend"),
        ready=_ready(status),
    )


def read_kustomization(item: _Item) -> Kustomization:
    """Return a Flux Kustomization."""
    metadata, status = mapping_in(item, "metadata"), mapping_in(item, "status")
    labels, spec = mapping_in(metadata, "labels"), mapping_in(item, "spec")
    return Kustomization(
        namespace=text_in(metadata, "namespace"),
        name=text_in(metadata, "name"),
        net=text_in(labels, NET_LABEL, ""),
        drain=text_in(labels, DRAIN_LABEL, ""),
        revision=text_in(status, "lastAppliedRevision", ""),
        generation=count_in(metadata, "generation"),
        observed=count_in(status, "observedGeneration", -1),
        suspended=flag_in(spec, "suspend"),
        deleting="deletionTimestamp" in metadata,
        path=text_in(spec, "path", ""),
        source=source_in(spec, text_in(metadata, "namespace")),
        ready=_ready(status),
        history=tuple(_snapshot(entry) for entry in _list(status, "history")),
    )


def read_workload(item: _Item, kind: str) -> Workload:
    """Return a StatefulSet or a Deployment."""
    metadata, status = mapping_in(item, "metadata"), mapping_in(item, "status")
    spec = mapping_in(item, "spec")
    return Workload(
        kind=kind,
        namespace=text_in(metadata, "namespace"),
        name=text_in(metadata, "name"),
        drain=text_in(mapping_in(metadata, "labels"), DRAIN_LABEL, ""),
        generation=count_in(metadata, "generation"),
        observed=count_in(status, "observedGeneration", 0),
        deleting="deletionTimestamp" in metadata,
        replicas=count_in(spec, "replicas", 1),
        counted=count_in(status, "replicas", 0),
        updated=count_in(status, "updatedReplicas", 0),
        ready=count_in(status, "readyReplicas", 0),
        images=read_images(mapping_in(mapping_in(spec, "template"), "spec")),
    )


def read_pod(item: _Item) -> Pod:
    """Return a pod, with why it is not ready."""
    metadata, status = mapping_in(item, "metadata"), mapping_in(item, "status")
    spec = mapping_in(item, "spec")
    deleting = "deletionTimestamp" in metadata
    return Pod(
        namespace=text_in(metadata, "namespace"),
        name=text_in(metadata, "name"),
        owner=_owner(metadata),
        key=text_in(mapping_in(metadata, "labels"), KEY_LABEL, ""),
        phase=text_in(status, "phase", "Unknown"),
        deleting=deleting,
        node=text_in(spec, "nodeName", ""),
        why="terminating" if deleting else _why(status),
        images=read_images(spec),
    )


def read_service(item: _Item) -> Service | None:
    """Return a Service that wants a load balancer; None for any other."""
    if text_in(mapping_in(item, "spec"), "type", "") != "LoadBalancer":
        return None
    metadata = mapping_in(item, "metadata")
    balancer = mapping_in(mapping_in(item, "status"), "loadBalancer")
    addresses = [
        text_in(point, "ip", "") or text_in(point, "hostname", "")
        for point in _list(balancer, "ingress")
    ]
    return Service(
        namespace=text_in(metadata, "namespace"),
        name=text_in(metadata, "name"),
        addresses=tuple(address for address in addresses if address),
    )


def read_node(item: _Item) -> Node:
    """Return a node with its public addresses."""
    return Node(
        name=text_in(mapping_in(item, "metadata"), "name"),
        addresses=tuple(
            text_in(entry, "address")
            for entry in _list(mapping_in(item, "status"), "addresses")
            if text_in(entry, "type") == "ExternalIP"
        ),
    )


def read_images(spec: _Item) -> Images:
    """Return the containers of a pod's spec with their images."""
    containers = [*_list(spec, "initContainers"), *_list(spec, "containers")]
    return tuple(sorted((text_in(c, "name"), text_in(c, "image", "")) for c in containers))


def _snapshot(entry: _Item) -> Snapshot:
    return Snapshot(
        digest=text_in(entry, "digest", ""),
        revision=text_in(mapping_in(entry, "metadata"), "revision", ""),
        status=text_in(entry, "lastReconciledStatus", ""),
    )


def _ready(status: _Item) -> Ready:
    entry = _condition(status, "Ready")
    return Ready(
        status=text_in(entry, "status", ""),
        reason=text_in(entry, "reason", ""),
        message=text_in(entry, "message", ""),
    )


def _condition(status: _Item, kind: str) -> _Item:
    """Return a condition, empty where there is none of that kind."""
    found = (c for c in _list(status, "conditions") if c.get("type") == kind)
    return next(found, {})


def _owner(metadata: _Item) -> str:
    """Return kind and name of the workload that a pod belongs to, "" for nobody's.

    The pods of a Deployment belong to a ReplicaSet, whose name ends with a hash.
    """
    owners = [o for o in _list(metadata, "ownerReferences") if o.get("controller") is True]
    if not owners:
        return ""
    kind, name = text_in(owners[0], "kind"), text_in(owners[0], "name")
    if kind == "ReplicaSet":
        return f"Deployment/{name.rpartition('-')[0]}"
    return f"{kind}/{name}"


def _why(status: _Item) -> str:
    """Say why a pod is not ready; "" for one that is."""
    if _condition(status, "Ready").get("status") == "True":
        return ""
    phase = text_in(status, "phase", "Unknown")
    scheduled = _condition(status, "PodScheduled")
    if scheduled.get("status") == "False":
        return f"{phase}: {text_in(scheduled, 'message', '') or text_in(scheduled, 'reason', '')}"
    said = [text for container in _containers(status) if (text := _container(container))]
    return f"{phase}: {said[0] if said else text_in(status, 'message', '') or 'not ready'}"


def _containers(status: _Item) -> list[_Item]:
    return [*_list(status, "initContainerStatuses"), *_list(status, "containerStatuses")]


def _container(container: _Item) -> str:
    """Say what keeps a container from running; "" where nothing does, or another one."""
    name, state = text_in(container, "name"), mapping_in(container, "state")
    waiting = mapping_in(state, "waiting")
    reason = text_in(waiting, "reason", "")
    if reason and reason not in _PLAIN:
        message = text_in(waiting, "message", "")
        return f"{name}: {reason}{f': {message}' if message else ''}"
    ended = mapping_in(state, "terminated")
    if ended and count_in(ended, "exitCode"):
        why = text_in(ended, "reason", "")
        return f"{name} ended with code {ended['exitCode']}{f' ({why})' if why else ''}"
    running = "running" in state and container.get("ready") is False
    return f"{name} is not ready" if running else ""


def _list(content: _Item, field: str) -> list[_Item]:
    """Return a list of objects; one that is absent is empty."""
    value = content.get(field)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise Unusable(f'its answer has no list "{field}"')
    return value
