"""Lines of the files that findings speak of, and what to underline in them."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len

from generator.finding import Location
from generator.report.wording import visible

# The most that is read of a file: what people may write is smaller.
MAX_BYTES = 8 * 1024 * 1024
_NEAR = 2000
_TAB = 4
_CUT = "…"
_CLOSING = {"[": "]", "{": "}"}
_YAML = (".yaml", ".yml")
_QUOTED = {'"': re.compile(r'"(?:[^"\\]|\\.)*"'), "'": re.compile(r"'(?:[^']|'')*'")}
_PLAIN = re.compile(r"(?:[^:# \t]|:(?!\s|$)|(?<!\s)#|[ \t]+(?![ \t#]|$))+")
_PLAIN_IN_FLOW = re.compile(
    r"(?:[^:# \t,\[\]{}]|:(?![\s,\[\]{}]|$)|(?<!\s)#|[ \t]+(?![ \t#,\]}]|$))+"
)
_WORD = re.compile(r"\S+")


class SourceLines:
    """Lines of files below a directory, each file read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[str, list[str]] = {}

    def at(self, place: Location) -> str:
        """Return the line of a place, empty where there is none."""
        if place.path not in self._files:
            # Not by splitlines: readers of YAML count line feeds alone.
            self._files[place.path] = _read(self._root / place.path).split("\n")
        lines = self._files[place.path]
        return lines[place.line - 1].rstrip("\r") if 0 < place.line <= len(lines) else ""

    def end_column(self, place: Location) -> int:
        """Return the column behind the token at a place."""
        line = self.at(place)
        start = min(max(place.column, 1) - 1, len(line))
        return start + 1 + max(1, token_length(line, start, yaml=place.path.endswith(_YAML)))


def _read(path: Path) -> str:
    """Return the text of a plain file, empty for all else: a pipe would never end."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return ""
            return stream.read(MAX_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""


def token_length(line: str, start: int, *, yaml: bool = True) -> int:
    """Return how many characters the token has that begins at `start` of a line."""
    if start >= len(line):
        return 0
    # A file may be one line of 4 MiB: what is further away is never shown.
    begin = max(0, start - _NEAR)
    line, start = line[begin : start + _NEAR], start - begin
    first = line[start]
    if yaml and first in _CLOSING:
        return _bracket_length(line, start)
    if yaml and first == "-" and line[start + 1 : start + 2] in {"", " "}:
        return 1
    pattern = _WORD
    if yaml:
        flow = _PLAIN_IN_FLOW if _is_in_flow(line[:start]) else _PLAIN
        pattern = _QUOTED.get(first, flow)
    match = pattern.match(line, start)
    return len(match[0]) if match else 1


def _bracket_length(line: str, start: int) -> int:
    """Return the length to the bracket that closes the one at `start`; 1 if on no other line."""
    depth, position = 0, start
    while position < len(line):
        char = line[position]
        if char in _QUOTED and (quoted := _QUOTED[char].match(line, position)):
            position = quoted.end()
            continue
        depth += (char in "[{") - (char in "]}")
        position += 1
        if depth == 0:
            return position - start
    return 1


def _is_in_flow(before: str) -> bool:
    """Tell whether a bracket is open at the end of the text before a token."""
    depth = position = 0
    while position < len(before):
        char = before[position]
        if char in _QUOTED and (quoted := _QUOTED[char].match(before, position)):
            position = quoted.end()
            continue
        depth += (char in "[{") - (char in "]}")
        position += 1
    return depth > 0


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line as it is shown, and the cells to underline: how many before, and how many."""

    text: str
    before: int
    width: int


def excerpt(lines: SourceLines, place: Location, width: int) -> Excerpt | None:
    """Return the line of a place, cut around it to `width` cells; None for a blank line."""
    line = lines.at(place)
    if not line.strip():
        return None
    start = min(max(place.column, 1) - 1, len(line))
    end = min(lines.end_column(place) - 1, len(line))
    # A character has up to 10 cells; no more of a long line is looked at than can be shown.
    near = max(0, start - width)
    left = _expand(line[near:start])
    token, right = _expand(line[start : min(end, start + width)]), _expand(line[end : end + width])
    room = max(width // 3, width - cell_len(token) - cell_len(right))
    left = _last(left, room, cut=near > 0)
    token = _first(token, width - cell_len(left), cut=end > start + width)
    shown = left + token
    right = _first(right, width - cell_len(shown), cut=len(line) > end + width)
    before = cell_len(left)
    return Excerpt((shown + right).rstrip(), before, max(1, cell_len(shown) - before))


def _expand(text: str) -> str:
    """Return text without tabs, and with no character that a terminal would obey."""
    return visible(text.expandtabs(_TAB))


def _first(text: str, width: int, *, cut: bool) -> str:
    """Return as much of the start of a text as fits, with a sign where it was cut."""
    if cell_len(text) <= width and not cut:
        return text
    while text and cell_len(text) > width - 1:
        text = text[:-1]
    return (text + _CUT)[: max(width, 0)]


def _last(text: str, width: int, *, cut: bool) -> str:
    """Return as much of the end of a text as fits, with a sign where it was cut."""
    return _first(text[::-1], width, cut=cut)[::-1]
