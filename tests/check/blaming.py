"""Built objects of the real overlays library, and what is blamed for their fields."""

from __future__ import annotations

from functools import cache

from generator.check.blame import LibrarySource
from generator.check.selection import Built
from tests.synthetic import REPOSITORY

POD = "spec.template.spec"
PRODUCER = Built(
    kind="StatefulSet", name="whale-1", labels={"testnet/role": "block-producer", "x": "1"}
)
SEED = Built(kind="StatefulSet", name="seed-1", labels={"testnet/role": "seed"})
ARCHIVE = Built(kind="StatefulSet", name="archive-1", labels={"testnet/role": "archive"})
POSTGRES = Built(
    kind="StatefulSet", name="archive-1-db", labels={"testnet/role": "archive-postgres"}
)
SERVICE = Built(kind="StatefulSet", name="pay", labels={"testnet/role": "service"})
HOST_PORT = Built(kind="Service", name="whale-1", labels={"testnet/address": "host-port"})
KEY = Built(kind="ExternalSecret", name="whale-1-key", labels={"testnet/role": "block-producer"})

PARTS = {
    PRODUCER.name: ("daemon", "block-producer", "address-host-port"),
    SEED.name: ("daemon", "seed", "libp2p-key"),
    ARCHIVE.name: ("daemon", "archive"),
    POSTGRES.name: ("daemon", "archive"),
    SERVICE.name: ("service", "service-payments"),
    KEY.name: ("daemon", "block-producer"),
}


@cache
def texts() -> dict[str, str]:
    """Return the library of this repository."""
    files = sorted((REPOSITORY / "overlays").rglob("*"))
    return {
        path.relative_to(REPOSITORY).as_posix(): path.read_text("utf-8")
        for path in files
        if path.suffix in {".yaml", ".sh", ".py"}
    }


def parts_of(built: Built) -> list[str]:
    return [f"components/{name}" for name in PARTS[built.name]]


def blamed(built: Built, wanted: str, changed: dict[str, str] | None = None) -> tuple[str, str]:
    """Return the file below the components, and the text at the place, or nothing."""
    library = texts() | {f"overlays/components/{p}": t for p, t in (changed or {}).items()}
    at = LibrarySource(library).place(parts_of(built), built, wanted)
    if at is None:
        return "", ""
    line = library[at.path].split("\n")[at.line - 1]
    return at.path.removeprefix("overlays/components/"), line[at.column - 1 :]
