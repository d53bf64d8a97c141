"""What was seen in the objects of one overlay; plain data, so that it can be kept by content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, TypedDict

_DENSE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str)
_READABLE = json.JSONEncoder(sort_keys=True, default=str)

Object: TypeAlias = Mapping[str, Any]
Seen: TypeAlias = dict[str, Any]


class Observed(TypedDict):
    """What facts are made of; nothing in it depends on where a testnet file says something.

    Objects are named `namespace/kind/name`. `workloads`, `services` and `claims` are by
    object; `shapes` by their digest; `images` are by image and field, with the first object
    that has it there; `patches` are file, index and whether it matched;
    `confined` says that a network policy is about what all pods send.
    """

    size: int
    objects: list[str]
    kinds: list[list[str]]
    substitutions: int
    workloads: dict[str, Seen]
    shapes: dict[str, Seen]
    images: dict[str, dict[str, str]]
    services: dict[str, Seen]
    admitted: list[str]
    exposed: list[Seen]
    genesis: Seen
    secrets: list[Seen]
    claims: dict[str, bool]
    autoscalers: list[Seen]
    annotations: list[Seen]
    fixed: dict[str, dict[str, str]]
    kustomizations: list[Seen]
    bindings: list[Seen]
    roles: dict[str, list[Seen]]
    patches: list[list[Any]]
    faults: list[Seen]
    leaks: list[Seen]
    labels: dict[str, dict[str, str]]
    mounts: dict[str, dict[str, str]]
    held: dict[str, dict[str, str]]
    selected: dict[str, Seen]
    demands: dict[str, Seen]
    fetched: dict[str, Seen]
    producing: dict[str, dict[str, str]]
    rights: list[Seen]
    subjects: list[Seen]
    namespaces: list[Seen]
    confined: bool
    passages: list[Seen]


def nothing() -> Observed:
    """Return what is seen where there is nothing."""
    return Observed(
        size=0,
        objects=[],
        kinds=[],
        substitutions=0,
        workloads={},
        shapes={},
        images={},
        services={},
        admitted=[],
        exposed=[],
        genesis={},
        secrets=[],
        claims={},
        autoscalers=[],
        annotations=[],
        fixed={},
        kustomizations=[],
        bindings=[],
        roles={},
        patches=[],
        faults=[],
        leaks=[],
        labels={},
        mounts={},
        held={},
        selected={},
        demands={},
        fetched={},
        producing={},
        rights=[],
        subjects=[],
        namespaces=[],
        confined=False,
        passages=[],
    )


def digest_of(value: object) -> str:
    """Return a short digest of plain data."""
    text = _DENSE.encode(value)
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=12).hexdigest()


def text_of(value: object) -> str:
    """Return plain data as a short text, for people."""
    return value if isinstance(value, str) else _READABLE.encode(value)


def mapping(value: object) -> Mapping[str, Any]:
    """Return a mapping as it is, and an empty one for anything else: objects may be anything."""
    # Nearly always a dictionary, which is told faster.
    return value if isinstance(value, (dict, Mapping)) else {}


def labels_of(item: Object) -> Mapping[str, Any]:
    """Return the labels of an object, or of a template of pods."""
    return mapping(mapping(item.get("metadata")).get("labels"))


def entries(value: object) -> Iterable[Mapping[str, Any]]:
    """Yield the mappings of a list; nothing for anything else."""
    if isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, (dict, Mapping)))


def whole(value: object) -> int:
    """Return a whole number as it is, and 0 for anything else, `true` among it."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def words(value: object) -> list[str]:
    """Return the entries of a list as texts; none for anything else."""
    return [str(entry) for entry in value] if isinstance(value, list) else []
