"""The scanner for secrets: what a text holds that belongs in a secret manager.

It reads what people wrote and what was rendered or built, also inside Base64, twice over. All it
does is linear in the length of the text, and nothing that it returns repeats a secret.
"""

from __future__ import annotations

import base64
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, islice

from generator.check import leak, passwords
from generator.check.anchors import Anchors
from generator.check.leak import (
    Hit,
    LeakKind,
    digest_of_secret,
    find_shapes,
    holds_private_key,
)
from generator.check.passwords import find_passwords
from generator.check.published_secrets import find_published, published_key, published_password
from generator.publickey import KeyFormat

MAX_LEAKS = 100
MAX_DEPTH = 2

_PIECE, _OVERLAP = 4 * 2**20, 2**16
_MAX_HITS = 1000  # of one finder in one text: what has more is refused for those

_SHOWN = 4
_SHORTEST_RUN = 40
_RUN = b"A" * _SHORTEST_RUN
# What Base64 is written in as A, so that a long run of it can be looked for.
_TO_RUN = bytes(
    ord("A") if chr(c).isascii() and (chr(c).isalnum() or chr(c) in "+/-_") else ord(".")
    for c in range(256)
)
_TO_STANDARD = str.maketrans("-_", "+/")
_GROUP = 4  # letters of Base64, which are three bytes
_NEXT_LINE = re.compile(r"[ \t\r]*\n[ \t]*([A-Za-z0-9+/]+)(?![^\s=\"'])")
_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]{60,}")
_PUBLIC = tuple(KeyFormat)
_LONGEST_PUBLIC = 144
_LONGEST_PASSWORD = 300  # of those that passwords.py finds too
_INNER_ANCHORS = (*(anchor for anchor, _ in leak.ANCHORS), *passwords.ANCHORS)
_KNOWN = Anchors(_INNER_ANCHORS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A secret in a text: its kind, its place, and how often it is wrapped in Base64.

    `start` is the part of it that tells its kind, four characters at most, and empty for
    passwords; `what` says where the same secret was published. `digest` is the same wherever the
    same secret stands, and is for telling whether it does: it is not shown.
    """

    kind: LeakKind
    line: int
    column: int
    start: str = ""
    depth: int = 0
    what: str = ""
    digest: str = field(default="", compare=False, repr=False)

    @property
    def said(self) -> str:
        """What it is, in words; of a published secret, which one."""
        return f"{self.kind}, {self.what}" if self.what else str(self.kind)


@dataclass(frozen=True, slots=True)
class _Found:
    """A hit at its place in the whole text."""

    start: int
    end: int
    depth: int
    kind: LeakKind
    what: str
    digest: str


def find_leaks(text: str) -> tuple[Leak, ...]:
    """Return the secrets in a text in order of place, 100 at most."""
    found = sorted(_scan_pieces(text), key=_order)
    leaks: list[Leak] = []
    line, start, position = 1, 0, 0
    for entry in _outermost(found):
        line += text.count("\n", position, entry.start)
        start = max(start, text.rfind("\n", position, entry.start) + 1)
        position = entry.start
        shown = text[entry.start : entry.start + _SHOWN] if _may_show(entry) else ""
        leaks.append(
            Leak(
                kind=entry.kind,
                line=line,
                column=entry.start - start + 1,
                start=shown,
                depth=entry.depth,
                what=entry.what,
                digest=entry.digest,
            )
        )
        if len(leaks) == MAX_LEAKS:
            break
    return tuple(leaks)


def _order(entry: _Found) -> tuple[int, bool, int, int, str]:
    """Order by place; of what begins at one place, what is known by name goes first."""
    return (entry.start, not entry.what, -entry.end, entry.depth, entry.kind)


def _may_show(entry: _Found) -> bool:
    """Only what a format prescribes is shown, never what somebody chose."""
    telling = {LeakKind.PRIVATE_KEY, LeakKind.AWS_KEY, LeakKind.GITHUB_TOKEN, LeakKind.PEM}
    return entry.kind in telling and not entry.depth


def _outermost(found: Iterable[_Found]) -> Iterator[_Found]:
    """Leave out what lies within another find, or begins where it does."""
    end = 0
    for entry in found:
        if entry.start >= end:
            yield entry
            end = entry.end


def _scan_pieces(text: str) -> set[_Found]:
    """Find secrets in a text of any length; no piece takes more memory than another.

    Pieces overlap by more than any secret is long.
    """
    found: set[_Found] = set()
    for start in range(0, max(1, len(text) - _OVERLAP), _PIECE - _OVERLAP):
        piece = text[start : start + _PIECE]
        found |= {
            replace(entry, start=entry.start + start, end=entry.end + start) if start else entry
            for entry in _scan(piece, 0)
        }
    return found


def _scan(text: str, depth: int) -> Iterator[_Found]:
    """Find secrets in a text; those inside Base64 have the place of what wraps them."""
    data = text.encode("latin-1", "replace")  # one byte for each character
    lower = data.lower()
    # What is inside Base64 is met once.
    held = [word for word in _INNER_ANCHORS if word in lower] if depth else _KNOWN.within(lower)
    for find in (find_shapes, find_passwords):
        yield from (_named(text, hit, depth) for hit in islice(find(text, lower, held), _MAX_HITS))
    for hit in islice(find_published(text, lower), _MAX_HITS):
        yield _Found(hit.start, hit.end, depth, hit.kind, hit.what, hit.digest)
    places: dict[str, tuple[int, int]] = {}
    for start, end, run in _runs(text, data):
        if run not in places:
            places[run] = start, end
            yield from _judge_run(start, end, run, depth)
    if depth < MAX_DEPTH:
        yield from _scan_inside(places, depth + 1)


def _named(text: str, hit: Hit, depth: int) -> _Found:
    """Give a hit the name under which it was published, if it was."""
    secret = text[hit.start : hit.end]
    if hit.kind is LeakKind.PASSWORD:
        what = published_password(secret)
    else:
        what = published_key(secret) or published_key(f"{secret}=")
    kind = LeakKind.PUBLISHED if what else hit.kind
    return _Found(hit.start, hit.end, depth, kind, what, hit.digest)


def _runs(text: str, data: bytes) -> Iterator[tuple[int, int, str]]:
    """Find runs of Base64 with their places; lines of one length are also read as one."""
    shape = data.translate(_TO_RUN)
    start, joined = shape.find(_RUN), 0
    while start >= 0:
        end = _end_of_run(shape, start)
        run = text[start:end]
        if start >= joined and not _is_one_case(run):
            whole, joined = _join(text, end, run)
            yield start, max(end, joined), whole
        start = shape.find(_RUN, end)


def _end_of_run(shape: bytes, start: int) -> int:
    """Return where the run of A ends that begins at `start`."""
    end = shape.find(b".", start)
    return len(shape) if end < 0 else end


def _is_one_case(run: str) -> bool:
    """Say whether a run is a digest, a path or a name: Base64 has letters of both cases."""
    return run.islower() or run.isupper() or run.isdigit()


def _join(text: str, end: int, run: str) -> tuple[str, int]:
    """Return a run with the lines that continue it, and where the last of them ends."""
    if len(run) % 4:
        return run, end
    lines = [run]
    while (match := _NEXT_LINE.match(text, end)) and len(match[1]) <= len(run):
        lines.append(match[1])
        end = match.end()
        if len(match[1]) < len(run):
            break
    return "".join(lines), end


def _judge_run(start: int, end: int, run: str, depth: int) -> Iterator[_Found]:
    for match in _BASE58.finditer(run):
        # Keys of 2019 are longer than today's; their first letters depend on their length.
        if not match[0].startswith(_PUBLIC) and holds_private_key(match[0]):
            digest = digest_of_secret(match[0])
            yield _Found(start, end, depth, LeakKind.PRIVATE_KEY, "", digest)
    if len(run) <= _LONGEST_PASSWORD and (what := published_password(run)):
        yield _Found(start, end, depth, LeakKind.PUBLISHED, what, digest_of_secret(run))


def _scan_inside(places: Mapping[str, tuple[int, int]], depth: int) -> Iterator[_Found]:
    """Find secrets in what runs of Base64 hold; they have the places of the runs."""
    runs = [run for run in places if len(run) > _LONGEST_PUBLIC or not run.startswith(_PUBLIC)]
    plain = [run.translate(_TO_STANDARD) for run in runs]
    for offset in range(_GROUP):
        for number in _telling([run[offset:] for run in plain]):
            inner = _decode(plain[number][offset:]).decode("latin-1")
            start, end = places[runs[number]]
            for entry in _scan(inner, depth):
                yield replace(entry, start=start, end=end)


def _telling(runs: Sequence[str]) -> list[int]:
    """Return quickly the numbers of the runs in which there can be anything.

    All are decoded as one text: each by itself takes five times as long. What is missing of a
    group is filled up, and another one keeps runs apart.
    """
    filled = [run + "A" * (_GROUP - len(run) % _GROUP + _GROUP) for run in runs]
    ends = list(accumulate(len(run) // _GROUP * 3 for run in filled))
    lower = base64.b64decode("".join(filled)).lower()
    signs = [(lower, word) for word in _INNER_ANCHORS]
    found: set[int] = set()
    for text, sign in [*signs, (lower.translate(_TO_RUN), _RUN)]:
        start = text.find(sign) if len(found) < len(runs) else -1
        while start >= 0:
            number = bisect_right(ends, start)
            found.add(number)
            start = text.find(sign, ends[number])
    return sorted(found)


def _decode(run: str) -> bytes:
    if len(run) % _GROUP == 1:  # no bytes end so
        run = run[:-1]
    return base64.b64decode(run + "=" * (-len(run) % _GROUP))
