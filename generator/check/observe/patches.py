"""Which patches of the components that an overlay uses match an object of it.

kustomize exits with 0 when a patch matches nothing, and the overlay then lacks what it says.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator.check.observe.model import Object, labels_of, mapping
from generator.check.selection import Built, selects
from generator.source import Mapping as Node
from generator.source import Sequence as Nodes
from generator.source import Value, parse_stream

KUSTOMIZATION = "kustomization.yaml"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of `patches:` in a kustomization.yaml, and the patch without a target itself."""

    file: str
    index: int
    node: Node
    patch: Value

    def matches(self, built: Built) -> bool:
        """Say whether an object is one that it is aimed at."""
        return selects(self.node, self.patch, built)


class PatchLibrary:
    """The patches of a library of overlays, by the directory that has them."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._closures: dict[str, tuple[Entry, ...]] = {}

    def of(self, directory: str) -> tuple[Entry, ...]:
        """Return the patches of a component or base and of all that it uses."""
        if directory not in self._closures:
            self._closures[directory] = ()  # a cycle ends here; kustomize refuses it
            self._closures[directory] = tuple(self._read(directory))
        return self._closures[directory]

    def _read(self, directory: str) -> Iterable[Entry]:
        path = f"{directory}/{KUSTOMIZATION}"
        node = self._parse(path)
        if not isinstance(node, Node):
            return
        for other in (*_entries(node, "resources"), *_entries(node, "components")):
            yield from self.of(posixpath.normpath(f"{directory}/{other}"))
        for index, entry in enumerate(_entries(node, "patches")):
            if isinstance(entry, Node):
                yield Entry(path, index, entry, self._own_patch(directory, entry))

    def _own_patch(self, directory: str, entry: Node) -> Value:
        """Return a patch that names the object it is for; it matters without a target only."""
        if "target" in entry or "path" not in entry:
            return None
        return self._parse(posixpath.normpath(f"{directory}/{entry['path']}"))

    def _parse(self, path: str) -> Value:
        documents, _ = parse_stream(path, self._files.get(path, "").encode())
        return documents[0].value if documents else None


def _entries(node: Node, key: str) -> Iterable[Value]:
    value = node.get(key)
    return value if isinstance(value, Nodes) else ()


def match_patches(
    library: PatchLibrary, parts: Sequence[str], objects: Sequence[Object]
) -> list[list[Any]]:
    """Return file, index and whether it matched of every patch that an overlay's parts have."""
    built = [_built(item) for item in objects]
    found: dict[tuple[str, int], bool] = {}
    for part in parts:
        for entry in library.of(part):
            key = (entry.file, entry.index)
            found[key] = found.get(key, False) or any(map(entry.matches, built))
    return [[file, index, matched] for (file, index), matched in found.items()]


def _built(item: Object) -> Built:
    metadata = mapping(item.get("metadata"))
    labels = {str(name): str(value) for name, value in labels_of(item).items()}
    return Built(kind=str(item.get("kind", "")), name=str(metadata.get("name", "")), labels=labels)
