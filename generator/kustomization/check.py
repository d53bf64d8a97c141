"""All rules about kustomizations, over all files of a tree."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from generator.finding import Finding, Location
from generator.kustomization.fields import check_fields
from generator.kustomization.manifest import check_manifests
from generator.kustomization.model import KUSTOMIZATION, Tree
from generator.kustomization.published import check_published
from generator.source import Mapping as Node
from generator.source import parse_document

# As kustomize spells it, and as file systems without case would let it be spelt.
_NAMES = re.compile(r"kustomization(?:\.ya?ml)?", re.IGNORECASE)
_ODD_SUFFIX = re.compile(r".+\.ya?ml", re.IGNORECASE)


def check_kustomizations(
    files: Mapping[str, bytes | str],
    *,
    links: Collection[str] = (),
    generated: bool,
    judged: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Return what is wrong with a library (`overlays/...`), or with a published tree.

    `files` has every file by its path from the root, `links` the paths that are links. Of a
    published tree (`generated`), `overlays/` holds libraries by version, and `clusters/` what the
    generator writes. Nothing is read and no program is run. Nothing is wrong within the
    directories `judged`, which need not be looked at again: they are there to be referred to.
    """
    tree = Tree(files=files, generated=generated, judged=tuple(f"{name}/" for name in judged))
    tree.directories = {folder for path in files for folder in _folders(path)}
    for link in links:
        at = Location(link)
        tree.report("link", at, f'"{link}" is a link', "Put the file itself there.")
    _check_names(tree)
    _read(tree)
    bases = {
        directory: check_fields(tree, f"{directory}/{KUSTOMIZATION}", node)
        for directory, node in tree.kustomizations.items()
    }
    _check_cycles(tree, bases)
    check_manifests(tree)
    if generated:
        check_published(tree)
    unique = {(finding.order, finding.message): finding for finding in tree.findings}
    return tuple(unique[key] for key in sorted(unique))


def _folders(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def _check_names(tree: Tree) -> None:
    """Refuse names that kustomize or Flux takes and the checks do not."""
    for path in sorted(tree.files):
        name = path.rpartition("/")[2]
        if name == ".sourceignore":
            message = "the file decides what Flux does not see"
            tree.report("hidden", Location(path), message, "Remove it.")
        elif _NAMES.fullmatch(name) and name != KUSTOMIZATION:
            tree.report(
                "name",
                Location(path),
                f'"{name}" is read by kustomize, in place of or beside {KUSTOMIZATION}',
                f'Rename it to "{KUSTOMIZATION}", or remove it.',
            )
        elif _ODD_SUFFIX.fullmatch(name) and not name.endswith(".yaml"):
            tree.report(
                "hidden",
                Location(path),
                f'"{name}" does not end in ".yaml", and Flux applies it all the same',
                "Rename it, or remove it.",
            )


def _read(tree: Tree) -> None:
    """Read every kustomization by the rules for what people write."""
    for path in sorted(tree.files):
        directory, _, name = path.rpartition("/")
        if name != KUSTOMIZATION or not directory or tree.is_judged(path):
            continue
        node, findings = parse_document(path, tree.data(path))
        tree.refuse(path, findings)
        if isinstance(node, Node) and not findings:
            tree.kustomizations[directory] = node


def _check_cycles(tree: Tree, bases: Mapping[str, list[str]]) -> None:
    """Refuse directories that include themselves, over whichever others."""
    done: set[str] = set()
    for start in sorted(bases):
        if start not in done:
            _visit(tree, bases, start, done)


def _visit(tree: Tree, bases: Mapping[str, list[str]], start: str, done: set[str]) -> None:
    """Walk what a directory includes, with a stack of its own: a chain may be long."""
    path: dict[str, int] = {start: 0}
    while path:
        directory = next(reversed(path))
        following = bases.get(directory, [])
        if path[directory] == len(following):
            done.add(directory)
            del path[directory]
            continue
        base = following[path[directory]]
        path[directory] += 1
        if base in path:
            _report_cycle(tree, directory, [*path][[*path].index(base) :])
        elif base not in done:
            path[base] = 0


def _report_cycle(tree: Tree, directory: str, members: list[str]) -> None:
    at = tree.kustomizations[directory].at
    way = " -> ".join([*members[:5], members[0]])
    tree.report("cycle", at, f"the directory includes itself: {way}", "Remove one of the steps.")
