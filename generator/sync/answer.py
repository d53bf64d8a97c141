"""Answers of an API server to values: what is not exactly as expected is refused."""

from __future__ import annotations

from typing import Any

from generator.sync.model import DRAIN_LABEL, KEY_LABEL, NAMESPACE, Applied, Pod, Workload


class Unusable(ValueError):  # noqa: N818 - says what is wrong, as InvalidInput does
    """Exception raised when an answer cannot be relied on."""


def read_cluster_name(answer: Any) -> str:  # noqa: ANN401 - a parsed document
    """Return the name that a cluster has for itself, from its ConfigMap `cluster`."""
    return _text(_mapping(_object(answer, "ConfigMap"), "data"), "name")


def read_applied(answer: Any) -> Applied:  # noqa: ANN401
    """Return what a Flux Kustomization applied."""
    content = _object(answer, "Kustomization")
    metadata = _mapping(content, "metadata")
    spec = _mapping(content, "spec")
    status = _mapping(content, "status")
    source = _mapping(spec, "sourceRef")
    named = [_text(source, "kind"), _text(source, "name")]
    namespace = _text(source, "namespace", NAMESPACE)
    return Applied(
        name=_text(metadata, "name"),
        revision=_text(status, "lastAppliedRevision", ""),
        generation=_count(metadata, "generation"),
        observed=_count(status, "observedGeneration", -1),
        suspended=_flag(spec, "suspend"),
        deleting="deletionTimestamp" in metadata,
        path=_text(spec, "path", ""),
        source="/".join([namespace, *named] if namespace != NAMESPACE else named),
    )


def read_workloads(answer: Any, namespace: str) -> tuple[Workload, ...]:  # noqa: ANN401
    """Return all StatefulSets of a namespace: what they want, what was made of it."""
    workloads = tuple(_workload(item) for item in _items(answer, "StatefulSet"))
    if any(workload.namespace != namespace for workload in workloads):
        raise Unusable(f"it was asked for {namespace} and answers with another namespace")
    return workloads


def read_pods(answer: Any) -> tuple[Pod, ...]:  # noqa: ANN401
    """Return all pods of a list."""
    return tuple(_pod(item) for item in _items(answer, "Pod"))


def _items(answer: Any, kind: str) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return what is in a list, which has no kinds in it; refuse one that is only a part."""
    content = _object(answer, f"{kind}List")
    metadata = _mapping(content, "metadata")
    if metadata.get("continue") or metadata.get("remainingItemCount"):
        raise Unusable(f"it answers with a part of its {kind}s")
    items = content.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Unusable(f"its list of {kind}s has no items")
    return items


def _workload(content: dict[str, Any]) -> Workload:
    metadata = _mapping(content, "metadata")
    status = _mapping(content, "status")
    return Workload(
        namespace=_text(metadata, "namespace"),
        name=_text(metadata, "name"),
        drain=_text(_mapping(metadata, "labels"), DRAIN_LABEL, ""),
        generation=_count(metadata, "generation"),
        observed=_count(status, "observedGeneration", 0),
        # The API server always fills it in, and one is what it fills in.
        replicas=_count(_mapping(content, "spec"), "replicas", 1),
        counted=_count(status, "replicas", 0),
    )


def _pod(content: dict[str, Any]) -> Pod:
    metadata = _mapping(content, "metadata")
    return Pod(
        namespace=_text(metadata, "namespace"),
        name=_text(metadata, "name"),
        label=_text(_mapping(metadata, "labels"), KEY_LABEL),
        phase=_text(_mapping(content, "status"), "phase", "Unknown"),
        deleting="deletionTimestamp" in metadata,
    )


def _object(answer: Any, kind: str) -> dict[str, Any]:  # noqa: ANN401
    if not isinstance(answer, dict) or answer.get("kind") != kind:
        raise Unusable(f"it answers with something else than a {kind}")
    return answer


def _mapping(content: dict[str, Any], field: str) -> dict[str, Any]:
    """Return a mapping; one that is absent is empty, as in Go."""
    value = content.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unusable(f'its answer has no mapping "{field}"')
    return value


def _text(content: dict[str, Any], field: str, default: str | None = None) -> str:
    value = content.get(field, default)
    if not isinstance(value, str):
        raise Unusable(f'its answer has no text "{field}"')
    return value


def _count(content: dict[str, Any], field: str, default: int | None = None) -> int:
    value = content.get(field, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unusable(f'its answer has no number "{field}"')
    return value


def _flag(content: dict[str, Any], field: str) -> bool:
    value = content.get(field, False)
    if not isinstance(value, bool):
        raise Unusable(f'its answer has no true or false "{field}"')
    return value
