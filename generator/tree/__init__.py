"""The tree of files that rendering yields: read, compared with a directory, written to it."""

from __future__ import annotations

from generator.tree.directory import apply_changes, diff_tree, read_tree, write_tree
from generator.tree.model import Change, ChangeKind, FileTree, Managed

__all__ = [
    "Change",
    "ChangeKind",
    "FileTree",
    "Managed",
    "apply_changes",
    "diff_tree",
    "read_tree",
    "write_tree",
]
