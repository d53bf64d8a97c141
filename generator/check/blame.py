"""Where a field of a built object was set in the overlays library.

kustomize says nothing of this, so the parts that an overlay lists are walked once more in the
order in which it applies them. What the library did not set has no place here: `daemons.yaml` is
rendered, and its places are those of the testnet file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import replace
from enum import IntEnum
from itertools import takewhile
from posixpath import join, normpath

from generator.check.assignment import (
    Assignment,
    JsonPatches,
    common,
    field_steps,
    find,
    merge_assignments,
)
from generator.check.selection import Built, identity, selects
from generator.finding import Location
from generator.source import Mapping, Sequence, Value, parse_stream

_ROOT = "overlays"
_FILE = "kustomization.yaml"
# What every patch of a pod walks through: to have it says nothing of what is in it.
_FRAME = {
    (),
    ("metadata",),
    ("spec",),
    ("spec", "template"),
    ("spec", "template", "metadata"),
    ("spec", "template", "spec"),
    ("spec", "template", "spec", "containers"),
    ("spec", "template", "spec", "initContainers"),
}
_ENTRY = len(("spec", "template", "spec", "containers", "daemon"))


class _Weight(IntEnum):
    """How surely an assignment is the one that a field has its value by."""

    BESIDE = 0  # more was merged into the map that the field would be in
    WITHIN = 1  # a part of the field
    SET = 2  # the field, or all of a map or list that it is in


class LibrarySource:
    """The texts of the overlays library by path (`overlays/...`), each read at most once.

    A file that cannot be read sets nothing: that it cannot is another finding.
    """

    def __init__(self, texts: AnyMapping[str, str]) -> None:
        self._texts = texts
        self._documents: dict[str, tuple[Value, ...]] = {}

    def place(self, parts: Iterable[str], built: Built, wanted: str) -> Location | None:
        """Return where a field of a built object was last set, or None if not by the library.

        `parts` are the bases and components that the overlay lists, such as
        `components/daemon`, in its order; `wanted` is a field such as
        `spec.template.spec.containers[daemon].image`.
        """
        patches = JsonPatches()
        assignments = (
            assignment
            for part in parts
            for assignment in self._part(normpath(join(_ROOT, part)), built, patches, ())
        )
        return _last(assignments, field_steps(wanted))

    def _part(
        self, directory: str, built: Built, patches: JsonPatches, within: tuple[str, ...]
    ) -> Iterator[Assignment]:
        """Yield what one base or component assigns to an object, in kustomize's order."""
        head = next(iter(self._read(join(directory, _FILE))), None)
        if directory in within or not isinstance(head, Mapping):
            return
        within = (*within, directory)
        made = False
        for resource in _texts_of(head, "resources"):
            for assignment in self._resource(join(directory, resource), built, patches, within):
                made = True
                yield assignment
        for component in _texts_of(head, "components"):
            yield from self._part(normpath(join(directory, component)), built, patches, within)
        for assignment in self._generated(head, directory, built):
            made = True
            yield assignment
        # A component reaches all objects so far, a base only its own.
        if made or head.get("kind") == "Component":
            yield from self._patched(head, directory, built, patches)

    def _resource(
        self, path: str, built: Built, patches: JsonPatches, within: tuple[str, ...]
    ) -> Iterator[Assignment]:
        path = normpath(path)
        if join(path, _FILE) in self._texts:
            yield from self._part(path, built, patches, within)
            return
        for document in self._read(path):
            if isinstance(document, Mapping) and identity(document) == (built.kind, built.name):
                yield Assignment((), document.at, value=document)

    def _generated(self, head: Mapping, directory: str, built: Built) -> Iterator[Assignment]:
        """Yield the data of a ConfigMap that is made from files, at these files."""
        if built.kind != "ConfigMap":
            return
        for entry in _mappings_of(head, "configMapGenerator"):
            name = entry.get("name")
            if not isinstance(name, str) or not re.match(rf"{re.escape(name)}(-|$)", built.name):
                continue
            yield Assignment((), entry.value_at("name"))
            for item, at in _items(entry, "files"):
                key, _, file = item.rpartition("=")
                path = normpath(join(directory, file))
                place = Location(path) if path in self._texts else at
                yield Assignment((("data",), (key or file.rsplit("/")[-1],)), place)
            for item, at in _items(entry, "literals"):
                yield Assignment((("data",), (item.partition("=")[0],)), at)

    def _patched(
        self, head: Mapping, directory: str, built: Built, patches: JsonPatches
    ) -> Iterator[Assignment]:
        for entry in _mappings_of(head, "patches"):
            for patch in self._patch(entry, directory):
                if not selects(entry, patch, built):
                    continue
                if isinstance(patch, Sequence):
                    made = patches.assignments(patch)
                elif isinstance(patch, Mapping):
                    made = merge_assignments(patch)
                else:
                    continue
                at = self._quoted(entry)
                yield from (replace(one, at=at, value=None) if at else one for one in made)
        for entry in _mappings_of(head, "replicas"):
            if entry.get("name") == built.name and "count" in entry:
                yield Assignment((("spec",), ("replicas",)), entry.value_at("count"))

    def _patch(self, entry: Mapping, directory: str) -> tuple[Value, ...]:
        """Return the documents of a patch, which is a file or stands in the entry itself."""
        path, text = entry.get("path"), entry.get("patch")
        if isinstance(path, str):
            return self._read(normpath(join(directory, path)))
        if not isinstance(text, str):
            return ()
        own = entry.at.path
        return _values(own, text if self._quoted(entry) else _block(self._texts[own], entry))

    def _quoted(self, entry: Mapping) -> Location | None:
        """Return the place of a patch in an entry whose lines are not those of the file."""
        if not isinstance(entry.get("patch"), str):
            return None
        at = entry.value_at("patch")
        return None if self._texts[at.path].split("\n")[at.line - 1][at.column - 1] == "|" else at

    def _read(self, path: str) -> tuple[Value, ...]:
        if path not in self._documents:
            self._documents[path] = _values(path, self._texts.get(path, ""))
        return self._documents[path]


