"""The small part of YAML that people may write, read without trust in the text."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, suppress

from ruamel.yaml import YAML
from ruamel.yaml.cyaml import CBaseLoader
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import Event

from generator.finding import Finding, Related
from generator.source.reader import MAX_FINDINGS, Mark, Reader, StopReading
from generator.source.text import decode
from generator.source.values import Mapping, location, packed

# With findings of these rules alone, all other values are what their author meant.
_READABLE = frozenset(
    f"yaml/{name}" for name in ("ambiguous", "anchor", "duplicate-key", "key", "number")
)
_ADVICE = (
    ("apping values are not allowed", "Align the line with its block, or quote text with ': '."),
    ("unexpected ':'", "Put the value in quotes: it has a ':' inside of braces or brackets."),
    ("expected ':'", "Write ': ' after the key, or indent the line below its key."),
    ("end of stream", "Close the quote that was opened."),
    ("',' or ']'", "Close the list with ']' and put ',' between its items."),
    ("',' or '}'", "Close the mapping with '}' and put ',' between its entries."),
    ("expected key", "Align the line with the other keys of its block."),
    ("'-' indicator", "Align the line with the other items of its list."),
    ("<block end>", "Align the line with the other lines of its block."),
    ("node content", "Write a value here, and close the bracket that was opened."),
    ("escape", "Write the backslash twice, or use single quotes."),
    ("cannot start any token", "Put the value in quotes, and indent with spaces only."),
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
    reader = Reader(path)
    with suppress(StopReading):
        read_events(reader, decoded, pure=pure)
    found = tuple(sorted(reader.findings, key=lambda finding: finding.order))
    readable = all(finding.rule in _READABLE for finding in found)
    root = reader.root
    return (root if readable and isinstance(root, Mapping) else None), found


def read_events(reader: Reader, text: str, *, pure: bool) -> None:
    """Give a reader every event of a text, and to its findings what stops the parser."""
    try:
        with closing(_events(text, pure=pure)) as events:
            for event in events:
                reader.take(event)
    except YAMLError as error:
        _report_syntax(reader, error, text)
    except StopReading:
        raise
    except Exception as error:  # noqa: BLE001 - a fault of the parser must not end a check
        reader.report("syntax", f"the text is not YAML: {error}", "Correct the YAML here.")
    else:
        reader.check_root()


def _events(text: str, *, pure: bool) -> Generator[Event, None, None]:
    """Yield the events of a text."""
    if pure:
        yield from YAML(typ="safe", pure=True).parse(text)
        return
    # As `YAML` does; that makes a class for each text, which takes as long as most texts do.
    loader = CBaseLoader(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


def _report_syntax(reader: Reader, error: YAMLError, text: str) -> None:
    """Report what stopped the parser, at a place that is in the text."""
    problem = str(getattr(error, "problem", None) or error)
    lines = text.splitlines() or [""]
    mark: Mark | None = getattr(error, "problem_mark", None)
    if mark is not None:
        reader.place = packed(mark.line, mark.column)
        if mark.line >= len(lines):
            reader.place = packed(len(lines) - 1, len(lines[-1]))
    opened: Mark | None = getattr(error, "context_mark", None)
    related: tuple[Related, ...] = ()
    if opened is not None and packed(opened.line, opened.column) < reader.place:
        at = location(reader.path, packed(opened.line, opened.column))
        related = (Related(at=at, message=f"{getattr(error, 'context', '')} from here"),)
    advice = next((advice for part, advice in _ADVICE if part in problem), "Correct the YAML here.")
    reader.report("syntax", f"the text is not YAML: {problem}", advice, related=related)
