"""Links, odd files and full disks: a tree is written whole or not, and nowhere else."""

from __future__ import annotations

import errno
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import pytest

from generator.errors import ToolError, UsageError
from generator.tree import FileTree, diff_tree, read_tree, write_tree
from tests.directories import ALL, content, fill

# Links and other odd files.


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").write_text("theirs")
    return tmp_path / "outside"


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    (tmp_path / "inside/nets").mkdir(parents=True)
    return tmp_path / "inside"


def link_prefix(inside: Path, outside: Path) -> None:
    (inside / "nets").rmdir()
    (inside / "nets").symlink_to(outside)


LINKS: dict[str, Callable[[Path, Path], None]] = {
    "to a file": lambda inside, outside: (inside / "nets/x").symlink_to(outside / "file"),
    "to a directory": lambda inside, outside: (inside / "nets/x").symlink_to(outside),
    "to nothing": lambda inside, _: (inside / "nets/x").symlink_to("nothing"),
    "to itself": lambda inside, _: (inside / "nets/x").symlink_to("x"),
    "as the prefix": link_prefix,
}
ACTIONS: dict[str, Callable[[Path], object]] = {
    "read": lambda directory: read_tree(directory, ("nets",)),
    "diff": lambda directory: diff_tree(FileTree({}), directory, ("nets",)),
    "diff all": lambda directory: diff_tree(FileTree({}), directory, lambda _: True),
    "write under": lambda directory: write_tree(FileTree({"nets/x/file": ""}), directory, ()),
    "write": lambda directory: write_tree(FileTree({"nets/x": ""}), directory, ()),
}


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("action", ACTIONS)
def test_links_are_refused(inside: Path, outside: Path, link: str, action: str) -> None:
    LINKS[link](inside, outside)
    with pytest.raises(UsageError, match=r"nets(/x)?(/file)?: a symbolic link is on the way"):
        ACTIONS[action](inside)
    assert content(outside) == {"file": "theirs"}


def test_the_directory_itself_may_be_reached_by_a_link(inside: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(inside)
    write_tree(FileTree({"a": "1"}), tmp_path / "link", ALL)
    assert (inside / "a").read_text() == "1"


def test_a_pipe_or_socket_is_refused(inside: Path) -> None:
    os.mkfifo(inside / "nets/x")
    for action in ACTIONS.values():
        with pytest.raises((UsageError, ToolError)):
            action(inside)
    (inside / "nets/x").unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(inside / "nets/x"))
        with pytest.raises(ToolError, match="nets/x"):
            read_tree(inside, ALL)


# Failures.


def fail_after(
    monkeypatch: pytest.MonkeyPatch, name: str, calls: int, error: BaseException
) -> None:
    """Let the function `os.<name>` fail once it has been called `calls` times."""
    real = getattr(os, name)
    left = [calls]

    def function(*args: Any, **options: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise error
        return real(*args, **options)

    monkeypatch.setattr(os, name, function)


FULL = OSError(errno.ENOSPC, "No space left on device")


@contextmanager
def suppress_full_disk() -> Iterator[None]:
    try:
        yield
    except ToolError as error:
        if not re.fullmatch(r"[abdf](/\w)*: no space left on device", str(error)):
            raise


@pytest.mark.parametrize("calls", range(4))
@pytest.mark.parametrize("name", ["replace", "unlink", "rmdir", "mkdir"])
@pytest.mark.parametrize("error", [FULL, KeyboardInterrupt()], ids=["full", "interrupt"])
def test_a_failure_leaves_every_file_old_or_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, calls: int, error: BaseException
) -> None:
    old = {"a/1": "old", "a/2": "old", "b/c/3": "old", "b/4": "old", "k/5": "old"}
    new = {"a/1": "new", "a/2": "new", "d/e/6": "new", "f/7": "new", "k/5": "old"}
    fill(tmp_path, old)
    with monkeypatch.context() as patch:
        fail_after(patch, name, calls, error)
        with suppress(KeyboardInterrupt), suppress_full_disk():
            write_tree(FileTree(new), tmp_path, ALL)
    for path, text in content(tmp_path).items():
        if not path.endswith("/"):
            assert text in {old.get(path), new.get(path)}
    write_tree(FileTree(new), tmp_path, ALL)
    left = {path: text for path, text in content(tmp_path).items() if not path.endswith("/")}
    assert left == new


def test_a_full_disk_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, {"a/1": "old"})

    class Full:
        """A file on a disk without room."""

        def __init__(self, descriptor: int, *_: object) -> None:
            self.descriptor = descriptor

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            os.close(self.descriptor)

        def write(self, _: bytes) -> None:
            raise FULL

    real = os.fdopen

    def fdopen(descriptor: int, mode: str, **options: Any) -> Any:
        return Full(descriptor) if mode == "wb" else real(descriptor, mode, **options)

    monkeypatch.setattr(os, "fdopen", fdopen)
    with pytest.raises(ToolError, match=r"^a/1: no space left on device$"):
        write_tree(FileTree({"a/1": "new"}), tmp_path, ALL)
    assert content(tmp_path) == {"a/1": "old"}


def test_what_a_killed_run_left_is_taken_away(tmp_path: Path) -> None:
    fill(tmp_path, {f"a/.{os.getpid()}.new": "half a fi", "a/.1.new": "ha"})
    write_tree(FileTree({"a/1": "new"}), tmp_path, ALL)
    assert content(tmp_path) == {"a/1": "new"}


def test_errors_name_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, {"a/1": "old", "b": "not a directory"})
    with pytest.raises(ToolError, match=r"^b: not a directory"):
        write_tree(FileTree({"b/2": "new"}), tmp_path, ("a",))
    with pytest.raises(ToolError, match=r"^\S+: file exists$"):
        write_tree(FileTree({}), tmp_path / "b", ALL)
    with pytest.raises(ToolError, match=r"^a/x{300}: file name too long$"):
        write_tree(FileTree({"a/" + "x" * 300: ""}), tmp_path, ())
    fail_after(monkeypatch, "scandir", 0, PermissionError(errno.EACCES, "Permission denied"))
    with pytest.raises(ToolError, match=r"^a: permission denied$"):
        read_tree(tmp_path, ("a",))
