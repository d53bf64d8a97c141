"""The good and the bad example of a rule, which are its documentation."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from generator.errors import UsageError
from generator.rule import Rule

_MARK = re.compile(r"#\s*finding:\s*(?P<rules>[a-z0-9/, -]+?)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Files by path, as in a repository, that replace or add to those of policies/example/.

    `marks` are the lines, from 1, at which a rule is expected: path, line, rule.
    """

    files: dict[str, str] = field(default_factory=dict)
    marks: tuple[tuple[str, int, str], ...] = ()


def read_examples(root: Path, rule: Rule) -> dict[str, Example]:
    """Return the examples of a rule by name: `good`, `bad`, and `before` where there is one.

    Raises:
        UsageError: where a file of them cannot be read as text.
    """
    directory = root / rule.doc
    names = ("good", "bad", "before")
    return {name: _read(directory / name) for name in names if (directory / name).is_dir()}


def _read(directory: Path) -> Example:
    files: dict[str, str] = {}
    try:
        for path in sorted(directory.rglob("*")):
            if path.is_file():
                files[path.relative_to(directory).as_posix()] = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{directory}: cannot read the example: {error}"
        raise UsageError(message) from error
    return Example(files=files, marks=tuple(mark for name in files for mark in _marks(name, files)))


def _marks(name: str, files: dict[str, str]) -> list[tuple[str, int, str]]:
    marks: list[tuple[str, int, str]] = []
    for number, line in enumerate(files[name].splitlines(), start=1):
        match = _MARK.search(line)
        if match:
            marks.extend((name, number, rule.strip()) for rule in match["rules"].split(","))
    return marks
