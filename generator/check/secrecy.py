"""Searching what people wrote, and what was built from it, for secrets."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from generator.cache import Cache
from generator.check.facts.table import Row
from generator.check.facts.unit import Origins, Unit
from generator.check.leaks import Leak, find_leaks
from generator.check.places import Places
from generator.check.plain import read_plain
from generator.finding import Finding, Location

_INPUTS = "environments"
# A fleet of 10,000 daemons takes one; what is written to keep the search busy takes long.
MOST = 8 * 2**20

# Characters that no text has, but whatever is packed.
_CONTROL = bytes({*range(32), 127} - set(b"\t\n\v\f\r\x1b"))
_TO_SPACES = dict.fromkeys(_CONTROL, " ")
# Letters without another byte between them: there are none in UTF-16.
_WORD = re.compile(r"[!-~]{6}")
# How begins what editors and file managers leave for a while beside the files of people, unpacked:
# two of vim (https://vimhelp.org/recover.txt.html), two of macOS.
_LEFTOVERS = (b"b0VIM", b"Vim\x9fUnDo\xe5", b"\x00\x00\x00\x01Bud1", b"\x00\x05\x16\x07")

# With two states of a repository, most texts are searched twice.
_leaks = lru_cache(maxsize=4096)(find_leaks)
_CLEAN = hashlib.blake2b(b"clean texts", digest_size=20).hexdigest()

Search: TypeAlias = Callable[[str], Sequence[Leak]]
"""What finds the secrets in a text."""

# Of the digest of a secret: enough to tell two apart, little for who would guess it.
_SHORT = 6


def read_texts(
    root: Path, library: Mapping[str, str], extra: Sequence[Path]
) -> tuple[dict[str, str], list[Finding]]:
    """Return every file that people keep by its path below the root, whatever it is called.

    Links are left out: what they lead to is searched where it lies. So are pipes and devices. The
    findings are about what cannot be searched: directories and files that cannot be read, files
    that are no text, and the largest of those that have more than MOST bytes together.
    """
    refused: list[Finding] = []
    sizes = _sizes([*sorted(_walk(root / _INPUTS, root, refused)), *extra], root, refused)
    large = _too_large(sizes)
    texts = {f"overlays/{path}": text for path, text in library.items()}
    for path in sizes:
        content = read_plain(path.parent, path.name)
        if content is None:
            size = str(sizes[path]).encode()
            refused.append(_refusal("yaml/file", "cannot be read", path, root, size))
            continue
        text = "" if path in large else decode_text(content)
        if path in large:
            what = f"is too large: with it, files have more than {MOST // 2**20} MiB together"
            refused.append(_refusal("yaml/size", what, path, root, content))
        elif _holds_control(text.encode()) and not content.startswith(_LEFTOVERS):
            refused.append(_refusal("yaml/encoding", "is packed, or no text", path, root, content))
        else:
            texts[_name(path, root)] = text
    return texts, refused


def _too_large(sizes: Mapping[Path, int]) -> set[Path]:
    """Return the largest files, without which the others have no more than MOST bytes."""
    left = sum(sizes.values())
    large: set[Path] = set()
    for path in sorted(sizes, key=lambda path: -sizes[path]):
        if left <= MOST:
            break
        left -= sizes[path]
        large.add(path)
    return large


def _walk(directory: Path, root: Path, refused: list[Finding]) -> Iterator[Path]:
    """Yield what is below a directory and is none itself; no link is followed."""

    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            refused.append(_refusal("yaml/file", "cannot be read", Path(error.filename), root))

    for parent, _, names in os.walk(directory, onerror=refuse):
        yield from (Path(parent, name) for name in names)


def _sizes(paths: Iterable[Path], root: Path, refused: list[Finding]) -> dict[Path, int]:
    """Return the sizes, in bytes, of those paths that are files."""
    sizes: dict[Path, int] = {}
    for path in paths:
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        except OSError:  # of a directory that may be listed and no more
            refused.append(_refusal("yaml/file", "cannot be read", path, root))
            continue
        if stat.S_ISREG(status.st_mode):
            sizes[path] = status.st_size
    return sizes


def decode_text(content: bytes) -> str:
    """Return what a file says in UTF-8 or UTF-16; in both where it may be either."""
    narrow = text = content.decode(errors="replace")
    if _holds_control(content):
        for at, wide in enumerate(("utf-16-be", "utf-16-le")):
            # Of a letter of ASCII one byte is 0, and secrets are made of these.
            if content[at::2].count(0) > len(content) // 4:
                text = content.decode(wide, errors="replace")
    if text is not narrow and _WORD.search(narrow):
        text = f"{text}\n{narrow.translate(_TO_SPACES)}"
    return text.removeprefix("\ufeff")


def _holds_control(content: bytes) -> bool:
    return len(content.translate(None, _CONTROL)) < len(content)


def _name(path: Path, root: Path) -> str:
    with suppress(ValueError):
        return path.relative_to(root).as_posix()
    return path.as_posix()


def _refusal(rule: str, what: str, path: Path, root: Path, content: bytes = b"") -> Finding:
    name = _name(path, root)
    # Another content is another thing that nobody has looked at.
    digest = f" {hashlib.sha256(content).hexdigest()[:12]}" if content else ""
    return Finding(
        rule=rule,
        message=f'"{name}" {what}, and cannot be searched for secrets',
        at=Location(name),
        remediation="Keep what is no input elsewhere, and make all else readable text.",
        subject=f"{name}{digest}",
    )


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
