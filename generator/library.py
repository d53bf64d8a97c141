"""The overlays library as it is published: a copy named by its content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.errors import UsageError

# What a person reads, and Flux does not.
_NOT_PUBLISHED = {"README.md"}
VERSION_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Library:
    """The files of the library by path, and the version that their content gives."""

    version: str
    files: Mapping[str, str]

    def published(self) -> dict[str, str]:
        """Return the files at their place in the published tree."""
        return {f"overlays/{self.version}/{path}": text for path, text in self.files.items()}


def read_library(root: Path) -> Library:
    """Read `overlays/` under the root.

    Raises:
        UsageError: where there is no library, or a file of it is no text.
    """
    directory = root / "overlays"
    files: dict[str, str] = {}
    try:
        for path in sorted(directory.rglob("*")):
            place = path.relative_to(directory)
            hidden = any(part.startswith((".", "__")) for part in place.parts)
            if path.is_file() and not hidden and place.name not in _NOT_PUBLISHED:
                files[place.as_posix()] = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{directory}: cannot read the overlays library: {error}"
        raise UsageError(message) from error
    if not files:
        message = f"{directory}: there is no overlays library; give its repository with --root"
        raise UsageError(message)
    digest = hashlib.sha256()
    for name, text in sorted(files.items()):
        digest.update(f"{name}\0{len(text.encode())}\0{text}".encode())
    return Library(digest.hexdigest()[:VERSION_LENGTH], files)
