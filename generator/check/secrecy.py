"""Searching what people wrote, and what was built from it, for secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from generator.check.facts.table import Row
from generator.check.facts.unit import Origins, Unit
from generator.check.leaks import find_leaks
from generator.check.places import Places
from generator.finding import Location

_INPUTS = "environments"
# Anything that people keep beside testnets and that is larger is no text that they wrote.
LARGEST = 4 * 2**20


def read_texts(root: Path, library: Mapping[str, str], extra: Sequence[Path]) -> dict[str, str]:
    """Return every file that people keep by its path below the root, whatever it is called.

    Links are left out: what they lead to is searched where it lies.
    """
    texts = {f"overlays/{path}": text for path, text in library.items()}
    for path in [*sorted((root / _INPUTS).rglob("*")), *extra]:
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST:
            inside = path.is_relative_to(root)
            name = path.relative_to(root).as_posix() if inside else path.as_posix()
            texts[name] = path.read_text("utf-8", errors="replace")
    return texts


def search(
    texts: Mapping[str, str], units: Iterable[Unit], origins: Origins, places: Places
) -> tuple[list[Row], list[Row]]:
    """Return rows about everything that was searched, and about what was found.

    What is found in a file is not told again of what was built from it.
    """
    searched: list[Row] = []
    leaks: list[Row] = []
    for path, text in texts.items():
        searched.append({"text": path, "kind": "input", "at": places.number(Location(path))})
        for leak in find_leaks(f"{path}\n{text}"):
            # The name of the file stands in front, so that it is searched too.
            at = Location(path, max(1, leak.line - 1), leak.column if leak.line > 1 else 1)
            leaks.append(_row(path, leak.kind, f"line {at.line}", at, places))
    written = {leak["kind"] for leak in leaks}
    for unit in units:
        at = origins.of_object(unit, "")
        searched.append({"text": unit.path, "kind": "built", "at": places.number(at)})
        for seen in unit.seen["leaks"]:
            if seen["kind"] not in written:
                place = origins.of_object(unit, seen["object"])
                row = _row(unit.path, seen["kind"], seen["object"], place, places)
                leaks.append(row | {"object": unit.named(seen["object"])})
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
