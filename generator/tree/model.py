"""Files to be, and how a directory differs from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from generator.finding import Location

Managed: TypeAlias = tuple[str, ...] | Callable[[str], bool]
"""What belongs to a tree: prefixes of paths by whole names, or a question asked of each path."""

_PATH = re.compile(r"[^\x00-\x1f\x7f\\]+")
_RESERVED = frozenset({"", ".", "..", ".git"})


@dataclass(frozen=True, slots=True)
class FileTree:
    """Files to be, path to text, in order of path; `origins` says what place each comes from.

    A path is relative, with `/`, and without `.`, `..` and `.git`; ValueError for any other, and
    for a path that is both a file and a directory.
    """

    files: Mapping[str, str]
    origins: Mapping[str, Location] = field(default_factory=dict)

    def __post_init__(self) -> None:
        folders: set[str] = set()
        for path in self.files:
            check_path(path)
            folders.update(parents_of(path))
        if clashes := folders & self.files.keys():
            msg = f"{min(clashes)!r} is both a file and a directory"
            raise ValueError(msg)
        if strangers := self.origins.keys() - self.files.keys():
            msg = f"{min(strangers)!r} has an origin but is not a file of the tree"
            raise ValueError(msg)
        object.__setattr__(self, "files", MappingProxyType(dict(sorted(self.files.items()))))
        object.__setattr__(self, "origins", MappingProxyType(dict(sorted(self.origins.items()))))


class ChangeKind(StrEnum):
    """What happens to a file."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One file by which a directory differs from a tree: the bytes it holds, the text it gets."""

    path: str
    old: bytes | None = field(repr=False)
    new: str | None = field(repr=False)

    @property
    def kind(self) -> ChangeKind:
        """Whether the file comes, goes or stays with another text."""
        if self.old is None:
            return ChangeKind.ADDED
        return ChangeKind.REMOVED if self.new is None else ChangeKind.CHANGED

    @property
    def before(self) -> str:
        """The text before, empty without a file; bytes that are not UTF-8 show as U+FFFD."""
        return (self.old or b"").decode(errors="replace")

    @property
    def after(self) -> str:
        """The text after, empty without a file."""
        return self.new or ""


def check_path(path: str) -> None:
    """Raise ValueError unless `path` stays within the directory that it starts from."""
    if not _PATH.fullmatch(path) or any(part.lower() in _RESERVED for part in path.split("/")):
        msg = f"{path!r} is not a path within the tree"
        raise ValueError(msg)


def parents_of(path: str) -> Iterator[str]:
    """Yield the directories that hold `path`, innermost first, without the root."""
    while path := path.rpartition("/")[0]:
        yield path
