"""What the patches of the overlays library assign to an object, each with its place.

A path is a sequence of steps; a step is what it may be called: a key, or for an entry of a list
its name and, where that is known, its index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from generator.finding import Location
from generator.source import Mapping, Sequence, Value

Step = tuple[str, ...]
Path = tuple[Step, ...]

# What entries of lists are told apart by, in a strategic merge and by people.
_NAMES = ("name", "mountPath", "topologyKey")
# A strategic merge knows the lists of these; lists of other kinds are replaced as a whole.
_MERGED = {"ConfigMap", "Job", "PersistentVolumeClaim", "Pod", "Service", "ServiceAccount"}
_MERGED |= {"StatefulSet"}
_DIRECTIVE = "$patch"
_FIELD = re.compile(r"\[([^\]]*)\]|([^.\[]+)|\.")
# Below these, names with dots in them are keys.
_WITH_DOTS = {"annotations", "labels", "matchLabels", "nodeSelector"}
_DATA = {"data", "binaryData"}
_OPERATIONS = {"add", "copy", "move", "remove", "replace"}


@dataclass(frozen=True, slots=True)
class Assignment:
    """Something a patch does to the value at `path`; `at` is its place.

    It puts `value` there in place of what was there (`whole`), removes it (`whole`, and a value
    of None), or only merges more into it.
    """

    path: Path
    at: Location
    whole: bool = True
    value: Value = None


def field_steps(field: str) -> tuple[str, ...]:
    """Return the steps of a field such as `spec.template.spec.containers[daemon].image`."""
    steps: list[str] = []
    for match in _FIELD.finditer(field):
        steps.extend(text for text in match.groups() if text is not None)
        rest = field[match.end() :]
        dotted = steps and (steps[-1] in _WITH_DOTS or (len(steps) == 1 and steps[0] in _DATA))
        if dotted and match[0] != "." and rest.startswith("."):
            return (*steps, rest[1:])
    return tuple(steps)


def common(path: Path, field: tuple[str, ...]) -> int:
    """Return with how many steps of a path a field begins."""
    count = 0
    for step, wanted in zip(path, field, strict=False):
        if wanted not in step:
            break
        count += 1
    return count


def entry_names(value: Value) -> Step:
    """Return the names of an entry of a list, without its index."""
    if not isinstance(value, Mapping):
        return ()
    return tuple(str(value[name]) for name in _NAMES if name in value)


def find(value: Value, field: tuple[str, ...], at: Location) -> tuple[int, Location]:
    """Return how many steps of `field` are in a value, and the place of the last one.

    `at` is the place of the value itself. A scalar is its own place; a map or list that of its
    key, since its first line is already about a part of it.
    """
    depth = 0
    for wanted in field:
        if isinstance(value, Mapping) and wanted in value:
            inner = value[wanted]
            scalar = not isinstance(inner, (Mapping, Sequence))
            at = value.value_at(wanted) if scalar else value.key_at(wanted)
            value = inner
        elif isinstance(value, Sequence) and (index := _index(value, wanted)) is not None:
            at, value = value.item_at(index), value[index]
        else:
            break
        depth += 1
    return depth, at


def _index(entries: Sequence, wanted: str) -> int | None:
    """Return which entry of a list has a name, or is counted by it."""
    for index, entry in enumerate(entries):
        if wanted in {*entry_names(entry), str(index)}:
            return index
    return None


def merge_assignments(patch: Mapping) -> Iterator[Assignment]:
    """Yield what a strategic merge patch assigns, in its order."""
    yield from _merge(patch, (), patch.at, named=patch.get("kind") in _MERGED)


def _merge(patch: Mapping, path: Path, at: Location, *, named: bool) -> Iterator[Assignment]:
    if _DIRECTIVE in patch:
        place = patch.key_at(_DIRECTIVE)
        yield Assignment(path, place, value=patch)
        return
    yield Assignment(path, at, whole=False)
    for key, value in patch.items():
        inner = (*path, (key,))
        if isinstance(value, Mapping):
            yield from _merge(value, inner, patch.key_at(key), named=named)
        elif named and isinstance(value, Sequence) and value and all(map(entry_names, value)):
            for index, entry in enumerate(value):
                if isinstance(entry, Mapping):
                    step = (*inner, entry_names(entry))
                    yield from _merge(entry, step, value.item_at(index), named=named)
        else:
            scalar = not isinstance(value, Sequence)
            place = patch.value_at(key) if scalar else patch.key_at(key)
            yield Assignment(inner, place, value=value)


class JsonPatches:
    """Reads JSON 6902 patches of one object, and learns from them which entry is which.

    Their paths count entries, fields name them. What an index stands for is known from the
    operations `test` with which such patches begin, and from what was added there.
    """

    def __init__(self) -> None:
        self._names: dict[Path, dict[int, Step]] = {}

    def assignments(self, patch: Sequence) -> Iterator[Assignment]:
        """Yield what the operations of a patch assign, in their order."""
        for operation in patch:
            if isinstance(operation, Mapping) and isinstance(operation.get("path"), str):
                yield from self._take(operation, _pointer(str(operation["path"])))

    def _take(self, operation: Mapping, tokens: list[str]) -> Iterator[Assignment]:
        kind, value = operation.get("op"), operation.get("value")
        if kind == "test":
            if tokens[-1:] == ["name"] and isinstance(value, str):
                self._learn(tokens[:-1], value)
        elif kind in _OPERATIONS:
            yield self._assignment(operation, str(kind), tokens)

    def _assignment(self, operation: Mapping, kind: str, tokens: list[str]) -> Assignment:
        value = operation.get("value")
        last = tokens[-1] if tokens else ""
        entries = self._path(tokens[:-1])
        if last.isdigit() and kind in {"add", "remove"}:
            path = (*entries, self._step(entries, last))
            self._shift(entries, int(last), 1 if kind == "add" else -1)
        else:
            path = self._path(tokens)
        if last == "-" or (last.isdigit() and kind in {"add", "replace"}):
            names = entry_names(value)
            path = (*entries, names or (last,))
            if last.isdigit() and names:
                self._names.setdefault(entries, {})[int(last)] = names
        at = operation.value_at("path")
        if "value" in operation and not isinstance(value, (Mapping, Sequence)):
            at = operation.value_at("value")
        return Assignment(path, at, value=value)

    def _path(self, tokens: list[str]) -> Path:
        path: Path = ()
        for token in tokens:
            path = (*path, self._step(path, token))
        return path

    def _step(self, entries: Path, token: str) -> Step:
        """Return what the entry is called that a patch counts, beside its index."""
        if not token.isdigit():
            return (token,)
        return (*self._names.get(entries, {}).get(int(token), ()), token)

    def _learn(self, tokens: list[str], name: str) -> None:
        if tokens and tokens[-1].isdigit():
            self._names.setdefault(self._path(tokens[:-1]), {})[int(tokens[-1])] = (name,)

    def _shift(self, entries: Path, index: int, by: int) -> None:
        """Count the entries behind an index anew, after one was added or removed there."""
        known = self._names.get(entries, {})
        gone = index if by < 0 else None
        self._names[entries] = {
            number + by if number >= index else number: name
            for number, name in known.items()
            if number != gone
        }


def _pointer(text: str) -> list[str]:
    """Return the tokens of a JSON pointer."""
    return [token.replace("~1", "/").replace("~0", "~") for token in text.split("/")[1:]]
