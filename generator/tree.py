"""The tree of files that rendering yields: read, compared with a directory, written to it."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from generator.errors import ToolError, UsageError
from generator.finding import Location

Managed: TypeAlias = tuple[str, ...] | Callable[[str], bool]
"""What belongs to a tree: prefixes of paths (whole names), or a question asked of each path."""

_PATH = re.compile(r"[^\x00-\x1f\x7f\\]+")
_RESERVED = frozenset({"", ".", "..", ".git"})

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTree:
    """Files to be, path to text, in order of path; `origins` says what place each comes from.

    A path is relative, with `/`, without `.`, `..` or `.git`; ValueError for any other.
    """

    files: Mapping[str, str]
    origins: Mapping[str, Location] = field(default_factory=dict)

    def __post_init__(self) -> None:
        folders: set[str] = set()
        for path in self.files:
            _check_path(path)
            folders.update(_parents(path))
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file by which a tree and a directory differ; a text is None where there is no file."""

    path: str
    kind: ChangeKind
    old: bytes | None = field(repr=False)
    """What the directory holds."""
    after: str | None = field(repr=False)
    """The text in the tree."""

    @property
    def before(self) -> str | None:
        """The text in the directory; bytes that are not UTF-8 show as U+FFFD."""
        return None if self.old is None else self.old.decode(errors="replace")


def read_tree(directory: Path, under: tuple[str, ...]) -> FileTree:
    """Read all files of `directory` under the prefixes; UsageError for a link or odd file."""
    files: dict[str, str] = {}
    with _root(directory) as root:
        for path, data in _walk(root, under):
            try:
                files[path] = data.decode()
            except UnicodeDecodeError as error:
                msg = f"{path}: not UTF-8 at byte {error.start}"
                raise ToolError(msg) from error
    return FileTree(files=files)


def diff_tree(tree: FileTree, directory: Path, managed: Managed) -> tuple[Change, ...]:
    """Return how `directory` would change to hold `tree`, in order of path.

    Files that are managed and not in the tree are removed, all others stay. A directory that
    does not exist counts as empty.
    """
    if not directory.exists():
        return tuple(_change(path, None, text) for path, text in tree.files.items())
    with _root(directory) as root:
        return _differences(tree, root, managed)


def write_tree(tree: FileTree, directory: Path, managed: Managed) -> tuple[Change, ...]:
    """Make `directory` hold `tree` and return what changed, as `diff_tree` tells it.

    Each file is written aside and put in place at once: after a failure (ToolError with its path)
    every file is the old or the new one. Nothing outside `directory` is touched and no link is
    followed (UsageError).
    """
    with _reported(str(directory)):
        directory.mkdir(parents=True, exist_ok=True)
    with _root(directory) as root:
        changes = _differences(tree, root, managed)
        blocking, others = _removals(tree, changes)
        _remove(root, blocking)
        _write(root, changes)
        _remove(root, others)
    return changes


def _check_path(path: str) -> None:
    parts = path.split("/")
    if not _PATH.fullmatch(path) or any(part.lower() in _RESERVED for part in parts):
        msg = f"{path!r} is not a path within the tree"
        raise ValueError(msg)


def _parents(path: str) -> Iterator[str]:
    """Return the directories that hold `path`, innermost first, without the root."""
    while cut := path.rpartition("/")[0]:
        yield cut
        path = cut


def _change(path: str, old: bytes | None, after: str | None) -> Change:
    kind = ChangeKind.CHANGED
    if old is None:
        kind = ChangeKind.ADDED
    elif after is None:
        kind = ChangeKind.REMOVED
    return Change(path=path, kind=kind, old=old, after=after)


def _differences(tree: FileTree, root: int, managed: Managed) -> tuple[Change, ...]:
    old: dict[str, bytes] = {}
    for path, data in _walk(root, ("",) if callable(managed) else managed):
        if path in tree.files or not callable(managed) or managed(path):
            old[path] = data
    old.update(_existing(root, [path for path in tree.files if path not in old]))
    return tuple(
        _change(path, old.get(path), tree.files.get(path))
        for path in sorted(old.keys() | tree.files.keys())
        if path not in old or path not in tree.files or old[path] != tree.files[path].encode()
    )


def _removals(tree: FileTree, changes: tuple[Change, ...]) -> tuple[list[str], list[str]]:
    """Return the paths to remove: first those in the way of a file of the tree, then the rest."""
    folders = {folder for path in tree.files for folder in _parents(path)}
    removed = [change.path for change in changes if change.kind is ChangeKind.REMOVED]
    blocking = [
        path
        for path in removed
        if path in folders or any(folder in tree.files for folder in _parents(path))
    ]
    kept = set(blocking)
    return blocking, [path for path in removed if path not in kept]


