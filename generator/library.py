"""The overlays library as it is published: a copy named by its content."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from generator.cache import NOWHERE, Cache, key_of
from generator.errors import InvalidInput, UsageError, reason_of
from generator.finding import Finding, Location
from generator.kustomization import SUFFIXES, check_kustomizations

VERSION_LENGTH = 12
MAX_FILES = 1000
VERSION = re.compile(rf"[0-9a-f]{{{VERSION_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class Library:
    """The files of the library by path, and the version that their content gives."""

    version: str
    files: Mapping[str, str]

    @property
    def directory(self) -> str:
        """Its place in the published tree."""
        return f"overlays/{self.version}"

    def published(self) -> dict[str, str]:
        """Return the files at their place in the published tree."""
        return {f"{self.directory}/{path}": text for path, text in self.files.items()}


def read_library(root: Path, cache: Cache = NOWHERE) -> Library:
    """Read `overlays/` under the root; one that is in the `cache` was judged before.

    Raises:
        UsageError: where there is no library, or a file of it is a link.
        InvalidInput: where a file of it is unreadable or no text, or kustomize must not be run on
            it.
    """
    library, left = _read(root, "overlays")
    if not library.files:
        message = (
            f"{root / 'overlays'}: there is no overlays library; give its repository with --root"
        )
        raise UsageError(message)
    files = {f"overlays/{path}": text for path, text in library.files.items()}
    files |= {f"overlays/{path}": "" for path in left}
    key = key_of("library", files)
    if cache.read_json(key) is not True:
        _judge(files, root)
        cache.write_json(key, content=True)
    return library


def read_pinned(tree: Path, version: str) -> Library:
    """Read a version of the library from a published tree, to which some nets are pinned.

    Raises:
        UsageError: when it is not there, or is not what its name says.
        InvalidInput: where it cannot be read, or kustomize must not be run on it.
    """
    directory = tree / "overlays" / version
    library, _ = _read(tree, f"overlays/{version}")
    if library.version != version:
        what = "is not what its name says" if library.files else "is gone"
        message = (
            f"{directory}: nets are pinned to this version of the library, and it {what};"
            " restore it from the history of the published tree"
        )
        raise UsageError(message)
    _judge(library.published(), tree, generated=True)
    return library


def published_files(versions: Iterable[str], current: Library, tree: Path) -> dict[str, str]:
    """Return the files of versions of the library, and of the current one, as they are published.

    Others than the current one are read from the published tree; errors as in `read_pinned`.
    """
    files: dict[str, str] = {}
    for version in sorted({*versions, current.version}):
        library = current if version == current.version else read_pinned(tree, version)
        files |= library.published()
    return files


@lru_cache(maxsize=4)
def _checked(files: tuple[tuple[str, str], ...], generated: bool) -> tuple[Finding, ...]:  # noqa: FBT001 - arguments of a cached function are positional
    """Do as `check_kustomizations`, and remember it: one run reads the same library often."""
    return check_kustomizations(dict(files), generated=generated)


def _judge(files: Mapping[str, str], root: Path, *, generated: bool = False) -> None:
    """Refuse a library before kustomize is run on it."""
    findings = _checked(tuple(sorted(files.items())), generated)
    if findings:
        raise InvalidInput(findings, root)


def is_part(name: str) -> bool:
    """Say whether a library is made of a file with this path, and not only lies beside it."""
    return name.endswith(SUFFIXES) and not _is_hidden(name)


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__")) for part in name.split("/"))


def version_of(files: Mapping[str, bytes]) -> str:
    """Return the version that files give a library, by their path in it."""
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        digest.update(f"{name}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
        digest.update(data)
    return digest.hexdigest()[:VERSION_LENGTH]


def _read(root: Path, place: str) -> tuple[Library, list[str]]:
    """Return the library at a place below the root, and the files that are left out of it."""
    directory = root / place
    files: dict[str, str] = {}
    left: list[str] = []
    names, faults = _walk(root, place)
    for name in names:
        if _is_hidden(name):
            continue
        if len(files) + len(left) == MAX_FILES:
            message = f"{directory}: more than {MAX_FILES} files are no overlays library"
            raise UsageError(message)
        if not is_part(name):
            left.append(name)
            continue
        try:
            # As people's editors end lines: they are published with line feeds.
            data = (directory / name).read_bytes()
            files[name] = data.decode().replace("\r\n", "\n").replace("\r", "\n")
        except OSError as error:
            faults.append(_unreadable(f"{place}/{name}", error))
        except UnicodeDecodeError as error:
            faults.append(_no_text(f"{place}/{name}", error))
    if faults:
        raise InvalidInput(tuple(faults), root)
    version = version_of({name: text.encode() for name, text in files.items()})
    return Library(version, files), left


def _walk(root: Path, place: str) -> tuple[list[str], list[Finding]]:
    """Return every plain file at a place, by its path there, and which directories nobody reads.

    Raises:
        UsageError: for a link.
    """
    names: list[str] = []
    faults: list[Finding] = []

    def refuse(error: OSError) -> None:
        if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
            path = Path(error.filename).relative_to(root).as_posix()
            faults.append(_unreadable(path, error))

    for folder, inner, files in os.walk(root / place, onerror=refuse):
        for path in (Path(folder, name) for name in (*inner, *files)):
            try:
                if path.is_symlink():
                    message = f"{path}: a link; the library is made of files"
                    raise UsageError(message)
                if path.is_file():
                    names.append(path.relative_to(root / place).as_posix())
            except OSError as error:
                refuse(error)
    return sorted(names), faults


def _unreadable(path: str, error: OSError) -> Finding:
    return Finding(
        rule="yaml/file",
        message=f'"{path}" cannot be read: {reason_of(error)}',
        at=Location(path),
        remediation="Make it readable: the library is published and judged whole.",
        subject=path,
    )


def _no_text(path: str, error: UnicodeDecodeError) -> Finding:
    before = error.object[: error.start]
    column = len(before.rpartition(b"\n")[2].decode()) + 1
    return Finding(
        rule="kustomize/syntax",
        message=f"byte 0x{error.object[error.start]:02x} is not UTF-8",
        at=Location(path, before.count(b"\n") + 1, column),
        remediation="Save the file as UTF-8: a library is made of text.",
        why="A file must mean the same to every program that reads it.",
        subject=path,
    )
