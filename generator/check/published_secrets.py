"""Secrets that anybody can read in source code: recognised by their digests, never held here."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from generator.check.leak import Hit, LeakKind, digest_of_secret

IDENTITY = re.compile(r"12D3KooW[1-9A-HJ-NP-Za-km-z]{44}")

# Words as A, what may stand between them as a space.
_SHAPE = bytes(
    ord("A") if chr(c).isascii() and chr(c).isalnum() else ord(" ") if chr(c) in " _.+-" else 0
    for c in range(256)
)


class _Published(NamedTuple):
    """What each digest is, and the shapes of passwords of several words."""

    passwords: dict[str, str]
    keys: dict[str, str]
    shapes: tuple[bytes, ...]


@cache
def _published() -> _Published:
    text = files("generator").joinpath("data", "leaked.json").read_text(encoding="utf-8")
    data = json.loads(text)
    shapes = {tuple(entry["words"]) for entry in data["passwords"] if "words" in entry}
    return _Published(
        passwords={entry["sha256"]: entry["what"] for entry in data["passwords"]},
        keys={entry["sha256"]: entry["what"] for entry in data["keys"]},
        shapes=tuple(b" ".join(b"A" * length for length in words) for words in sorted(shapes)),
    )


def published_password(text: str) -> str:
    """Return what a password is known as, or nothing."""
    return _published().passwords.get(_digest(re.sub(r"[ _.+-]+", " ", text.strip().lower())), "")


def published_key(text: str) -> str:
    """Return what a key or a libp2p identity is known as, or nothing."""
    return _published().keys.get(_digest(text), "")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def find_published(text: str, lower: bytes) -> Iterator[Hit]:
    """Find passwords of several words anywhere, and identities whose key is published."""
    words = lower.translate(_SHAPE)
    for shape in _published().shapes:
        start = words.find(shape)
        while start >= 0:
            end = start + len(shape)
            whole = words[end : end + 1] != b"A" and (not start or words[start - 1] != ord("A"))
            if whole and (what := published_password(text[start:end])):
                digest = digest_of_secret(text[start:end])
                yield Hit(start, end, LeakKind.PUBLISHED, what, digest)
            start = words.find(shape, start + 1)
    start = lower.find(b"12d3koow")
    while start >= 0:
        match = IDENTITY.match(text, start)
        if match and (what := published_key(match[0])):
            digest = digest_of_secret(match[0])
            yield Hit(match.start(), match.end(), LeakKind.PUBLISHED_IDENTITY, what, digest)
        start = lower.find(b"12d3koow", start + 1)