def _values(path: str, text: str) -> tuple[Value, ...]:
    parts, _ = parse_stream(path, text.encode("utf-8", "replace"))
    return tuple(part.value for part in parts)


def _last(assignments: Iterable[Assignment], wanted: tuple[str, ...]) -> Location | None:
    """Return the place of the last of the weightiest assignments to a field."""
    last: tuple[_Weight, Location] | None = None
    for assignment in assignments:
        found = _weigh(assignment, wanted)
        if found is not None and (last is None or found[0] >= last[0]):
            last = found
    return last[1] if last else None


def _weigh(assignment: Assignment, wanted: tuple[str, ...]) -> tuple[_Weight, Location] | None:
    path, at = assignment.path, assignment.at
    shared = common(path, wanted)
    if shared == len(path) and assignment.whole:
        return _Weight.SET, find(assignment.value, wanted[shared:], at)[1]
    if shared == len(wanted) and wanted not in _FRAME:
        return (_Weight.SET if len(path) == shared else _Weight.WITHIN), at
    parent = wanted[:-1]
    is_entry = len(parent) == _ENTRY and parent[:-1] in _FRAME
    if shared == len(path) == len(parent) and parent not in _FRAME and not is_entry:
        return _Weight.BESIDE, at
    return None


def _block(text: str, entry: Mapping) -> str:
    """Return the lines of a patch in an entry, below as many empty ones as stand before them."""
    indent = entry.key_at("patch").column - 1
    first = entry.value_at("patch").line
    lines = text.split("\n")[first:]
    inner = takewhile(lambda line: not line.strip() or not line[: indent + 1].strip(), lines)
    return "\n" * first + "\n".join(inner)


def _texts_of(head: Mapping, key: str) -> Iterator[str]:
    yield from (text for text, _ in _items(head, key))


def _items(entry: Mapping, key: str) -> Iterator[tuple[str, Location]]:
    """Yield the texts of a list, each with its place."""
    items = entry.get(key)
    for index, item in enumerate(items if isinstance(items, Sequence) else ()):
        if isinstance(items, Sequence) and isinstance(item, str):
            yield item, items.item_at(index)


def _mappings_of(head: Mapping, key: str) -> Iterator[Mapping]:
    entries = head.get(key)
    for entry in entries if isinstance(entries, Sequence) else ():
        if isinstance(entry, Mapping):
            yield entry
