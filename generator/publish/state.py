"""What is published at the head of the environments branch, read and held against itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.errors import UsageError
from generator.plan import Allocations, DaemonAllocation, Phase
from generator.publickey import InvalidKey, decode_public_key
from generator.published import read_allocations
from generator.register import Lineage, Place, Record, State, Waiting
from generator.register.file import DIRECTORY, parse_record

_FILE = re.compile(r"[1-9A-HJ-NP-Za-km-z]+\.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The published tree at one commit: what was decided, and who holds each key.

    `records` are by the identity of the key, so that two texts of one key have one record.
    """

    tree: Path
    allocations: Allocations
    records: Mapping[bytes, Record]
    lineage: Lineage

    @property
    def head(self) -> str:
        """The commit that all of it is of, empty before the first one."""
        return self.lineage.head

    def overlay(self, record: Record) -> str:
        """Return the overlay that holds a record's place."""
        daemon = self.allocations.nets[record.net].daemons[record.place.name]
        return overlay_name(daemon)

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """The keys that are draining, in order of their text."""
        return tuple(
            Waiting(record=record, kustomization=f"{record.net}-{self.overlay(record)}")
            for record in sorted(self.records.values(), key=lambda record: record.key)
            if record.state is State.DRAINING
        )


def overlay_name(daemon: DaemonAllocation) -> str:
    """Return the name of the overlay that a daemon was published in."""
    return f"{daemon.phase}-{daemon.overlay}"


def key_identity(text: str) -> bytes:
    """Return what makes two texts the same key.

    Raises:
        UsageError: for a text that is no public key.
    """
    try:
        return decode_public_key(text).identity
    except InvalidKey as error:
        message = f'"{text[:80]}" in the published tree is no public key'
        raise UsageError(message) from error


def read_published(tree: Path, lineage: Lineage) -> Published:
    """Read what is published in a work tree whose head is that of `lineage`.

    Raises:
        UsageError: when a lock or a file of the register is not as this program writes it, or
            they do not agree about who holds a key.
    """
    allocations = read_allocations(tree)
    records = read_register(tree)
    published = Published(tree=tree, allocations=allocations, records=records, lineage=lineage)
    _compare(published)
    return published


def read_register(tree: Path) -> Mapping[bytes, Record]:
    """Read all files of the register.

    Raises:
        UsageError: for one that is not as this program writes it.
    """
    records: dict[bytes, Record] = {}
    for folder in sorted((tree / DIRECTORY).glob("*")):
        for file in sorted(folder.iterdir()) if folder.is_dir() else [folder]:
            path = file.relative_to(tree).as_posix()
            if not _FILE.fullmatch(file.name) or not file.is_file():
                message = f"{path}: no file of the key register; remove it from the branch"
                raise UsageError(message)
            record = parse_record(file.read_text("utf-8", errors="replace"), path)
            first = records.setdefault(key_identity(record.key), record)
            if first is not record:
                message = f"{path}: {first.key} is the same key; restore it from the history"
                raise UsageError(message)
    return records


def _compare(published: Published) -> None:
    """Refuse a tree whose locks and register disagree: no step from there is known to be safe."""
    said = {key_identity(text): found for text, found in _assigned(published.allocations)}
    for identity in sorted(said.keys() | published.records.keys()):
        record = published.records.get(identity)
        held = (record.place, record.drain.id if record.drain else "") if record else None
        if record and record.state is State.FREE:
            held = None
        if held != said.get(identity):
            key = (
                record.key
                if record
                else next(
                    text
                    for text, _ in _assigned(published.allocations)
                    if key_identity(text) == identity
                )
            )
            message = (
                f"the locks and the key register of the published tree disagree about {key}:"
                f" {_told(said.get(identity))} by the locks, {_told(held)} by the register."
                " Nothing was published; `testnet keys audit` tells since which commit"
            )
            raise UsageError(message)


def _told(found: tuple[Place, str] | None) -> str:
    if found is None:
        return "nowhere"
    place, drain = found
    return f"draining at {place}" if drain else f"at {place}"


def _assigned(allocations: Allocations) -> Iterator[tuple[str, tuple[Place, str]]]:
    """Yield each key that a lock names, with its place, and its drain where there is one."""
    for name, net in allocations.nets.items():
        for daemon, allocation in net.daemons.items():
            if allocation.phase != Phase.PRODUCERS:
                continue
            key = net.keys.get(daemon)
            if key is None:
                message = (
                    f'the lock of "{name}" on {allocation.cluster} does not say which key'
                    f' "{daemon}" has: it was not written by `testnet publish`. Publish to a new'
                    " branch"
                )
                raise UsageError(message)
            yield (
                key,
                (Place(allocation.cluster, f"net-{name}", daemon), net.drains.get(daemon, "")),
            )
