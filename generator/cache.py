"""What follows from files, kept under the digest of what it follows from; it may be lost."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import ruamel.yaml

from generator.program import program_digest

SWEPT_SECONDS = 24 * 3600
KEPT_SECONDS = 14 * SWEPT_SECONDS


class Cache:
    """A directory of entries; those of another version of this program, or its parser, are lost."""

    def __init__(self, directory: Path | None) -> None:
        version = f"{program_digest()}-{ruamel.yaml.__version__}"
        self._directory = directory / version if directory else None

    def read_json(self, key: str) -> object:
        """Return plain data that is kept under a key, None without any."""
        lines = self.read_lines(key)
        return None if lines is None else parse(lines[0])

    def read_lines(self, key: str) -> list[bytes] | None:
        """Return what is kept under a key, each as JSON that nobody has parsed; None without any.

        Of much that is kept, little is needed.
        """
        if self._directory is None:
            return None
        try:
            digest, _, body = self._path(key).read_bytes().partition(b"\n")
        except OSError:
            return None
        return body.split(b"\n") if digest == _sum(body) else None

    def write_json(self, key: str, content: object) -> None:
        """Keep plain data under a key, whole or not at all; failing to is no error."""
        self.write_lines(key, [content])

    def write_lines(self, key: str, contents: Iterable[object]) -> None:
        """Keep some plain data under one key, as `write_json` does, for `read_lines`."""
        if self._directory is None:
            return
        path = self._path(key)
        with suppress(OSError):
            self._directory.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=path.parent)
            try:
                # `dump` would encode in Python, four times slower.
                body = b"\n".join(
                    json.dumps(content, separators=(",", ":")).encode() for content in contents
                )
                with os.fdopen(handle, "wb") as file:
                    file.write(_sum(body) + b"\n" + body)
                Path(name).replace(path)
            except BaseException:
                with suppress(OSError):
                    Path(name).unlink()
                raise

    def sweep(self) -> None:
        """Remove what nobody has written for two weeks, of other versions too; once a day."""
        if self._directory is None:
            return
        now, home = time.time(), self._directory.parent
        stamp = home / "swept"
        with suppress(OSError):
            if stamp.exists() and stamp.stat().st_mtime > now - SWEPT_SECONDS:
                return
            stamp.touch()
            for path in home.glob("*/*/*.json"):
                linked = home.is_symlink() or path.parent.is_symlink()
                with suppress(OSError):
                    if not linked and path.stat().st_mtime < now - KEPT_SECONDS:
                        path.unlink()
            for directory in (*home.glob("*/*/"), *home.glob("*/")):
                with suppress(OSError):
                    directory.rmdir()  # of those that are empty now

    def _path(self, key: str) -> Path:
        assert self._directory is not None  # noqa: S101 - for the type checker
        return self._directory / key[:2] / f"{key[2:]}.json"


NOWHERE = Cache(None)
"""Keeps nothing."""


def parse(line: bytes) -> object:
    """Return the plain data of a line; None for what nobody here wrote: it may have any shape."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def key_of(kind: str, texts: Mapping[str, str]) -> str:
    """Return the key under which something of a kind is kept that follows from texts by name."""
    digest = hashlib.blake2b(digest_size=20)
    for part in (kind, *(part for item in sorted(texts.items()) for part in item)):
        digest.update(f"{len(part)}:{part}".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _sum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).hexdigest().encode()
