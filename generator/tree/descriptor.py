"""Files below one open directory, reached step by step so that no link is ever followed."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path

from generator.errors import ToolError, UsageError
from generator.tree.model import check_path, parents_of

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def os_errors(path: str) -> Iterator[None]:
    """Turn an OSError into a ToolError that names `path`."""
    try:
        yield
    except OSError as error:
        msg = f"{path or '.'}: {(error.strerror or str(error)).lower()}"
        raise ToolError(msg) from error


@contextmanager
def open_root(directory: Path) -> Iterator[int]:
    """Open `directory` itself; it may be reached by a link, what is below it may not."""
    with os_errors(str(directory)):
        descriptor = os.open(directory, _DIRECTORY & ~os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def walk_files(root: int, under: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of every file under the prefixes (empty: all), `.git` left out."""
    prefixes = {prefix.rstrip("/") for prefix in under}
    for prefix in prefixes - {""}:
        check_path(prefix)
    outermost = [p for p in prefixes if not p or prefixes.isdisjoint(("", *parents_of(p)))]
    yield from existing_files(root, [prefix for prefix in outermost if prefix])
    pending = outermost
    while pending:
        folder = pending.pop()
        files: list[str] = []
        for name, is_folder in _entries(root, folder):
            path = f"{folder}/{name}" if folder else name
            (pending if is_folder else files).append(path)
        yield from existing_files(root, files)


def existing_files(root: int, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of those of `paths` that are files."""
    for folder, group in groupby(paths, key=_folder_of):
        with os_errors(folder), _none_without_folder(), _open_folder(root, folder) as descriptor:
            for path in group:
                data = _read(descriptor, path)
                if data is not None:
                    yield path, data


def write_files(root: int, files: Iterable[tuple[str, str]]) -> None:
    """Put each text in place of the file at its path, and make the directories it needs."""
    for folder, group in groupby(files, key=lambda item: _folder_of(item[0])):
        with os_errors(folder), _open_folder(root, folder, create=True) as descriptor:
            for path, text in group:
                with os_errors(path):
                    _replace(descriptor, _name_of(path), text.encode())


def remove_files(root: int, paths: Iterable[str]) -> None:
    """Remove files, and the directories that are empty without them."""
    emptied: set[str] = set()
    for folder, group in groupby(paths, key=_folder_of):
        with os_errors(folder), _open_folder(root, folder) as descriptor:
            for path in group:
                with os_errors(path), suppress(FileNotFoundError):
                    os.unlink(_name_of(path), dir_fd=descriptor)
                emptied.update(parents_of(path))
    for path in sorted(emptied, key=lambda path: path.count("/"), reverse=True):
        with os_errors(path), _open_folder(root, _folder_of(path)) as descriptor:
            _remove_empty(descriptor, _name_of(path))


def _entries(root: int, folder: str) -> list[tuple[str, bool]]:
    """Return the names in a directory, sorted, and whether each is a directory too."""
    with os_errors(folder), _none_without_folder(), _open_folder(root, folder) as descriptor:
        with os.scandir(descriptor) as entries:
            found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        return sorted(entry for entry in found if entry[0] != ".git")
    return []


def _read(folder: int, path: str) -> bytes | None:
    """Return the bytes of a file; None for a directory and for what is not there."""
    with os_errors(path):
        try:
            descriptor = os.open(_name_of(path), _READ, dir_fd=folder)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise _refuse_link(path) from error
            raise
        try:
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISDIR(mode):
                return None
            if not stat.S_ISREG(mode):
                msg = f"{path}: neither a file nor a directory"
                raise UsageError(msg)
            with os.fdopen(descriptor, "rb", closefd=False) as stream:
                return stream.read()
        finally:
            os.close(descriptor)


def _replace(folder: int, name: str, data: bytes) -> None:
    """Write `data` aside in the same directory, then put it in place of `name`."""
    aside = f".{os.getpid()}.new"
    with suppress(FileNotFoundError):  # of a process that was killed and had the same number
        os.unlink(aside, dir_fd=folder)
    try:
        with os.fdopen(os.open(aside, _NEW, 0o666, dir_fd=folder), "wb") as stream:
            stream.write(data)
        os.replace(aside, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(aside, dir_fd=folder)
        raise


def _remove_empty(folder: int, name: str) -> None:
    try:
        os.rmdir(name, dir_fd=folder)
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT}:
            raise


@contextmanager
def _open_folder(root: int, path: str, *, create: bool = False) -> Iterator[int]:
    """Open the directory `path` below `root`, each part from the one before."""
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
        # Which error a link gives is up to the system.
        if stat.S_ISLNK(os.stat(part, dir_fd=descriptor, follow_symlinks=False).st_mode):
            raise _refuse_link(path) from error
        raise


def _refuse_link(path: str) -> UsageError:
    return UsageError(f"{path}: a symbolic link is on the way, and links are not followed")


def _none_without_folder() -> suppress:
    """Take a directory that is not there, or a file in its place, for an empty one."""
    return suppress(FileNotFoundError, NotADirectoryError)


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def _name_of(path: str) -> str:
    return path.rpartition("/")[2]
