"""The published tree as it lies there: nobody but the generator may have written in it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from generator.check.plain import read_plain
from generator.finding import Finding, Location
from generator.kustomization import check_kustomizations
from generator.library import Library
from generator.render import site_of

_TOP = ("clusters", "overlays")


class Guard:
    """Looks at a published tree, once for all states of the repository that are judged.

    Places are relative to `home` where the tree is below it.
    """

    def __init__(self, tree: Path, home: Path) -> None:
        self._tree = tree
        self._prefix = tree.relative_to(home) if tree.is_relative_to(home) else tree
        self._found: list[Finding] | None = None
        self._digests: dict[frozenset[str] | None, Mapping[str, str]] = {}

    def digests(self, nets: Collection[str] | None = None) -> Mapping[str, str]:
        """Return a digest of the files of each net, and under "" of what all nets share.

        With `nets`, of those of these names.
        """
        key = None if nets is None else frozenset(nets)
        if key not in self._digests:
            self._digests[key] = _digests(_read(self._tree, nets), nets or ())
        return self._digests[key]

    def findings(
        self,
        known: Mapping[str, str],
        nets: Collection[str] | None = None,
        refused: Iterable[Finding] = (),
        libraries: Iterable[Library] = (),
    ) -> list[Finding]:
        """Return what no generator wrote: edits, links, files beside the others.

        `known` is what has just been rendered, by path; with `nets`, of the files of nets those
        of these names alone are looked at. `refused` is what could not be built of the tree,
        which is told where nothing else tells what is wrong with the file. `libraries` are some
        that were judged when they were read.
        """
        if self._found is None:
            lying = _read(self._tree, nets)
            key = None if nets is None else frozenset(nets)
            self._digests[key] = _digests(lying, nets or ())
            self._found = _look(lying, known, libraries)
        told = {finding.at.path for finding in self._found}
        found = [*self._found, *(f for f in refused if f.at.path not in told)]
        return [
            replace(f, at=replace(f.at, path=(self._prefix / f.at.path).as_posix())) for f in found
        ]


@dataclass(frozen=True, slots=True)
class _Lying:
    """What lies in a tree: files, links, and what is neither, by path."""

    files: Mapping[str, bytes]
    links: Sequence[str]
    hidden: Sequence[str]


def _read(tree: Path, nets: Collection[str] | None) -> _Lying:
    files: dict[str, bytes] = {}
    links: list[str] = []
    hidden: list[str] = []
    for name in _walk(tree, None if nets is None else {"", *nets}):
        if (tree / name).is_symlink():
            links.append(name)
        else:
            content = read_plain(tree, name)
            files[name] = content or b""
            hidden += [name] if content is None else []
    return _Lying(files, links, hidden)


def _look(lying: _Lying, known: Mapping[str, str], libraries: Iterable[Library]) -> list[Finding]:
    changed = _without_rendered(lying.files, known)
    found = [_no_file(name) for name in lying.hidden]
    judged = [library.directory for library in libraries if _lies(library, lying.files)]
    return [
        *found,
        *check_kustomizations(changed, links=lying.links, generated=True, judged=judged),
    ]


def _lies(library: Library, files: Mapping[str, bytes]) -> bool:
    """Say whether a library is in a tree file by file, and nothing beside it."""
    texts = library.published()
    mine = {name: data for name, data in files.items() if name.startswith(f"{library.directory}/")}
    return mine == {name: text.encode() for name, text in texts.items()}


def _digests(lying: _Lying, nets: Iterable[str]) -> dict[str, str]:
    digests = {net: hashlib.blake2b(digest_size=20) for net in ("", *nets)}
    entries = [(name, len(content), content) for name, content in lying.files.items()]
    entries += [(name, -1, b"") for name in lying.links]
    entries += [(name, -2, b"") for name in lying.hidden]
    for name, length, content in entries:
        digest = digests.setdefault(_net_of(name), hashlib.blake2b(digest_size=20))
        digest.update(os.fsencode(f"{name}\0{length}\0") + content)
    return {net: digest.hexdigest() for net, digest in digests.items()}


def _without_rendered(files: Mapping[str, bytes], known: Mapping[str, str]) -> dict[str, bytes]:
    """Leave out the directories of clusters in which every file is as it was just rendered."""
    other = {
        name.rpartition("/")[0]
        for name, content in files.items()
        if name not in known or known[name].encode() != content
    }
    return {
        name: content
        for name, content in files.items()
        if name.startswith("overlays/") or name.rpartition("/")[0] in other
    }


def _walk(tree: Path, nets: Collection[str] | None) -> list[str]:
    """Return every file and link of the tree, whatever it is called; links are not followed."""
    found: list[str] = []
    base = tree.as_posix()
    for top in _TOP:
        if (tree / top).is_symlink():
            found.append(top)
            continue
        for folder, directories, names in os.walk(f"{base}/{top}"):
            here = folder[len(base) + 1 :]
            if nets is not None:
                directories[:] = [d for d in directories if _net_of(f"{here}/{d}/") in nets]
                names = [n for n in names if _net_of(f"{here}/{n}") in nets]  # noqa: PLW2901
            linked = [name for name in directories if Path(folder, name).is_symlink()]
            found.extend(f"{here}/{name}" for name in (*names, *linked))
    return sorted(found)


def _net_of(name: str) -> str:
    """Return the net that a file of the tree belongs to, empty for what all nets share."""
    site = site_of(name)
    return site[0] if site else ""


def _no_file(name: str) -> Finding:
    return Finding(
        rule="kustomize/hidden",
        message=f'"{name}" is no plain file, or larger than any that the generator writes',
        at=Location(name),
        remediation="Remove it, and run `testnet generate` again.",
        subject=name,
    )
