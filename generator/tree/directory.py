"""A directory against a tree: what differs, and the directory made to hold the tree."""

from __future__ import annotations

from pathlib import Path

from generator.errors import ToolError
from generator.tree.descriptor import (
    existing_files,
    open_root,
    os_errors,
    remove_files,
    walk_files,
    write_files,
)
from generator.tree.model import Change, ChangeKind, FileTree, Managed, parents_of


def read_tree(directory: Path, under: tuple[str, ...]) -> FileTree:
    """Read all files of `directory` under the prefixes; UsageError for a link or odd file."""
    files: dict[str, str] = {}
    with open_root(directory) as root:
        for path, data in walk_files(root, under):
            try:
                files[path] = data.decode()
            except UnicodeDecodeError as error:
                msg = f"{path}: not UTF-8 at byte {error.start}"
                raise ToolError(msg) from error
    return FileTree(files)


def diff_tree(tree: FileTree, directory: Path, managed: Managed) -> tuple[Change, ...]:
    """Return how `directory` would change to hold `tree`, in order of path.

    Files that are managed and not in the tree are removed, all others stay. A directory that
    does not exist counts as empty; `.git` does not exist for this function.
    """
    if not directory.exists():
        return tuple(Change(path, None, text) for path, text in tree.files.items())
    with open_root(directory) as root:
        return _differences(tree, root, managed)


def write_tree(tree: FileTree, directory: Path, managed: Managed) -> tuple[Change, ...]:
    """Make `directory` hold `tree` and return what changed, as `diff_tree` tells it.

    Each file is written aside and put in place at once: after a failure (ToolError with its path)
    every file is the old or the new one. Nothing outside `directory` is touched and no link is
    followed (UsageError).
    """
    with os_errors(str(directory)):
        directory.mkdir(parents=True, exist_ok=True)
    with open_root(directory) as root:
        changes = _differences(tree, root, managed)
        _apply(tree, changes, root)
    return changes


def apply_changes(tree: FileTree, changes: tuple[Change, ...], directory: Path) -> None:
    """Make the changes in `directory` that `diff_tree` told of between it and `tree`.

    Nobody may have written there in between. What may go wrong: as in `write_tree`.
    """
    with open_root(directory) as root:
        _apply(tree, changes, root)


def _apply(tree: FileTree, changes: tuple[Change, ...], root: int) -> None:
    blocking, others = _removals(tree, changes)
    remove_files(root, blocking)
    write_files(root, [(c.path, c.after) for c in changes if c.new is not None])
    remove_files(root, others)


def _differences(tree: FileTree, root: int, managed: Managed) -> tuple[Change, ...]:
    if callable(managed):
        found = walk_files(root, ("",))
        old = {path: data for path, data in found if path in tree.files or managed(path)}
    else:
        old = dict(walk_files(root, managed))
    old.update(existing_files(root, [path for path in tree.files if path not in old]))
    changes = (
        Change(path, old.get(path), tree.files.get(path))
        for path in sorted(old.keys() | tree.files.keys())
    )
    return tuple(c for c in changes if c.old is None or c.new is None or c.old != c.new.encode())


def _removals(tree: FileTree, changes: tuple[Change, ...]) -> tuple[list[str], list[str]]:
    """Return the paths to remove: first those in the way of a file of the tree, then the rest."""
    folders = {folder for path in tree.files for folder in parents_of(path)}
    removed = [change.path for change in changes if change.kind is ChangeKind.REMOVED]
    blocking = [
        path
        for path in removed
        if path in folders or any(folder in tree.files for folder in parents_of(path))
    ]
    kept = set(blocking)
    return blocking, [path for path in removed if path not in kept]
