"""On which nodes a pod may run at all: what it demands of their labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from generator.check.observe.model import Observed, Seen, digest_of, entries, mapping, words

POD = "spec.template.spec"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def see_placement(name: str, pod: Mapping[str, Any], seen: Observed) -> None:
    """See what a workload's pods demand of a node, once for all that demand the same."""
    demands = list(_demands(pod))
    if demands:
        seen["demands"].setdefault(digest_of(demands), {"object": name, "demands": demands})


def _demands(pod: Mapping[str, Any]) -> Iterable[Seen]:
    """Yield what must hold: one of some alternatives, each a list of needs that all must."""
    if pod.get("nodeName"):
        yield _one(f"{POD}.nodeName", "metadata.name", pod["nodeName"])
    for key, value in mapping(pod.get("nodeSelector")).items():
        yield _one(f"{POD}.nodeSelector[{key}]", str(key), value)
    affinity = mapping(mapping(pod.get("affinity")).get("nodeAffinity"))
    if _REQUIRED in affinity:
        terms = entries(mapping(affinity[_REQUIRED]).get("nodeSelectorTerms"))
        field = f"{POD}.affinity.nodeAffinity.{_REQUIRED}"
        yield {"field": field, "alternatives": [_needs(term) for term in terms]}


def _one(field: str, key: str, value: object) -> Seen:
    need = {"key": key, "operator": "In", "values": [str(value)]}
    return {"field": field, "alternatives": [[need]]}


def _needs(term: Mapping[str, Any]) -> list[Seen]:
    return [
        {
            "key": str(need.get("key", "")),
            "operator": str(need.get("operator", "")),
            "values": words(need.get("values")),
        }
        for part in ("matchExpressions", "matchFields")
        for need in entries(term.get(part))
    ]
