"""The published tree as it lies there: nobody but the generator may have written in it."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from generator.finding import Finding
from generator.kustomization import check_kustomizations

_TOP = ("clusters", "overlays")


def guard_tree(tree: Path, root: Path, nets: Collection[str] | None = None) -> list[Finding]:
    """Return what in a published tree no generator wrote: edits, links, files beside the others.

    Places are relative to `root` where the tree is below it. With `nets`, of the files of nets
    those of these names alone are looked at.
    """
    files: dict[str, bytes] = {}
    links: list[str] = []
    for path in _walk(tree):
        name = path.relative_to(tree).as_posix()
        if nets is not None and _net_of(name) not in {"", *nets}:
            continue
        if path.is_symlink():
            links.append(name)
        else:
            files[name] = _read(path)
    prefix = tree.relative_to(root) if tree.is_relative_to(root) else tree
    return [
        replace(finding, at=replace(finding.at, path=(prefix / finding.at.path).as_posix()))
        for finding in check_kustomizations(files, links=links, generated=True)
    ]


def _walk(tree: Path) -> list[Path]:
    """Return every file and link of the tree, whatever it is called; links are not followed."""
    found: list[Path] = []
    for top in _TOP:
        for folder, directories, names in os.walk(tree / top):
            here = Path(folder)
            linked = [name for name in directories if (here / name).is_symlink()]
            found.extend(here / name for name in (*names, *linked))
    return sorted(found)


def _net_of(name: str) -> str:
    """Return the net that a file of the tree belongs to, empty for what all nets share."""
    match name.split("/"):
        case ["clusters", _, "nets", net, *_]:
            return net
        case ["clusters", _, "testnets", file] if file != "_cluster.yaml":
            return file.removesuffix(".yaml")
        case _:
            return ""


def _read(path: Path) -> bytes:
    """Return the bytes of a file; none of a pipe or device, which the names alone refuse."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return b""
