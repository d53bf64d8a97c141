"""Plain values that know where they stand in the file they were read from."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from decimal import Decimal
from typing import TypeAlias, Union

from generator.finding import Location

Value: TypeAlias = Union["Mapping", "Sequence", str, int, bool, Decimal, None]

# A place is one int, line above column, both from 0: a pool of keys holds 10,000 entries.
_COLUMN_BITS = 24
_PLACE_BITS = 48
_COLUMN_MASK = (1 << _COLUMN_BITS) - 1
_PLACE_MASK = (1 << _PLACE_BITS) - 1


def packed(line: int, column: int) -> int:
    """Return the place of a line and a column, both from 0, as one int."""
    return line << _COLUMN_BITS | column


def location(path: str, place: int) -> Location:
    """Return the location of a packed `place` in the file `path`."""
    return Location(path, (place >> _COLUMN_BITS) + 1, (place & _COLUMN_MASK) + 1)


class Mapping(dict[str, Value]):
    """A YAML mapping that knows where it, each of its keys and each value stand."""

    __slots__ = ("_path", "_place", "_places")

    def __init__(self, path: str, place: int = 0) -> None:
        super().__init__()
        self._path = path
        self._place = place
        self._places: dict[str, int] = {}

    def put(self, key: str, value: Value, key_place: int, value_place: int) -> None:
        """Add `key` with `value`; both places are packed."""
        self[key] = value
        self._places[key] = key_place << _PLACE_BITS | value_place

    @property
    def at(self) -> Location:
        """The place of the mapping: its first key, or the brace."""
        return location(self._path, self._place)

    def key_at(self, key: str) -> Location:
        """Return the place of `key`; KeyError without it."""
        return location(self._path, self._places[key] >> _PLACE_BITS)

    def value_at(self, key: str) -> Location:
        """Return the place of the value of `key`; KeyError without it."""
        return location(self._path, self._places[key] & _PLACE_MASK)


class Sequence(list[Value]):
    """A YAML list that knows where it and each of its items stand."""

    __slots__ = ("_path", "_place", "_places")

    def __init__(self, path: str, place: int = 0) -> None:
        super().__init__()
        self._path = path
        self._place = place
        self._places = array("Q")

    def put(self, value: Value, place: int) -> None:
        """Add `value` at the end; its place is packed."""
        self.append(value)
        self._places.append(place)

    @property
    def at(self) -> Location:
        """The place of the list: its first dash, or the bracket."""
        return location(self._path, self._place)

    def item_at(self, index: int) -> Location:
        """Return the place of item `index`, from 0; IndexError without it."""
        return location(self._path, self._places[index])


def locate(mapping: Mapping, path: Iterable[str | int]) -> Location:
    """Return the place of the value at `path`, or of the nearest parent that is there."""
    return _walk(mapping, path)[1]


def locate_key(mapping: Mapping, path: Iterable[str | int]) -> Location:
    """Return the place of the key at the end of `path` (of an item: the item's), or as `locate`."""
    return _walk(mapping, path)[0]


def _walk(mapping: Mapping, path: Iterable[str | int]) -> tuple[Location, Location]:
    """Return the places of the key and of the value at the end of `path`."""
    node: Value = mapping
    key_at = at = mapping.at
    for step in path:
        if isinstance(node, Mapping) and isinstance(step, str) and step in node:
            key_at, at = node.key_at(step), node.value_at(step)
            node = node[step]
        elif isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node):
            key_at = at = node.item_at(step)
            node = node[step]
        else:
            return at, at
    return key_at, at
