"""The small part of YAML that people may write, read without trust in the text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Protocol

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
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
from generator.source.scalar import MAX_DIGITS, Doubt, resolve_plain
from generator.source.text import decode, forbidden_character
from generator.source.values import Mapping, Sequence, Value, location, packed

MAX_DEPTH = 32
MAX_VALUES = 500_000
MAX_FINDINGS = 100

# With findings of these rules alone, all other values are what their author meant.
_READABLE = frozenset(
    f"yaml/{name}" for name in ("ambiguous", "anchor", "duplicate-key", "key", "number")
)
_SAME_FOR_ALL = "a file must mean the same to every program that reads it"
_ADVICE = (
    ("apping values are not allowed", "align the line with its block, or quote text with ': '"),
    ("expected ':'", "write ': ' after the key, or indent the line below its key"),
    ("end of stream", "close the quote that was opened"),
    ("',' or ']'", "close the list with ']' and put ',' between its items"),
    ("',' or '}'", "close the mapping with '}' and put ',' between its entries"),
    ("expected key", "align the line with the other keys of its block"),
    ("'-' indicator", "align the line with the other items of its list"),
    ("<block end>", "align the line with the other lines of its block"),
    ("escape", "write the backslash twice, or use single quotes"),
    ("cannot start any token", "put the value in quotes, and indent with spaces only"),
)


def parse_document(
    path: str, text: bytes, *, pure: bool = False
) -> tuple[Mapping | None, tuple[Finding, ...]]:
    """Read one YAML document and return its mapping and all findings, in order of place.

    The mapping is None when a finding leaves in doubt what the rest means; with lesser ones it
    is given, so that later checks can add theirs. `pure` takes the parser written in Python.
    """
    decoded, findings = decode(path, text, MAX_FINDINGS)
    if findings:
        return None, findings
    reader = _Reader(path)
    reader.read(decoded, pure=pure)
    found = tuple(sorted(reader.findings, key=lambda finding: finding.order))
    readable = all(finding.rule in _READABLE for finding in found)
    root = reader.root
    return (root if readable and isinstance(root, Mapping) else None), found


class _Mark(Protocol):
    line: int
    column: int


class _StopReading(Exception):  # noqa: N818 - what it says is in the findings
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


class _Reader:
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

    def read(self, text: str, *, pure: bool) -> None:
        """Read `text` and keep its root value and findings."""
        try:
            with closing(_events(text, pure=pure)) as events:
                for event in events:
                    self.take(event)
            self.check_root()
        except _StopReading:
            return
        except YAMLError as error:
            self.syntax_error(error, text)
        except Exception as error:  # noqa: BLE001 - a fault of the parser must not end a check
            self.report("syntax", f"the text is not YAML: {error}", "correct the YAML here")

    def take(self, event: Event) -> None:
        """Add one event to the open level."""
        mark: _Mark = event.start_mark
        self.place = packed(mark.line, mark.column)
        if isinstance(event, ScalarEvent):
            self.properties(event)
            self.add_scalar(event)
        elif isinstance(event, MappingStartEvent):
            self.properties(event)
            self.open_level(Mapping(self.path, self.place))
        elif isinstance(event, SequenceStartEvent):
            self.properties(event)
            self.open_level(Sequence(self.path, self.place))
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            self.close_level()
        elif isinstance(event, AliasEvent):
            self.report(
                "alias", f'"*{event.anchor}" repeats another part of the file', "write it out"
            )
            self.add(None)
        elif isinstance(event, DocumentStartEvent):
            self.start_document()

    def start_document(self) -> None:
        self.documents += 1
        if self.documents > 1:
            self.report(
                "multiple-documents", "a second document begins here", "keep one document per file"
            )
            raise _StopReading

    def properties(self, event: ScalarEvent | MappingStartEvent | SequenceStartEvent) -> None:
        """Refuse anchors and tags, and count the value."""
        if event.anchor is not None:
            self.report("anchor", f'"&{event.anchor}" is an anchor', "remove it", _SAME_FOR_ALL)
        if event.tag is not None:
            self.report("tag", f'"{event.tag}" is a tag', "remove it", _SAME_FOR_ALL)
        self.values += 1
        if self.values > MAX_VALUES:
            message = f"the file holds more than {MAX_VALUES} values"
            self.report("size", message, "split it into several files")
            raise _StopReading

    def add_scalar(self, event: ScalarEvent) -> None:
        text: str = event.value
        if event.style not in {None, ""}:
            if event.style == '"' and (character := forbidden_character(text)):
                self.report(
                    "encoding", f"the text holds the character {character}", "remove its escape"
                )
            self.add(text)
        elif self.levels and self.levels[-1].key is _KEY and self.in_mapping():
            self.add(self.plain_key(text))
        else:
            self.add(self.plain_value(text))

    def in_mapping(self) -> bool:
        return isinstance(self.levels[-1].container, Mapping)

    def plain_key(self, text: str) -> str | None:
        value = resolve_plain(text)
        if isinstance(value, str):
            return value
        if text == "<<":
            self.report("merge-key", '"<<" merges another mapping', "write its keys out")
        elif value is Doubt.AMBIGUOUS:
            self.ambiguous(text)
        elif text:
            message = f'key "{_short(text)}" is not text'
            self.report("key", message, f'quote it: "{_short(text)}"')
        else:
            self.report("key", "a key is missing before ':'", "write the key")
        return None

    def plain_value(self, text: str) -> Value:
        value = resolve_plain(text)
        if value is Doubt.AMBIGUOUS:
            self.ambiguous(text)
        elif value is Doubt.TOO_LONG:
            message = f'number "{_short(text)}" has more than {MAX_DIGITS} digits'
            self.report("number", message, "write a shorter number, or quote it to make it text")
        return text if isinstance(value, Doubt) else value

    def ambiguous(self, text: str) -> None:
        self.report(
            "ambiguous",
            f'"{_short(text)}" is read differently by different programs',
            f'quote it: "{_short(text)}"',
            _SAME_FOR_ALL,
        )

    def add(self, value: Value) -> None:
        """Give `value` to the open level: as a key, as a key's value or as an item."""
        if not self.levels:
            self.root, self.root_place = value, self.place
            return
        level = self.levels[-1]
        container = level.container
        if isinstance(container, Sequence):
            container.put(value, self.place)
        elif level.key is _KEY:
            level.key = self.checked_key(container, value)
            level.key_place = self.place
        else:
            if isinstance(level.key, str):
                container.put(level.key, value, level.key_place, self.place)
            level.key = _KEY

    def checked_key(self, container: Mapping, key: Value) -> str | _KeyState:
        if not isinstance(key, str):
            return _DROPPED
        if key not in container:
            return key
        first = Related(at=container.key_at(key), message="the first one is here")
        message = f'key "{_short(key)}" is given twice'
        self.report("duplicate-key", message, "remove one of the two", related=(first,))
        return _DROPPED

    def check_root(self) -> None:
        """Refuse a document that is empty or not a mapping."""
        self.place = self.root_place
        if self.root is None:
            self.report("empty", "the file is empty", "write the keys that it needs")
        elif not isinstance(self.root, Mapping):
            kind = "a list" if isinstance(self.root, Sequence) else "a single value"
            message = f"the file holds {kind}, not a mapping"
            self.report("top-level", message, "begin the file with keys, such as 'name: x'")

    def open_level(self, container: Mapping | Sequence) -> None:
        if len(self.levels) == MAX_DEPTH:
            message = f"the values are nested more than {MAX_DEPTH} deep"
            self.report("depth", message, "nest them less")
            raise _StopReading
        if self.levels and self.levels[-1].key is _KEY and self.in_mapping():
            self.report("key", "a key is a list or a mapping", "make the key plain text")
            self.levels[-1].key = _WITHIN_KEY
        else:
            self.add(container)
        self.levels.append(_Level(container))

    def close_level(self) -> None:
        self.levels.pop()
        if self.levels and self.levels[-1].key is _WITHIN_KEY:
            self.levels[-1].key = _DROPPED

    def syntax_error(self, error: YAMLError, text: str) -> None:
        """Report what stopped the parser, at a place that is in the text."""
        problem = str(getattr(error, "problem", None) or error)
        lines = text.splitlines() or [""]
        mark: _Mark | None = getattr(error, "problem_mark", None)
        if mark is not None:
            self.place = packed(mark.line, mark.column)
            if mark.line >= len(lines):
                self.place = packed(len(lines) - 1, len(lines[-1]))
        opened: _Mark | None = getattr(error, "context_mark", None)
        related: tuple[Related, ...] = ()
        if opened is not None and packed(opened.line, opened.column) < self.place:
            at = location(self.path, packed(opened.line, opened.column))
            related = (Related(at=at, message=f"{error.context} from here"),)
        advice = next((text for part, text in _ADVICE if part in problem), "correct the YAML here")
        self.report("syntax", f"the text is not YAML: {problem}", advice, related=related)

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
            raise _StopReading


def _events(text: str, *, pure: bool) -> Iterator[Event]:
    events: Iterator[Event] = YAML(typ="safe", pure=pure).parse(text)
    return events


def _short(text: str, limit: int = 60) -> str:
    """Return `text` as one line that a report can show."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 3]}..."
