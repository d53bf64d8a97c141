"""Answers of an API server to values: what is not exactly as expected is refused."""

from __future__ import annotations

import json
from typing import Any

from generator.sync.model import DRAIN_LABEL, KEY_LABEL, NAMESPACE, Applied, Pod, Workload


class Unusable(ValueError):  # noqa: N818 - says what is wrong, as InvalidInput does
    """Exception raised when an answer cannot be relied on."""


def read_cluster_name(answer: Any) -> str:  # noqa: ANN401 - a parsed document
    """Return the name that a cluster has for itself, from its ConfigMap `cluster`."""
    return text_in(mapping_in(object_of(answer, "ConfigMap"), "data"), "name")


def read_applied(answer: Any) -> Applied:  # noqa: ANN401
    """Return what a Flux Kustomization applied."""
    content = object_of(answer, "Kustomization")
    metadata = mapping_in(content, "metadata")
    spec = mapping_in(content, "spec")
    status = mapping_in(content, "status")
    return Applied(
        name=text_in(metadata, "name"),
        revision=text_in(status, "lastAppliedRevision", ""),
        generation=count_in(metadata, "generation"),
        observed=count_in(status, "observedGeneration", -1),
        suspended=flag_in(spec, "suspend"),
        deleting="deletionTimestamp" in metadata,
        path=text_in(spec, "path", ""),
        source=source_in(spec, NAMESPACE),
    )


def read_workloads(answer: Any, namespace: str) -> tuple[Workload, ...]:  # noqa: ANN401
    """Return all StatefulSets of a namespace: what they want, what was made of it."""
    workloads = tuple(_workload(item) for item in items_of(answer, "StatefulSet"))
    if any(workload.namespace != namespace for workload in workloads):
        raise Unusable(f"it was asked for {namespace} and answers with another namespace")
    return workloads


def read_pods(answer: Any) -> tuple[Pod, ...]:  # noqa: ANN401
    """Return all pods of a list."""
    return tuple(_pod(item) for item in items_of(answer, "Pod"))


def says_not_found(body: object, name: str) -> bool:
    """Say whether the API server itself says so: a proxy, or a kind not served, has its 404 too."""
    try:
        status = json.loads(body) if isinstance(body, str | bytes) else None
    except ValueError:
        return False
    if not isinstance(status, dict):
        return False
    details = status.get("details")
    return (
        (status.get("kind"), status.get("reason")) == ("Status", "NotFound")
        and isinstance(details, dict)
        and details.get("name") == name
    )


def items_of(answer: Any, kind: str) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return what is in a list, which has no kinds in it; refuse one that is only a part."""
    items, token = page_of(answer, kind)
    if token or mapping_in(answer, "metadata").get("remainingItemCount"):
        raise Unusable(f"it answers with a part of its {kind}s")
    return items


def page_of(answer: Any, kind: str) -> tuple[list[dict[str, Any]], str]:  # noqa: ANN401
    """Return what is in one page of a list, and the token of the next page, "" at the end."""
    content = object_of(answer, f"{kind}List")
    token = text_in(mapping_in(content, "metadata"), "continue", "")
    items = content.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Unusable(f"its list of {kind}s has no items")
    return items, token


def source_in(spec: dict[str, Any], namespace: str) -> str:
    """Return kind and name of what a Kustomization of a namespace applies.

    The source's own namespace stands before them where that is another one.
    """
    source = mapping_in(spec, "sourceRef")
    named = [text_in(source, "kind"), text_in(source, "name")]
    own = text_in(source, "namespace", "") or namespace
    return "/".join([own, *named] if own != namespace else named)


def _workload(content: dict[str, Any]) -> Workload:
    metadata = mapping_in(content, "metadata")
    status = mapping_in(content, "status")
    return Workload(
        namespace=text_in(metadata, "namespace"),
        name=text_in(metadata, "name"),
        drain=text_in(mapping_in(metadata, "labels"), DRAIN_LABEL, ""),
        generation=count_in(metadata, "generation"),
        observed=count_in(status, "observedGeneration", 0),
        # The API server always fills it in, and one is what it fills in.
        replicas=count_in(mapping_in(content, "spec"), "replicas", 1),
        counted=count_in(status, "replicas", 0),
    )


def _pod(content: dict[str, Any]) -> Pod:
    metadata = mapping_in(content, "metadata")
    return Pod(
        namespace=text_in(metadata, "namespace"),
        name=text_in(metadata, "name"),
        label=text_in(mapping_in(metadata, "labels"), KEY_LABEL),
        phase=text_in(mapping_in(content, "status"), "phase", "Unknown"),
        deleting="deletionTimestamp" in metadata,
    )


def object_of(answer: Any, kind: str) -> dict[str, Any]:  # noqa: ANN401
    """Return an object of a kind."""
    if not isinstance(answer, dict) or answer.get("kind") != kind:
        raise Unusable(f"it answers with something else than a {kind}")
    return answer


def mapping_in(content: dict[str, Any], field: str) -> dict[str, Any]:
    """Return a mapping; one that is absent is empty, as in Go."""
    value = content.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unusable(f'its answer has no mapping "{field}"')
    return value


def text_in(content: dict[str, Any], field: str, default: str | None = None) -> str:
    """Return a text, or what stands for one that is absent."""
    value = content.get(field, default)
    if not isinstance(value, str):
        raise Unusable(f'its answer has no text "{field}"')
    return value


def count_in(content: dict[str, Any], field: str, default: int | None = None) -> int:
    """Return a whole number, or what stands for one that is absent."""
    value = content.get(field, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unusable(f'its answer has no number "{field}"')
    return value


def flag_in(content: dict[str, Any], field: str) -> bool:
    """Return true or false; one that is absent is false."""
    value = content.get(field, False)
    if not isinstance(value, bool):
        raise Unusable(f'its answer has no true or false "{field}"')
    return value
