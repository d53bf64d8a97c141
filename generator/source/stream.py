"""Several documents in one file, as manifests have them, each read by the same rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, pairwise

from generator.finding import Finding, Location
from generator.source.parse import read_events
from generator.source.reader import MAX_FINDINGS, Reader, StopReading
from generator.source.text import decode
from generator.source.values import Value, location

MAX_DOCUMENTS = 50

# At the start of a line this begins a document whatever is around it, a block of text too.
_START = re.compile(r"^---(?=\s|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """One document: its value, of any kind, and where it begins."""

    value: Value
    at: Location


class _AnyRoot(Reader):
    """A reader of documents that may be lists, or empty."""

    def check_root(self) -> None:
        """Take any document."""


def parse_stream(path: str, data: bytes) -> tuple[tuple[Part, ...], tuple[Finding, ...]]:
    """Read all documents of a file, and return those that are not empty and all findings.

    With any finding, no document is returned.
    """
    text, findings = decode(path, data, MAX_FINDINGS)
    found = list(findings)
    parts: list[Part] = []
    for document in () if found else _split(text):
        reader = _AnyRoot(path)
        with suppress(StopReading):
            read_events(reader, document, pure=False)
        found.extend(reader.findings)
        if len(found) >= MAX_FINDINGS:
            break
        if reader.root is not None:
            parts.append(Part(reader.root, location(path, reader.root_place)))
    findings = tuple(sorted(found, key=lambda finding: finding.order)[:MAX_FINDINGS])
    return (() if findings else tuple(parts)), findings


def _split(text: str) -> Iterator[str]:
    """Yield the documents of a text, each below as many empty lines as stood before it.

    What is beyond the most that a file may have is one more document with a second one in it,
    which the reader refuses.
    """
    starts = [match.start() for match in islice(_START.finditer(text), MAX_DOCUMENTS)]
    lines = 0
    for start, end in pairwise([0, *starts, len(text)]):
        yield "\n" * lines + text[start:end]
        lines += text.count("\n", start, end)
