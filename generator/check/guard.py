"""The published tree as it lies there: nobody but the generator may have written in it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from generator.check.edited import Edited, find_edited, net_home
from generator.check.plain import read_plain
from generator.errors import reason_of
from generator.finding import Finding, Location
from generator.kustomization import check_kustomizations
from generator.library import Library
from generator.lock import LOCK
from generator.render import site_of

_TOP = ("clusters", "overlays")


class Guard:
    """Looks at a published tree, once for all states of the repository that are judged.

    Places are relative to `home` where the tree is below it.
    """

    def __init__(self, tree: Path, home: Path) -> None:
        self._tree = tree
        self._prefix = tree.relative_to(home) if tree.is_relative_to(home) else tree
        self._looked: _Looked | None = None
        self._digests: dict[frozenset[str] | None, Mapping[str, str]] = {}

    def digests(self, nets: Collection[str] | None = None) -> Mapping[str, str]:
        """Return a digest of the files of each net, and under "" of what all nets share.

        With `nets`, of those of these names.
        """
        key = None if nets is None else frozenset(nets)
        if key not in self._digests:
            self._digests[key] = _digests(_read(self._tree, nets), nets or ())
        return self._digests[key]

    def texts(
        self,
        known: Mapping[str, str],
        nets: Collection[str] | None = None,
        libraries: Iterable[Library] = (),
    ) -> Mapping[str, str]:
        """Return by path what may hold what people wrote, to be searched for secrets.

        That is what was edited, what no digest is of (locks, and what all nets of a cluster
        share), and the same whatever has been rendered: a change that takes a secret out of its
        file is not told of it here. Parameters are those of `findings`.
        """
        texts = self._look(known, nets, libraries).texts
        return {self._place(path): text for path, text in texts.items()}

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
        found = self._look(known, nets, libraries).findings
        told = {finding.at.path for finding in found}
        return [
            self._placed(finding)
            for finding in (*found, *(f for f in refused if f.at.path not in told))
        ]

    def _look(
        self,
        known: Mapping[str, str],
        nets: Collection[str] | None,
        libraries: Iterable[Library],
    ) -> _Looked:
        if self._looked is None:
            lying = _read(self._tree, nets)
            key = None if nets is None else frozenset(nets)
            self._digests[key] = _digests(lying, nets or ())
            self._looked = _look(lying, known, tuple(libraries))
        return self._looked

    def _place(self, path: str) -> str:
        return (self._prefix / path).as_posix()

    def _placed(self, finding: Finding) -> Finding:
        """Return a finding about the tree with its places as people give them."""
        related = tuple(
            replace(other, at=replace(other.at, path=self._place(other.at.path)))
            for other in finding.related
        )
        at = replace(finding.at, path=self._place(finding.at.path))
        return replace(finding, at=at, related=related)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is wrong in a tree, and the texts in it that are searched for secrets, by path."""

    findings: Sequence[Finding]
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Lying:
    """What lies in a tree: files, links, what is neither, and directories that nobody can read.

    All by path; of a directory, it is the reason.
    """

    files: Mapping[str, bytes]
    links: Sequence[str]
    hidden: Sequence[str]
    closed: Mapping[str, str]


def _read(tree: Path, nets: Collection[str] | None) -> _Lying:
    files: dict[str, bytes] = {}
    links: list[str] = []
    hidden: list[str] = []
    names, closed = _walk(tree, None if nets is None else {"", *nets})
    for name in names:
        if (tree / name).is_symlink():
            links.append(name)
        else:
            content = read_plain(tree, name)
            files[name] = content or b""
            hidden += [name] if content is None else []
    return _Lying(files, links, hidden, closed)


def _look(lying: _Lying, known: Mapping[str, str], libraries: Sequence[Library]) -> _Looked:
    changed = _without_rendered(lying.files, known)
    found = [_no_file(name) for name in lying.hidden]
    found += [_closed(name, reason) for name, reason in lying.closed.items()]
    judged = [library.directory for library in libraries if _lies(library, lying.files)]
    found += check_kustomizations(changed, links=lying.links, generated=True, judged=judged)
    edited = list(find_edited(lying.files, known, libraries, judged))
    told = {f.at.path for f in found} | {_owner(f.at.path) for f in found}
    found += [edit.finding for edit in edited if not _is_told(edit, told)]
    searched = {name for edit in edited for name in edit.files}
    searched |= {name for name in lying.files if _is_unproven(name)}
    texts = {n: lying.files[n].decode(errors="replace") for n in sorted(searched)}
    return _Looked(found, texts)


def _owner(path: str) -> str:
    """Return the directory of the net or of the library that a file of the tree belongs to."""
    return net_home(path) or "/".join(path.split("/")[:2])


def _is_told(edit: Edited, told: Collection[str]) -> bool:
    """Say whether it is told already what is wrong there, or that not all of it can be read."""
    cluster = "/".join(edit.directory.split("/")[:2])
    return edit.directory in told or f"{cluster}/testnets" in told


def _is_unproven(path: str) -> bool:
    """Say whether no digest is of a file: of locks, and of what nets share on a cluster."""
    return path.startswith("clusters/") and (path.endswith(f"/{LOCK}") or not net_home(path))


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
    entries += [(name, -3, b"") for name in lying.closed]
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


def _walk(tree: Path, nets: Collection[str] | None) -> tuple[list[str], dict[str, str]]:
    """Return every file and link of the tree, whatever it is called; links are not followed.

    And why directories cannot be read, by path.
    """
    found: list[str] = []
    closed: dict[str, str] = {}
    base = tree.as_posix()

    def close(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # before the first net there is no tree
            path = Path(error.filename).relative_to(tree).as_posix()
            closed[path] = reason_of(error)

    for top in _TOP:
        if (tree / top).is_symlink():
            found.append(top)
            continue
        for folder, directories, names in os.walk(f"{base}/{top}", onerror=close):
            here = folder[len(base) + 1 :]
            if nets is not None:
                directories[:] = [d for d in directories if _net_of(f"{here}/{d}/") in nets]
                names = [n for n in names if _net_of(f"{here}/{n}") in nets]  # noqa: PLW2901
            linked = [name for name in directories if Path(folder, name).is_symlink()]
            found.extend(f"{here}/{name}" for name in (*names, *linked))
    return sorted(found), closed


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


def _closed(name: str, reason: str) -> Finding:
    return Finding(
        rule="kustomize/hidden",
        message=f'"{name}" cannot be read: {reason}',
        at=Location(name),
        remediation="Make the directory readable: what is in it is published too.",
        subject=name,
    )
