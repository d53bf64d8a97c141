"""Small mistakes put into rules, one at a time, to see whether the rule's tests notice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from queue import SimpleQueue

from tests.policies.opa import DIRECTORY, RULE, TEST, opa
from tests.policies.rego import Token, bodies, tokens
from tests.policies.synthetic import tables

WORKERS = 2

_OTHER_SIGNS: dict[str, tuple[str, ...]] = {
    "==": ("!=",),
    "!=": ("==",),
    "<": ("<=", ">"),
    "<=": ("<", ">"),
    ">": (">=", "<"),
    ">=": (">", "<"),
    "+": ("-",),
    "-": ("+",),
    "*": ("+",),
    "/": ("*",),
    "%": ("/",),
    "&": ("|",),
    "|": ("&",),
}
_OTHER_NAMES = {
    "true": "false",
    "false": "true",
    "min": "max",
    "max": "min",
    "sum": "count",
    "startswith": "endswith",
    "endswith": "startswith",
    "every": "some",
}
_TEXT_OF_FINDING = ('"message":', '"remediation":')


class Fate(Enum):
    """What became of a mutant."""

    KILLED = "a test failed"
    SURVIVED = "all tests passed"
    INVALID = "does not compile"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule with one mistake in it: the changed line before and after, and the whole text."""

    rule: str
    line: int
    before: str
    after: str
    text: str

    @property
    def name(self) -> tuple[str, str, str]:
        """What tells it from others, wherever in the file the line has moved."""
        return (self.rule, self.before, self.after)

    def __str__(self) -> str:
        return f"{self.rule}:{self.line}: {self.before}  =>  {self.after}"


def mutants(rule: str, text: str) -> list[Mutant]:
    """Return all mutants of a rule, without those that are equal."""
    made: dict[str, Mutant] = {}
    for start, end, instead in _changes(text):
        changed = text[:start] + instead + text[end:]
        head = text.rfind("\n", 0, start) + 1
        tail = text.find("\n", end)
        before = " ".join(text[head:tail].split())
        after = " ".join(changed[head : tail + len(changed) - len(text)].split())
        if before != after and not before.startswith(_TEXT_OF_FINDING):
            line = text.count("\n", 0, start) + 1
            made.setdefault(changed, Mutant(rule, line, before, after, changed))
    return list(made.values())


def _changes(text: str) -> Iterator[tuple[int, int, str]]:
    found = [token for token in tokens(text) if token.start >= text.index("\npackage ")]
    found = found[next(i for i, token in enumerate(found) if token.text == "package") :]
    found = found[next(i for i, token in enumerate(found) if token.kind == "newline") :]
    columns = _columns(found)
    for before, token, after in zip(found, found[1:], found[2:], strict=False):
        # In `count([1 | ...])` any number does.
        if (before.text, after.text) != ("[", "|"):
            for instead in _instead(before, token, columns):
                yield token.start, token.end, instead
        if token.text == "not":
            yield token.start, token.end, ""
    for body in bodies(found):
        yield from _dropped(text, body)


def _instead(before: Token, token: Token, columns: list[str]) -> Iterator[str]:
    if token.kind == "sign":
        yield from _OTHER_SIGNS.get(token.text, ())
    elif token.kind == "number" and "." not in token.text:
        yield str(int(token.text) + 1)
        yield str(int(token.text) - 1)
    elif token.kind == "name" and before.text != ".":
        yield from filter(None, [_OTHER_NAMES.get(token.text)])
    elif token.text in columns and len(columns) > 1:
        yield columns[(columns.index(token.text) + 1) % len(columns)]


def _columns(found: list[Token]) -> list[str]:
    """Return the columns that a rule reads, of whatever table."""
    known = {column for schemas in tables().values() for column in schemas}
    return sorted(
        {
            token.text
            for before, token, after in zip(found, found[1:], found[2:], strict=False)
            if before.text == "." and token.text in known and after.text != "("
        }
    )


def _dropped(text: str, body: list[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """Leave out each conjunct, negate it, and leave out all that filter."""
    filters = [
        (start, end)
        for start, end in body
        if not text.startswith("some ", start) and ":=" not in text[start:end]
    ]
    for start, end in body:
        yield start, end, "true"
    for start, end in filters:
        if not text.startswith(("not ", "every "), start):
            yield start, end, f"not {text[start:end]}"
    if len(filters) > 1:
        first, last = filters[0][0], filters[-1][1]
        kept = [text[s:e] for s, e in body if first < s < last and (s, e) not in filters]
        yield first, last, "; ".join([*kept, "true"])


def judge(found: list[Mutant], directory: Path) -> dict[Mutant, Fate]:
    """Run each mutant against the tests of its rule, in directories of their own."""
    rooms: SimpleQueue[Path] = SimpleQueue()
    for number in range(WORKERS):
        room = directory / f"room-{number}"
        for part in ("lib", "settings"):
            shutil.copytree(DIRECTORY / part, room / part)
        for path in room.rglob("*_test.rego"):
            path.unlink()
        rooms.put(room)

    def run(mutant: Mutant) -> Fate:
        room = rooms.get()
        try:
            return _run(mutant, room)
        finally:
            rooms.put(room)

    with ThreadPoolExecutor(WORKERS) as pool:
        return dict(zip(found, pool.map(run, found), strict=True))


def _run(mutant: Mutant, room: Path) -> Fate:
    place = room / mutant.rule
    place.mkdir(parents=True, exist_ok=True)
    (place / RULE).write_text(mutant.text, "utf-8")
    shutil.copyfile(DIRECTORY / mutant.rule / TEST, place / TEST)
    try:
        done = opa("test", "--bundle", room, "--fail-on-empty", "--format", "json")
    finally:
        shutil.rmtree(place)
    if done.returncode == 0:
        return Fate.SURVIVED
    return Fate.INVALID if "error" in done.stderr or not done.stdout.strip() else Fate.KILLED
