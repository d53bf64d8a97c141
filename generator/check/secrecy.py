"""Searching what people wrote, and what was built from it, for secrets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from generator.cache import Cache
from generator.check.facts.table import Row
from generator.check.facts.unit import Origins, Unit
from generator.check.leaks import Leak, find_leaks
from generator.check.places import Places
from generator.check.plain import LARGEST, read_plain
from generator.errors import InvalidInput
from generator.finding import Finding, Location

_INPUTS = "environments"

# With two states of a repository, most texts are searched twice.
_leaks = lru_cache(maxsize=4096)(find_leaks)
_CLEAN = hashlib.blake2b(b"clean texts", digest_size=20).hexdigest()

Search: TypeAlias = Callable[[str], Sequence[Leak]]
"""What finds the secrets in a text."""

# Of the digest of a secret: enough to tell two apart, little for who would guess it.
_SHORT = 6


def read_texts(root: Path, library: Mapping[str, str], extra: Sequence[Path]) -> dict[str, str]:
    """Return every file that people keep by its path below the root, whatever it is called.

    Links are left out: what they lead to is searched where it lies. So are pipes and devices.

    Raises:
        InvalidInput: for files that cannot be read, or are larger than can be searched.
    """
    texts = {f"overlays/{path}": text for path, text in library.items()}
    refused: list[Finding] = []
    for path in [*sorted((root / _INPUTS).rglob("*")), *extra]:
        if path.is_symlink() or not path.is_file():
            continue
        inside = path.is_relative_to(root)
        name = path.relative_to(root).as_posix() if inside else path.as_posix()
        content = read_plain(path.parent, path.name)
        if content is None:
            refused.append(_refusal(name))
        else:
            texts[name] = content.decode(errors="replace")
    if refused:
        raise InvalidInput(tuple(refused), root)
    return texts


class Searched:
    """Searches for secrets, and remembers the texts that hold none: they are most, in every run."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        known = cache.read_json(_CLEAN)
        self._known = frozenset(map(str, known if isinstance(known, list) else ()))
        self._seen: set[str] = set()

    def find(self, text: str) -> Sequence[Leak]:
        """Return the secrets in a text."""
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        leaks = () if digest in self._known or digest in self._seen else _leaks(text)
        if not leaks:
            self._seen.add(digest)
        return leaks

    def keep(self) -> None:
        """Keep what is known of the texts that were searched."""
        if not self._seen <= self._known:
            self._cache.write_json(_CLEAN, sorted(self._seen))


def _refusal(name: str) -> Finding:
    return Finding(
        rule="yaml/size",
        message=f'"{name}" cannot be read, or is larger than the {LARGEST // 2**20} MiB'
        " that are searched for secrets",
        at=Location(name),
        remediation="Keep what is no input elsewhere, and make all else readable.",
        subject=name,
    )


def search(
    texts: Mapping[str, str],
    units: Iterable[Unit],
    origins: Origins,
    places: Places,
    find: Search = find_leaks,
) -> tuple[list[Row], list[Row]]:
    """Return rows about everything that was searched, and about what was found.

    A secret that is found in a file is not told again of what was built from it.
    """
    searched: list[Row] = []
    leaks: list[Row] = []
    written: set[str] = set()
    for path, text in texts.items():
        searched.append({"text": path, "kind": "input", "at": places.number(Location(path))})
        for leak in find(f"{path}\n{text}"):
            # The name of the file stands in front, so that it is searched too.
            at = Location(path, max(1, leak.line - 1), leak.column if leak.line > 1 else 1)
            row = _row(path, leak.said, f"line {at.line}", at, places)
            leaks.append(row | {"digest": leak.digest[:_SHORT]})
            written.add(leak.digest)
    for unit in units:
        at = origins.of_object(unit, "")
        searched.append({"text": unit.path, "kind": "built", "at": places.number(at)})
        for seen in unit.seen["leaks"]:
            if seen["digest"] not in written:
                place = origins.of_object(unit, seen["object"])
                row = _row(unit.path, seen["kind"], seen["object"], place, places)
                named = unit.named(seen["object"])
                leaks.append(row | {"object": named, "digest": seen["digest"][:_SHORT]})
    return searched, leaks


def _row(text: str, kind: str, where: str, at: Location, places: Places) -> Row:
    return {
        "text": text,
        "kind": kind,
        "where": where,
        "object": "",
        "field": "",
        "at": places.number(at),
    }
