"""YAML events to values, by a stack of its own: no depth of nesting can exhaust it."""

from __future__ import annotations

from typing import Protocol

from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from generator.finding import Finding, Related
from generator.source.scalar import MAX_DIGITS, Doubt, likely_meant, resolve_plain
from generator.source.text import forbidden_character
from generator.source.values import Mapping, Sequence, Value, location, packed

MAX_DEPTH = 32
MAX_VALUES = 200_000
MAX_FINDINGS = 100

_MAX_SHOWN = 24
_SAME_FOR_ALL = "A file must mean the same to every program that reads it."


class Mark(Protocol):
    """A place in the text, line and column from 0."""

    line: int
    column: int


class StopReading(Exception):  # noqa: N818 - what it says is in the findings
    """Exception raised when the rest of the text has no meaning."""


class _KeyState:
    """What the next value in a mapping is, when it is not the value of a kept key."""


_KEY = _KeyState()  # a key
_WITHIN_KEY = _KeyState()  # part of a key that is a list or a mapping
_DROPPED = _KeyState()  # the value of a key that was refused


class _Level:
    """A mapping or list that is open, and where it stands in its keys."""

    __slots__ = ("container", "key", "key_place")

    def __init__(self, container: Mapping | Sequence) -> None:
        self.container = container
        self.key: str | _KeyState = _KEY
        self.key_place = 0


