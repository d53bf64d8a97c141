"""Plain files below a directory that somebody else may have filled."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

# More than the generator or a person writes into one file, and little enough to be in memory.
LARGEST = 64 * 2**20

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read_plain(base: Path, path: str) -> bytes | None:
    """Return the bytes of a plain file at `path` below `base`, whatever leads to `base`.

    None where there is none, where a link is on the way or in its place, and for a pipe, a
    device, and a file that cannot be read or is larger than LARGEST.
    """
    *folders, name = path.split("/")
    opened: list[int] = []
    with suppress(OSError, ValueError):  # a name with a NUL in it is a ValueError
        try:
            opened.append(os.open(base, _DIRECTORY))
            for folder in folders:
                inner = os.open(folder, _DIRECTORY | os.O_NOFOLLOW, dir_fd=opened[-1])
                opened.append(inner)
            opened.append(os.open(name, _FILE, dir_fd=opened[-1]))
            return _read(opened[-1])
        finally:
            for descriptor in opened:
                os.close(descriptor)
    return None


def _read(descriptor: int) -> bytes | None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
        return None
    with os.fdopen(descriptor, "rb", closefd=False) as stream:
        content = stream.read(LARGEST + 1)
    return content if len(content) <= LARGEST else None
