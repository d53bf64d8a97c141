"""What of the overlays library caused what is wrong with a built object."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from generator.check.blame import LibrarySource
from generator.check.facts.unit import Unit
from generator.check.selection import Built
from generator.finding import Location
from generator.library import Library
from generator.source import Sequence as Entries
from generator.source import parse_document

OVERLAYS = "overlays"


class Causes:
    """The library's places that built objects follow from; looked up only for what is wrong.

    A net that is pinned to another version has none: that version is nobody's to edit.
    """

    def __init__(self, library: Library, units: Sequence[Unit]) -> None:
        self._version = library.version
        self._files = {f"{OVERLAYS}/{path}": text for path, text in library.files.items()}
        self._source = LibrarySource(self._files)
        self._units = units
        self._owners: dict[str, tuple[Unit, str]] = {}

    def __call__(self, name: str, field: str) -> Location | None:
        """Return the place that set a field of an object, None where the plan did."""
        if not self._owners:
            for unit in self._units:
                self._owners.update((unit.named(n), (unit, n)) for n in unit.seen["objects"])
        if name not in self._owners:
            return None
        unit, own = self._owners[name]
        if unit.version != self._version:
            return None
        _, kind, short = own.split("/")
        built = Built(kind=kind, name=short, labels=unit.seen["labels"].get(own, {}))
        return self._source.place(unit.parts, built, field)

    def patch_places(self) -> Iterable[tuple[tuple[str, int], Location]]:
        """Yield where each patch of the library is written, by file and index."""
        for path, text in self._files.items():
            if path.endswith("/kustomization.yaml"):
                document, _ = parse_document(path, text.encode())
                patches = document.get("patches") if document else None
                if isinstance(patches, Entries):
                    file = path.removeprefix(f"{OVERLAYS}/")
                    for index in range(len(patches)):
                        yield (file, index), patches.item_at(index)