class Reader:
    """Builds values from the events of one text, with its own stack of open levels."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.findings: list[Finding] = []
        self.root: Value = None
        self.root_place = 0
        self.levels: list[_Level] = []
        self.documents = 0
        self.values = 0
        self.place = 0  # of the event at hand

    def take(self, event: Event) -> None:
        """Add one event to the open level."""
        mark: Mark = event.start_mark
        self.place = packed(mark.line, mark.column)
        if isinstance(event, ScalarEvent):
            self._properties(event)
            self._add_scalar(event)
        elif isinstance(event, MappingStartEvent):
            self._properties(event)
            self._open_level(Mapping(self.path, self.place))
        elif isinstance(event, SequenceStartEvent):
            self._properties(event)
            self._open_level(Sequence(self.path, self.place))
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            self._close_level()
        elif isinstance(event, AliasEvent):
            self.report(
                "alias", f'"*{event.anchor}" repeats another part of the file', "Write it out."
            )
            self._add(None)
        elif isinstance(event, DocumentStartEvent):
            self._start_document()

    def _start_document(self) -> None:
        self.documents += 1
        if self.documents > 1:
            self.report(
                "multiple-documents", "a second document begins here", "Keep one document per file."
            )
            raise StopReading

    def _properties(self, event: ScalarEvent | MappingStartEvent | SequenceStartEvent) -> None:
        """Refuse anchors and tags, and count the value."""
        if event.anchor is not None:
            self.report("anchor", f'"&{event.anchor}" is an anchor', "Remove it.", _SAME_FOR_ALL)
        if event.tag is not None:
            self.report("tag", f'"{event.tag}" is a tag', "Remove it.", _SAME_FOR_ALL)
        self.values += 1
        if self.values > MAX_VALUES:
            message = f"the file holds more than {MAX_VALUES} values"
            self.report("size", message, "Split it into several files.")
            raise StopReading

    def _add_scalar(self, event: ScalarEvent) -> None:
        text: str = event.value
        if event.style not in {None, ""}:
            if event.style == '"' and (character := forbidden_character(text)):
                self.report(
                    "encoding", f"the text holds the character {character}", "Remove its escape."
                )
            self._add(text)
        elif self.levels and self.levels[-1].key is _KEY and self._in_mapping():
            self._add(self._plain_key(text))
        else:
            self._add(self._plain_value(text))

    def _in_mapping(self) -> bool:
        return isinstance(self.levels[-1].container, Mapping)

    def _plain_key(self, text: str) -> str | None:
        value = resolve_plain(text)
        if isinstance(value, str):
            return value
        if text == "<<":
            self.report("merge-key", '"<<" merges another mapping', "Write its keys out.")
        elif value is Doubt.AMBIGUOUS:
            self._ambiguous(text)
        elif text:
            message = f'key "{_short(text)}" is not text'
            self.report("key", message, f'Quote it: "{_short(text)}".')
        else:
            self.report("key", "a key is missing before ':'", "Write the key.")
        return None

    def _plain_value(self, text: str) -> Value:
        value = resolve_plain(text)
        if value is Doubt.AMBIGUOUS:
            self._ambiguous(text, likely_meant(text))
        elif value is Doubt.TOO_LONG:
            message = f'number "{_short(text)}" has more than {MAX_DIGITS} digits'
            self.report("number", message, "Write a shorter number, or quote it to make it text.")
        return text if isinstance(value, Doubt) else value

    def _ambiguous(self, text: str, likely: str = "") -> None:
        quoted = f'"{_short(text)}"'
        advice = f"Write {likely}, or quote it where it is text: {quoted}." if likely else ""
        message = f"{quoted} is read differently by different programs"
        self.report("ambiguous", message, advice or f"Quote it: {quoted}.", _SAME_FOR_ALL)

    def _add(self, value: Value) -> None:
        """Give `value` to the open level: as a key, as a key's value or as an item."""
        if not self.levels:
            self.root, self.root_place = value, self.place
            return
        level = self.levels[-1]
        container = level.container
        if isinstance(container, Sequence):
            container.put(value, self.place)
        elif level.key is _KEY:
            level.key = self._checked_key(container, value)
            level.key_place = self.place
        else:
            if isinstance(level.key, str):
                container.put(level.key, value, level.key_place, self.place)
            level.key = _KEY

    def _checked_key(self, container: Mapping, key: Value) -> str | _KeyState:
        if not isinstance(key, str):
            return _DROPPED
        if key not in container:
            return key
        first = Related(at=container.key_at(key), message="the first one is here")
        message = f'key "{_short(key)}" is given twice'
        self.report("duplicate-key", message, "Remove one of the two.", related=(first,))
        return _DROPPED

    def check_root(self) -> None:
        """Refuse a document that is empty or not a mapping."""
        self.place = self.root_place
        if self.root is None:
            self.report("empty", "the file is empty", "Write the keys that it needs.")
        elif not isinstance(self.root, Mapping):
            kind = "a list" if isinstance(self.root, Sequence) else "a single value"
            message = f"the file holds {kind}, not a mapping"
            self.report("top-level", message, "Begin the file with keys, such as `name: x`.")

    def _open_level(self, container: Mapping | Sequence) -> None:
        if len(self.levels) == MAX_DEPTH:
            message = f"the values are nested more than {MAX_DEPTH} deep"
            self.report("depth", message, "Nest them less.")
            raise StopReading
        if self.levels and self.levels[-1].key is _KEY and self._in_mapping():
            self.report("key", "a key is a list or a mapping", "Write the key as plain text.")
            self.levels[-1].key = _WITHIN_KEY
        else:
            self._add(container)
        self.levels.append(_Level(container))

    def _close_level(self) -> None:
        self.levels.pop()
        if self.levels and self.levels[-1].key is _WITHIN_KEY:
            self.levels[-1].key = _DROPPED

    def report(
        self,
        name: str,
        message: str,
        remediation: str,
        why: str = "",
        related: tuple[Related, ...] = (),
    ) -> None:
        """Keep a finding at the event at hand; stop after too many."""
        self.findings.append(
            Finding(
                rule=f"yaml/{name}",
                message=message,
                remediation=remediation,
                at=location(self.path, self.place),
                why=why,
                related=related,
            )
        )
        if len(self.findings) >= MAX_FINDINGS:
            raise StopReading


def _short(text: str) -> str:
    """Return `text` on one line and cut: what is long may be a key pasted by mistake."""
    return " ".join(text[:_MAX_SHOWN].split()) + ("..." if len(text) > _MAX_SHOWN else "")
