"""Bytes to characters: strict UTF-8 without what readers or eyes take differently."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from generator.finding import Finding, Location

MAX_BYTES = 4 * 1024 * 1024

# Control characters, line breaks that only some readers know, text that shows reversed.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
    "|\r(?!\n)"
)
_DIRECTIVE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*%")
_MARKS = ((b"\xef\xbb\xbf", "UTF-8"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))
_WHY = "Readers of YAML differ on every other encoding, and a person cannot see it."


def forbidden_character(text: str) -> str | None:
    """Return the first character that `text` must not hold, as `U+0085`, or None."""
    match = _FORBIDDEN.search(text)
    return None if match is None else f"U+{ord(match[0]):04X}"


def decode(path: str, data: bytes, limit: int) -> tuple[str, tuple[Finding, ...]]:
    """Return the text of `data` and at most `limit` findings; with any, the text says nothing."""
    if len(data) > MAX_BYTES:
        return "", (
            Finding(
                rule="yaml/size",
                message=f"the file is larger than {MAX_BYTES // 1024**2} MiB",
                remediation="Split it into several files.",
                at=Location(path),
            ),
        )
    for mark, name in _MARKS:
        if data.startswith(mark):
            message = f"the file begins with the byte order mark of {name}"
            return "", (_encoding(path, message, "Save the file as UTF-8 without it.", 1, 1),)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return "", (_encoding(path, message, "Save the file as UTF-8.", line, column),)
    findings = list(islice(_forbidden(path, text), limit))
    directive = _DIRECTIVE.match(text)
    if directive:
        findings.append(
            Finding(
                rule="yaml/directive",
                message="a line that begins with '%' is an instruction to the YAML reader",
                remediation="Remove the line.",
                at=Location(path, text.count("\n", 0, directive.end()) + 1, 1),
            )
        )
    return text, tuple(findings)


def _forbidden(path: str, text: str) -> Iterator[Finding]:
    line, start = 1, 0  # of the line that holds the last find
    position = 0
    for match in _FORBIDDEN.finditer(text):
        line += text.count("\n", position, match.start())
        start = max(start, text.rfind("\n", position, match.start()) + 1)
        position = match.start()
        message = f"character U+{ord(match[0]):04X} has no place in the file"
        advice = "Remove it."
        if match[0] == "\r":
            message = "a carriage return without a line feed is a line break to some readers only"
            advice = "Save the file with line feeds."
        yield _encoding(path, message, advice, line, position - start + 1)


def _encoding(path: str, message: str, remediation: str, line: int, column: int) -> Finding:
    return Finding(
        rule="yaml/encoding",
        message=message,
        remediation=remediation,
        at=Location(path, line, column),
        why=_WHY,
    )
