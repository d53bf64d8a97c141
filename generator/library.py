"""The overlays library as it is published: a copy named by its content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from generator.cache import NOWHERE, Cache, key_of
from generator.errors import InvalidInput, UsageError
from generator.finding import Finding
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
        UsageError: where there is no library, or a file of it is a link or no text.
        InvalidInput: where kustomize must not be run on it.
    """
    directory = root / "overlays"
    library, left = _read(directory)
    if not library.files:
        message = f"{directory}: there is no overlays library; give its repository with --root"
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
        InvalidInput: where kustomize must not be run on it.
    """
    directory = tree / "overlays" / version
    library, _ = _read(directory)
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


def _read(directory: Path) -> tuple[Library, list[str]]:
    """Return a library, and the files that are left out of it."""
    files: dict[str, str] = {}
    left: list[str] = []
    try:
        for path in sorted(directory.rglob("*")):
            place = path.relative_to(directory)
            if path.is_symlink():
                message = f"{path}: a link; the library is made of files"
                raise UsageError(message)
            hidden = any(part.startswith((".", "__")) for part in place.parts)
            if hidden or not path.is_file():
                continue
            if len(files) + len(left) == MAX_FILES:
                message = f"{directory}: more than {MAX_FILES} files are no overlays library"
                raise UsageError(message)
            if path.suffix in SUFFIXES:
                files[place.as_posix()] = path.read_text("utf-8")
            else:
                left.append(place.as_posix())
    except (OSError, UnicodeDecodeError) as error:
        message = f"{directory}: cannot read the overlays library: {error}"
        raise UsageError(message) from error
    digest = hashlib.sha256()
    for name, text in sorted(files.items()):
        digest.update(f"{name}\0{len(text.encode())}\0{text}".encode())
    return Library(digest.hexdigest()[:VERSION_LENGTH], files), left
