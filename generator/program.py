"""The program itself: digests of its source, and where it keeps what it can make again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
_EVERYTHING = ("**/*.py", "schemas/**/*.json", "data/*")


def cache_directory() -> Path | None:
    """Return where this user's caches are, made or not; None for one without a home."""
    chosen = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        base = chosen if chosen.is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    return base / "testnet-gitops"


@cache
def program_digest() -> str:
    """Return the digest of all of it: 16 hexadecimal digits."""
    return _digest(_EVERYTHING)


@cache
def parts_digest(names: tuple[str, ...]) -> str:
    """Return the digest of some modules and packages, by their names below `generator`."""
    return _digest(pattern for name in names for pattern in (f"{name}.py", f"{name}/**/*.py"))


def _digest(patterns: Iterable[str]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for path in _files(patterns):
        content = path.read_bytes()
        name = path.relative_to(PACKAGE).as_posix()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _files(patterns: Iterable[str]) -> Iterator[Path]:
    for pattern in patterns:
        yield from sorted(path for path in PACKAGE.glob(pattern) if path.is_file())
