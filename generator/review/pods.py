"""What about a pod differs, in the few words that a person wants of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

Object: TypeAlias = Mapping[str, Any]
"""A manifest as plain data."""

# Kubernetes lets these parts of a StatefulSet change in place, and no other.
_CHANGEABLE = frozenset(
    {
        "minReadySeconds",
        "ordinals",
        "persistentVolumeClaimRetentionPolicy",
        "replicas",
        "revisionHistoryLimit",
        "template",
        "updateStrategy",
    }
)
_WORDS = {
    "args": "arguments",
    "command": "arguments",
    "env": "environment",
    "envFrom": "environment",
    "volumes": "volumes",
    "volumeMounts": "volumes",
    "livenessProbe": "probes",
    "readinessProbe": "probes",
    "startupProbe": "probes",
    "securityContext": "security context",
}
_NAMED = 4


def why_restarts(before: Object, after: Object) -> str:
    """Return why the pods of a workload start again; empty where they go on."""
    if before.get("kind") != "StatefulSet":
        return ""
    old, new = before.get("spec") or {}, after.get("spec") or {}
    reasons = list(dict.fromkeys(_of_template(old.get("template"), new.get("template"))))
    fixed = sorted(
        name
        for name in {**old, **new}
        if name not in _CHANGEABLE and old.get(name) != new.get(name)
    )
    if fixed:
        reasons.append(f"made again, as {_listed(fixed)} cannot change in place")
    return _listed(reasons)


def _of_template(before: object, after: object) -> Iterator[str]:
    old, new = _mapping(before), _mapping(after)
    if old == new:
        return
    old_spec, new_spec = _mapping(old.get("spec")), _mapping(new.get("spec"))
    for name in ("containers", "initContainers"):
        yield from _of_containers(_by_name(old_spec.get(name)), _by_name(new_spec.get(name)))
    for name in sorted({**old_spec, **new_spec}):
        if name not in {"containers", "initContainers"} and old_spec.get(name) != new_spec.get(
            name
        ):
            yield _WORDS.get(name, name)
    old_head, new_head = _mapping(old.get("metadata")), _mapping(new.get("metadata"))
    for name in ("labels", "annotations"):
        if old_head.get(name) != new_head.get(name):
            yield name


def _of_containers(before: Mapping[str, Object], after: Mapping[str, Object]) -> Iterator[str]:
    for name in sorted(before.keys() ^ after.keys()):
        yield f"container {name}"
    for name in (name for name in after if name in before):
        old, new = before[name], after[name]
        for field in sorted({**old, **new}):
            if old.get(field) != new.get(field):
                yield _told(field, old.get(field), new.get(field))


def _told(field: str, before: object, after: object) -> str:
    word = _WORDS.get(field, field)
    if field == "args":
        flags = _flags(before) ^ _flags(after)
        named = sorted({flag.partition("=")[0] for flag in flags if flag.startswith("-")})
        return f"{word} {_listed(named)}" if named else word
    if field == "env":
        old, new = _by_name(before), _by_name(after)
        changed = [name for name in sorted({**old, **new}) if old.get(name) != new.get(name)]
        return f"{word} {_listed(changed)}" if changed else word
    return word


def _flags(arguments: object) -> set[str]:
    """Return flags with what follows each, so that another value is another flag."""
    found: list[str] = []
    for argument in arguments if isinstance(arguments, Sequence) else ():
        text = str(argument)
        if text.startswith("-") or not found:
            found.append(text)
        else:
            found[-1] += f"={text}"
    return set(found)


def _mapping(value: object) -> Object:
    return value if isinstance(value, Mapping) else {}


def _by_name(entries: object) -> dict[str, Object]:
    found = entries if isinstance(entries, Sequence) else ()
    return {str(entry["name"]): entry for entry in found if isinstance(entry, Mapping)}


def _listed(words: Sequence[str]) -> str:
    shown = [*words[:_NAMED], *([f"{len(words) - _NAMED} more"] if len(words) > _NAMED else [])]
    return ", ".join(shown)
