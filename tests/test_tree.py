"""A file tree and a directory: what differs, and writing that never leaves half a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import ToolError
from generator.finding import Location
from generator.tree import ChangeKind, FileTree, diff_tree, read_tree, write_tree
from tests.directories import ALL, content, fill

# The tree.


def test_files_are_in_order_and_cannot_be_changed() -> None:
    tree = FileTree({"b": "2", "a/c": "3", "a/b": "1"}, {"b": Location("net.yaml", 4)})
    assert list(tree.files) == ["a/b", "a/c", "b"]
    assert tree.origins["b"].line == 4
    files: Any = tree.files
    with pytest.raises(TypeError):
        files["x"] = "y"


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/etc/passwd", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a/.."),
        *(".git/config", "a/.git", "a/.GIT/x", "a\\b", "a\nb", "a\0b", "\x1b[0m"),
    ],
)
def test_paths_that_lead_elsewhere_are_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a path within"):
        FileTree({path: ""})
    if path not in {"", "/", "a/"}:
        with pytest.raises(ValueError, match="not a path within"):
            read_tree(tmp_path, (path,))


def test_a_file_is_no_directory() -> None:
    with pytest.raises(ValueError, match="'a/b' is both"):
        FileTree({"a/b/c": "", "a/b": ""})


def test_an_origin_belongs_to_a_file() -> None:
    with pytest.raises(ValueError, match="'x' has an origin"):
        FileTree({"a": ""}, {"x": Location("net.yaml")})


# Reading and comparing.


def test_read(tmp_path: Path) -> None:
    files = {"a/x": "1", "a/b/y": "é", "a-b": "2", "c": "3", "d/.git/config": "4", ".git/x": "5"}
    fill(tmp_path, files)
    assert dict(read_tree(tmp_path, ALL).files) == {
        k: files[k] for k in ("a-b", "a/b/y", "a/x", "c")
    }
    assert list(read_tree(tmp_path, ("a", "a/b/", "missing", "c", "c/x")).files) == [
        "a/b/y",
        "a/x",
        "c",
    ]
    assert read_tree(tmp_path, ()) == FileTree({})


def test_read_refuses_what_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\xff")
    with pytest.raises(ToolError, match="a: not UTF-8 at byte 1"):
        read_tree(tmp_path, ALL)
    with pytest.raises(ToolError, match="missing: no such file"):
        read_tree(tmp_path / "missing", ALL)


OLD = {"nets/a/x": "1", "nets/a/y": "2", "nets/ab/z": "3", "other/w": "4", "keys/1": "5"}
NEW = {"nets/a/x": "1", "nets/a/y": "two", "nets/a/new": "n", "keys/1": "five", "keys/2": "six"}


def test_changes(tmp_path: Path) -> None:
    fill(tmp_path, OLD)
    changes = diff_tree(FileTree(NEW), tmp_path, ("nets",))
    assert [(change.kind, change.path, change.before, change.after) for change in changes] == [
        (ChangeKind.CHANGED, "keys/1", "5", "five"),
        (ChangeKind.ADDED, "keys/2", "", "six"),
        (ChangeKind.ADDED, "nets/a/new", "", "n"),
        (ChangeKind.CHANGED, "nets/a/y", "2", "two"),
        (ChangeKind.REMOVED, "nets/ab/z", "3", ""),
    ]
    assert content(tmp_path) == dict(sorted(OLD.items()))


@pytest.mark.parametrize(
    ("managed", "removed"),
    [
        ((), []),
        (("nets/a",), []),
        (("nets/ab/",), ["nets/ab/z"]),
        (("nets/ab/z", "other/w"), ["nets/ab/z", "other/w"]),
        (ALL, ["nets/ab/z", "other/w"]),
        (lambda path: path.startswith("other/"), ["other/w"]),
        (lambda _: False, []),
    ],
)
def test_only_what_is_managed_is_removed(
    tmp_path: Path, managed: tuple[str, ...] | Callable[[str], bool], removed: list[str]
) -> None:
    fill(tmp_path, OLD)
    planned = diff_tree(FileTree(NEW), tmp_path, managed)
    changes = write_tree(FileTree(NEW), tmp_path, managed)
    assert changes == planned
    assert [change.path for change in changes if change.kind is ChangeKind.REMOVED] == removed
    expected = {path: text for path, text in (OLD | NEW).items() if path not in removed}
    assert content(tmp_path) == dict(sorted(expected.items()))
    assert diff_tree(FileTree(NEW), tmp_path, managed) == ()


def test_bytes_before_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\xff")
    (change,) = diff_tree(FileTree({"a": "y"}), tmp_path, ())
    assert (change.before, change.old) == ("x\ufffd", b"x\xff")


def test_a_directory_that_is_not_there_is_empty_and_made(tmp_path: Path) -> None:
    tree = FileTree({"a/b": "1", "c": "2"})
    directory = tmp_path / "x/y"
    planned = diff_tree(tree, directory, ALL)
    assert not directory.exists()
    assert write_tree(tree, directory, ALL) == planned
    assert content(directory) == {"a/b": "1", "c": "2"}


# Writing.


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    fill(tmp_path, OLD)
    before = {path: (tmp_path / path).stat() for path in OLD}
    write_tree(FileTree(NEW), tmp_path, ())
    for path, old in before.items():
        new = (tmp_path / path).stat()
        same = NEW.get(path, OLD[path]) == OLD[path]
        assert ((old.st_ino, old.st_mtime_ns) == (new.st_ino, new.st_mtime_ns)) is same


def test_emptied_directories_go_and_others_stay(tmp_path: Path) -> None:
    fill(tmp_path, {"a/b/c/d": "1", "a/b/e": "2", "a/f": "3"})
    (tmp_path / "a/empty").mkdir()
    write_tree(FileTree({}), tmp_path, ("a/b",))
    assert content(tmp_path) == {"a/empty/": "", "a/f": "3"}


def test_file_becomes_directory_and_back(tmp_path: Path) -> None:
    trees = [{"a": "1", "b/c/d": "2", "b/x": "3"}, {"a/x/y": "4", "a/z": "5", "b": "6"}]
    for files in (*trees, *reversed(trees)):
        write_tree(FileTree(files), tmp_path, ALL)
        assert content(tmp_path) == files


def test_no_line_end_is_translated(tmp_path: Path) -> None:
    write_tree(FileTree({"a": "x\r\ny\n\n"}), tmp_path, ALL)
    assert (tmp_path / "a").read_bytes() == b"x\r\ny\n\n"


PATHS = st.lists(st.sampled_from(["a", "b", "a-b", ".x"]), min_size=1, max_size=3).map("/".join)


def is_tree(files: dict[str, str]) -> bool:
    return not any(other.startswith(f"{path}/") for path in files for other in files)


TREES = st.dictionaries(PATHS, st.sampled_from(["", "1", "é"])).filter(is_tree)


@given(old=TREES, new=TREES, managed=st.lists(PATHS | st.just("")))
def test_any_tree_over_any_other(
    tmp_path_factory: pytest.TempPathFactory,
    old: dict[str, str],
    new: dict[str, str],
    managed: list[str],
) -> None:
    directory = tmp_path_factory.mktemp("tree")
    write_tree(FileTree(old), directory, ())

    def is_managed(path: str) -> bool:
        return any(not prefix or f"{path}/".startswith(f"{prefix}/") for prefix in managed)

    kept = {path: text for path, text in old.items() if not is_managed(path)}
    if not is_tree(kept | new):
        with pytest.raises(ToolError):
            write_tree(FileTree(new), directory, tuple(managed))
        return
    planned = diff_tree(FileTree(new), directory, is_managed)
    assert write_tree(FileTree(new), directory, tuple(managed)) == planned
    assert content(directory) == dict(sorted((kept | new).items()))


def test_ten_thousand_files(tmp_path: Path) -> None:
    tree = FileTree({f"clusters/{i % 6}/{i // 50}/{i}.yaml": "a: b\n" * 50 for i in range(10_000)})
    start = perf_counter()
    assert len(write_tree(tree, tmp_path, ALL)) == 10_000
    assert write_tree(tree, tmp_path, ALL) == ()
    assert read_tree(tmp_path, ALL) == tree
    assert len(write_tree(FileTree({}), tmp_path, ALL)) == 10_000
    assert perf_counter() - start < 30  # two seconds here