def _write(root: int, changes: tuple[Change, ...]) -> None:
    wanted = [(change.path, change.after) for change in changes if change.after is not None]
    for folder, group in groupby(wanted, key=lambda item: _folder_of(item[0])):
        with _reported(folder), _folder(root, folder, create=True) as descriptor:
            for path, text in group:
                with _reported(path):
                    _replace(descriptor, path.rpartition("/")[2], text.encode())


def _replace(folder: int, name: str, data: bytes) -> None:
    """Write `data` aside in the same directory, then put it in place of `name`."""
    aside = f".{secrets.token_hex(8)}.new"
    try:
        with os.fdopen(os.open(aside, _NEW, 0o666, dir_fd=folder), "wb") as stream:
            stream.write(data)
        os.replace(aside, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(aside, dir_fd=folder)
        raise


def _remove(root: int, paths: Iterable[str]) -> None:
    """Remove files, and the directories that are empty without them."""
    emptied: set[str] = set()
    for path in paths:
        folder, _, name = path.rpartition("/")
        with _reported(path), _folder(root, folder) as descriptor:
            os.unlink(name, dir_fd=descriptor)
        emptied.update(_parents(path))
    for path in sorted(emptied, key=lambda path: path.count("/"), reverse=True):
        folder, _, name = path.rpartition("/")
        with _reported(path), _folder(root, folder) as descriptor:
            _remove_empty(name, descriptor)


def _remove_empty(name: str, folder: int) -> None:
    try:
        os.rmdir(name, dir_fd=folder)
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT}:
            raise


def _walk(root: int, under: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of every file under the prefixes, `.git` left out."""
    prefixes = {prefix.rstrip("/") for prefix in under}
    for prefix in prefixes - {""}:
        _check_path(prefix)
    outermost = [p for p in prefixes if not p or prefixes.isdisjoint(("", *_parents(p)))]
    yield from _existing(root, [prefix for prefix in outermost if prefix])
    pending = outermost
    while pending:
        folder = pending.pop()
        with _reported(folder), _absent_is_empty(), _folder(root, folder) as descriptor:
            with os.scandir(descriptor) as entries:
                found = [(e.name, e.is_dir(follow_symlinks=False)) for e in entries]
            for name, is_folder in found:
                path = f"{folder}/{name}" if folder else name
                if is_folder and name != ".git":
                    pending.append(path)
                elif name != ".git" and (data := _read(descriptor, name, path)) is not None:
                    yield path, data


def _existing(root: int, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of those of `paths` that are files."""
    for folder, group in groupby(paths, key=_folder_of):
        with _reported(folder), _absent_is_empty(), _folder(root, folder) as descriptor:
            for path in group:
                if (data := _read(descriptor, path.rpartition("/")[2], path)) is not None:
                    yield path, data


def _read(folder: int, name: str, path: str) -> bytes | None:
    """Return the bytes of a file; None for a directory and for what is not there."""
    with _reported(path):
        try:
            descriptor = os.open(name, _READ, dir_fd=folder)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise _link(path) from error
            raise
        with os.fdopen(descriptor, "rb", closefd=True) as stream:
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISDIR(mode):
                return None
            if not stat.S_ISREG(mode):
                msg = f"{path}: neither a file nor a directory"
                raise UsageError(msg)
            return stream.read()


@contextmanager
def _root(directory: Path) -> Iterator[int]:
    """Open `directory` itself; it may be reached by a link, what is below it may not."""
    with _reported(str(directory)):
        descriptor = os.open(directory, _DIRECTORY & ~os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _folder(root: int, path: str, *, create: bool = False) -> Iterator[int]:
    """Open the directory `path` below `root`, step by step so that no link is followed."""
    descriptor = os.dup(root)
    try:
        for part in path.split("/") if path else ():
            inner = _enter(descriptor, part, path, create=create)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _enter(descriptor: int, part: str, path: str, *, create: bool) -> int:
    try:
        return os.open(part, _DIRECTORY, dir_fd=descriptor)
    except FileNotFoundError:
        if not create:
            raise
        os.mkdir(part, dir_fd=descriptor)
        return os.open(part, _DIRECTORY, dir_fd=descriptor)
    except OSError as error:
        mode = os.stat(part, dir_fd=descriptor, follow_symlinks=False).st_mode
        if stat.S_ISLNK(mode):
            raise _link(path) from error
        raise


def _link(path: str) -> UsageError:
    return UsageError(f"{path}: a symbolic link is on the way; links are not followed")


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def _absent_is_empty() -> suppress:
    """Take a directory that is not there, or a file in its place, for an empty one."""
    return suppress(FileNotFoundError, NotADirectoryError)


@contextmanager
def _reported(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = f"{path or '.'}: {(error.strerror or str(error)).lower()}"
        raise ToolError(msg) from error
