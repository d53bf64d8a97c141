"""Output in a job of GitHub Actions, whose log obeys certain words that stand in it.

`::command::` at the start of a line, and `##[command]` anywhere: they set outputs, hide text and
change what follows. Names of files, lines of YAML and words of other programs may hold them.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Any, TextIO, cast

# What reports write themselves: see generator/report/github.py.
_OURS = r"(?:error|warning|notice) "
_START = re.compile(r"(?:^|(?<=[\r\n]))([^\S\r\n]*):(?=:)")
_START_OF_OTHERS = re.compile(rf"(?:^|(?<=[\r\n]))([^\S\r\n]*):(?=:(?!{_OURS}))")
_SIGNS = re.compile(r"#{0,2}$")
# A line that may yet become a command: blanks and a colon.
_OPEN = re.compile(r"(?:^|[\r\n])([^\S\r\n]*:?)$")


class Guard:
    """A text stream that breaks every such word, but annotations where those are let through."""

    def __init__(self, stream: TextIO, *, annotations: bool) -> None:
        self._stream = stream
        self._start = _START_OF_OTHERS if annotations else _START
        self._before = ""  # what decides of the line so far, or `x` and the signs at its end

    def write(self, text: str) -> int:
        """Write a text with a blank in each such word; how many characters it had itself."""
        joined = self._before + text
        safe = self._start.sub(r"\1: ", joined).replace("##[", "## [")
        self._stream.write(safe[len(self._before) :])
        opened = _OPEN.search(joined)
        self._before = opened[1] if opened else "x" + _SIGNS.findall(joined)[0]
        return len(text)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        return getattr(self._stream, name)


def guard_log() -> None:
    """Guard standard output and standard error in a job of GitHub Actions, and nowhere else."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    if not isinstance(sys.stdout, Guard):
        sys.stdout = cast("TextIO", Guard(sys.stdout, annotations=True))
    if not isinstance(sys.stderr, Guard):
        sys.stderr = cast("TextIO", Guard(sys.stderr, annotations=False))
