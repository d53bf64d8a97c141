"""References of a kustomization to files and directories: near, plain and there."""

from __future__ import annotations

import posixpath
import re

from generator.finding import Location
from generator.kustomization.model import KUSTOMIZATION, SUFFIXES, Tree, short

# Everything that kustomize, or the git that it runs, may take for a place on another machine.
_REMOTE = re.compile(
    r"://|^//|[a-z0-9._-]//|[?]|^[^/]*:|@|^(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\."
    r"(?:com|org|io|net|dev|xyz)/|\.git(?:/|$)",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[A-Za-z0-9._/-]+")
_NAMED = re.compile(r"^[A-Za-z0-9._-]+=(?=.)")


def is_remote(text: str) -> bool:
    """Say whether a reference may lead to another machine."""
    return _REMOTE.search(text) is not None


def resolve_file(tree: Tree, source: str, text: object, at: Location) -> str:
    """Return the path of the file that a kustomization refers to; empty with a finding."""
    path = _resolve(tree, source, text, at)
    if path and not path.endswith(SUFFIXES):
        kinds = ", ".join(SUFFIXES)
        message = f'"{short(str(text))}" is not published: a library is made of {kinds}'
        tree.report("path", at, message, "Give the file one of these suffixes.")
        return ""
    if path and path not in tree.files:
        tree.report(
            "path",
            at,
            f'"{short(str(text))}" is no file of the tree',
            "Write the path of a file beside this one.",
        )
        return ""
    return path


def resolve_patch(tree: Tree, source: str, text: object, at: Location) -> None:
    """Add the file of a patch to the patches of the tree, or report it."""
    path = resolve_file(tree, source, text, at)
    if path.endswith(".yaml"):
        tree.patches.add(path)
    elif path:
        tree.report("path", at, f'"{path}" is no YAML file', 'Give it a name with ".yaml".')


def resolve_base(tree: Tree, source: str, text: object, at: Location) -> str:
    """Return the file or the directory that a resource or component is; empty with a finding."""
    path = _resolve(tree, source, text, at, library=True)
    if not path:
        return ""
    name = path.rpartition("/")[2]
    if path in tree.directories and f"{path}/{KUSTOMIZATION}" in tree.files:
        return path
    if path in tree.files and name.endswith(".yaml") and name != KUSTOMIZATION:
        tree.resources.add(path)
        return path
    tree.report(
        "path",
        at,
        f'"{short(str(text))}" is no manifest of the tree, and no directory with {KUSTOMIZATION}',
        "Write the path of what is there, or add it.",
    )
    return ""


def without_key(text: object) -> object:
    """Return the path in an entry of `files:`, which may name its key before `=`."""
    return _NAMED.sub("", text, count=1) if isinstance(text, str) else text


def _resolve(tree: Tree, source: str, text: object, at: Location, *, library: bool = False) -> str:
    """Return the path that a reference in the file `source` leads to; empty with a finding."""
    if not isinstance(text, str) or not text:
        tree.report("field", at, "a path is text", "Write the path of a file or directory.")
        return ""
    if is_remote(text):
        tree.report(
            "remote",
            at,
            f'"{short(text)}" may be fetched from elsewhere',
            "Copy what it gives into the library, and refer to the copy.",
        )
        return ""
    if text.startswith("/") or not _PLAIN.fullmatch(text):
        what = "is an absolute path" if text.startswith("/") else "is no plain path"
        tree.report("path", at, f'"{short(text)}" {what}', "Write a path relative to this file.")
        return ""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), text))
    if path == tree.home(source) or _is_within(path, tree.home(source)):
        return path
    if library and tree.generated and path.startswith("overlays/") and not _in_library(source):
        return path
    tree.report(
        "path",
        at,
        f'"{short(text)}" leads out of "{tree.home(source)}"',
        "Refer only to what is in there.",
    )
    return ""


def _is_within(path: str, directory: str) -> bool:
    return path.startswith(f"{directory}/")


def _in_library(path: str) -> bool:
    return path.startswith("overlays/")
