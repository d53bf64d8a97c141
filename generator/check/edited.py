"""What is published otherwise than it was published: the locks and the names of libraries tell."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from generator.finding import Finding, Location, Related
from generator.library import VERSION, Library, is_part, version_of
from generator.lock import LOCK, digest_files
from generator.render import site_of

_WHY = "Flux applies it, and nobody has judged what was written there by hand."
_AGAIN = (
    "Run `testnet generate` again, or restore the files from the history of the published tree."
)
_RESTORE = "Restore the directory from the history of the published tree, or remove it if unused."
_FILES = re.compile(rb"^files:.*$", re.MULTILINE)
_LIBRARY = re.compile(rf"(overlays/{VERSION.pattern})/(.+)")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Edited:
    """What was edited: a finding, the directory that it is about, and the files there."""

    finding: Finding
    directory: str
    files: tuple[str, ...]


def find_edited(
    files: Mapping[str, bytes],
    known: Mapping[str, str],
    libraries: Iterable[Library],
    judged: Collection[str],
) -> Iterator[Edited]:
    """Yield the nets and libraries of a tree that are not as they were published.

    `files` are those that lie there, in the directories `judged` just as some library has them;
    `known` is what was just rendered, and `libraries` are some that there are: neither decides
    what is edited, but both help to show where.
    """
    sites: dict[str, dict[str, bytes]] = {}
    shelves: dict[str, dict[str, bytes]] = {}
    for path, data in files.items():
        if directory := net_home(path):
            sites.setdefault(directory, {})[path] = data
        elif match := _LIBRARY.fullmatch(path):
            shelves.setdefault(match[1], {})[match[2]] = data
    for directory, lying in sites.items():
        yield from _edited_net(directory, lying, known)
    texts = {library.directory: library.files for library in libraries}
    for directory in sorted(shelves.keys() - set(judged)):
        lying = shelves[directory]
        yield from _edited_library(directory, lying, texts.get(directory, {}))


def net_home(path: str) -> str:
    """Return the directory of the net that a file belongs to, empty for what all nets share."""
    site = site_of(path)
    return f"clusters/{site[1]}/nets/{site[0]}" if site else ""


def _edited_net(
    directory: str, lying: Mapping[str, bytes], known: Mapping[str, str]
) -> Iterator[Edited]:
    """Hold a net's files on a cluster against the digest that its lock has of them."""
    lock = lying.get(f"{directory}/{LOCK}", b"")
    said = list(_FILES.finditer(lock))
    files = {path: data for path, data in lying.items() if path != f"{directory}/{LOCK}"}
    # A lock that is not as it was written, to the letter, says nothing of them.
    proof = f"files: sha256:{digest_files(files)}".encode()
    if [line[0] for line in said] == [proof]:
        return
    line = lock.count(b"\n", 0, said[0].start()) + 1 if said else 1
    _, cluster, _, net = directory.split("/")
    finding = Finding(
        rule="kustomize/edited",
        message=f'the files of net "{net}" on cluster "{cluster}" are not those that were'
        " published with this lock",
        at=Location(f"{directory}/{LOCK}", line),
        remediation=_AGAIN,
        why=_WHY,
        subject=f"{cluster}/{net}",
        related=_differing("", files, known),
    )
    yield Edited(finding, directory, tuple(lying))


def _edited_library(
    directory: str, lying: Mapping[str, bytes], texts: Mapping[str, str]
) -> Iterator[Edited]:
    """Hold a library against its name; `texts` are its files as they should be, where known."""
    version = directory.rpartition("/")[2]
    parts = {name: data for name, data in lying.items() if is_part(name)}
    if len(parts) == len(lying) and version_of(parts) == version:
        return
    finding = Finding(
        rule="kustomize/edited",
        message=f'version "{version}" of the overlays library is not what its name says',
        at=Location(directory),
        remediation=_AGAIN if texts else _RESTORE,
        why=_WHY,
        subject=directory,
        related=_differing(f"{directory}/", lying, texts) if texts else (),
    )
    yield Edited(finding, directory, tuple(f"{directory}/{name}" for name in lying))


def _differing(
    base: str, lying: Mapping[str, bytes], known: Mapping[str, str]
) -> tuple[Related, ...]:
    """Return the first places where files are not as they would be published now."""
    changed = (
        (name, data, known[name].encode())
        for name, data in sorted(lying.items())
        if name in known and known[name].encode() != data
    )
    return tuple(
        Related(
            at=Location(f"{base}{name}", _first_line(data, wanted)),
            message="this is not as it would be published now",
        )
        for name, data, wanted in islice(changed, _SHOWN)
    )


def _first_line(data: bytes, wanted: bytes) -> int:
    """Return the first line of `data` that is another one than in what was wanted."""
    pairs = zip(data.split(b"\n"), wanted.split(b"\n"), strict=False)
    same = (number for number, (one, other) in enumerate(pairs, start=1) if one != other)
    return next(same, 1)
