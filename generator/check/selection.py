"""Which objects of a build a patch is for, as kustomize decides it."""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field

from generator.source import Mapping, Value

_REQUIREMENT = re.compile(
    r"\s*(?:(?P<absent>!\s*)?(?P<only>[^\s!=,()]+)"
    r"|(?P<key>[^\s!=,()]+)\s*(?:(?P<sign>==?|!=)\s*(?P<value>[^\s!=,()]*)"
    r"|\s(?P<set>in|notin)\s*\((?P<values>[^()]*)\)))\s*"
)
_COMMA = re.compile(r",(?![^()]*\))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Which object of a build is meant: what patches select it by."""

    kind: str
    name: str
    labels: AnyMapping[str, str] = field(default_factory=dict, hash=False)


def selects(entry: Mapping, patch: Value, built: Built) -> bool:
    """Tell whether a patch is for an object: by its target, else by what it is a patch of."""
    target = entry.get("target")
    if not isinstance(target, Mapping):
        return isinstance(patch, Mapping) and identity(patch) == (built.kind, built.name)
    return (
        _is_named(target.get("kind"), built.kind)
        and _is_named(target.get("name"), built.name)
        and _has_labels(target.get("labelSelector"), built.labels)
    )


def _is_named(pattern: Value, name: str) -> bool:
    """Tell whether a target means a name.

    It may be any regular expression, of which those are understood that people write, `|` and
    `.*`: a hostile one would take for ever.
    """
    if pattern is None or pattern == "":
        return True
    return any(
        _matches(choice.strip("^$()").split(".*"), name) for choice in str(pattern).split("|")
    )


def _matches(pieces: list[str], name: str) -> bool:
    """Tell whether a name consists of pieces in this order, with anything between them."""
    if len(pieces) == 1:
        return name == pieces[0]
    first, *middle, last = pieces
    if not name.startswith(first) or not name.endswith(last) or len(name) < len(first + last):
        return False
    position, end = len(first), len(name) - len(last)
    for piece in middle:
        position = name.find(piece, position, end) + len(piece)
        if position < len(piece):
            return False
    return True


def _has_labels(selector: Value, labels: AnyMapping[str, str]) -> bool:
    """Tell whether labels are selected; a selector that says nothing selects all."""
    if not isinstance(selector, str) or not selector.strip():
        return True
    return all(_has_label(requirement, labels) for requirement in _COMMA.split(selector))


def _has_label(requirement: str, labels: AnyMapping[str, str]) -> bool:
    match = _REQUIREMENT.fullmatch(requirement)
    if match is None:
        return False
    if match["only"]:
        return (match["only"] in labels) != bool(match["absent"])
    value = labels.get(match["key"])
    values = [text.strip() for text in (match["values"] or match["value"] or "").split(",")]
    return (value in values) != (match["sign"] == "!=" or match["set"] == "notin")


def identity(document: Mapping) -> tuple[Value, Value]:
    """Return kind and name of a document."""
    metadata = document.get("metadata")
    return document.get("kind"), metadata.get("name") if isinstance(metadata, Mapping) else None
