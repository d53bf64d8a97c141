"""Which pods a Service leads to, of those that are built beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from generator.check.observe.model import Object, Observed, labels_of, mapping
from generator.check.observe.workload import DAEMON, pod_template


def see_selected(objects: Sequence[Object], seen: Observed) -> None:
    """See of each Service its selector, and the workloads whose pods have all of its labels."""
    pods: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    services: list[tuple[str, Mapping[str, Any]]] = []
    for item, name in zip(objects, seen["objects"], strict=True):
        if name in seen["workloads"]:
            labels = labels_of(pod_template(str(item.get("kind", "")), item))
            for key in {_key(labels.get(DAEMON)), ""}:
                pods.setdefault(key, []).append((name, labels))
        elif name in seen["services"]:
            services.append((name, mapping(item.get("spec"))))
    for name, spec in services:
        selector = mapping(spec.get("selector"))
        # A name elsewhere: what it selects is not asked for.
        known = bool(selector) and spec.get("type") != "ExternalName"
        # Most ask for one daemon by its label: the others need not be looked at.
        candidates = pods.get(_key(selector.get(DAEMON)), ()) if known else ()
        seen["selected"][name] = {
            "selector": {str(key): str(value) for key, value in selector.items()},
            "pods": [
                workload
                for workload, labels in candidates
                if _namespace(workload) == _namespace(name)
                and all(labels.get(key) == value for key, value in selector.items())
            ],
        }


def _key(label: object) -> str:
    return "" if label is None else str(label)


def _namespace(name: str) -> str:
    return name.partition("/")[0]
