"""What the main repository says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.errors import ToolError
from generator.repository import Source, read_source
from tests.git.bare import git


@pytest.fixture
def main(tmp_path: Path) -> Path:
    root = tmp_path / "main"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    return root


def commit(root: Path, message: str, *options: str) -> str:
    git(root, "commit", "-q", "--allow-empty", "-m", message, *options)
    return git(root, "rev-parse", "HEAD")


def source(root: Path) -> Source:
    read = read_source(root)
    assert read
    return read


def test_no_repository_or_no_commit_is_none(tmp_path: Path, main: Path) -> None:
    assert read_source(tmp_path) is None
    assert read_source(main) is None


def test_a_repository_that_cannot_be_read_is_an_error(main: Path) -> None:
    commit(main, "first")
    (main / ".git/config").write_text("[nonsense")
    with pytest.raises(ToolError, match="bad config"):
        read_source(main)


def test_commit_and_what_differs_below_the_root(main: Path) -> None:
    first = commit(main, "first")
    (main / "below").mkdir()
    assert (source(main).commit, source(main).dirty) == (first, False)
    (main / "other.txt").touch()
    assert source(main).dirty
    assert not source(main / "below").dirty
    (main / "below/new.txt").touch()
    assert source(main / "below").dirty


def test_messages_since_a_commit_with_all_parents(main: Path) -> None:
    first = commit(main, "first")
    git(main, "checkout", "-q", "-b", "side")
    side = commit(main, "side\n\nAllow-removal: net")
    git(main, "checkout", "-q", "main")
    second = commit(main, "second")
    git(main, "merge", "-q", "--no-ff", "-m", "merge", "side")
    read = source(main)
    messages = dict(read.messages(first))
    # Not that of the merge: it is the title of a pull request.
    assert messages.keys() == {side, second}
    assert messages[side] == "side\n\nAllow-removal: net\n"
    assert len(read.messages("")) == 3
    assert read.messages(read.commit) == ()


def test_what_is_not_in_the_history_gives_no_messages(main: Path) -> None:
    first = commit(main, "first")
    git(main, "checkout", "-q", "--orphan", "other")
    other = commit(main, "other")
    git(main, "checkout", "-q", "main")
    read = source(main)
    assert read.contains(first)
    for unknown in (other, "0" * 40, "HEAD", "--all", first[:12]):
        assert not read.contains(unknown)
        assert read.messages(unknown) == ()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/a/b.git", "https://example.org/a/b.git"),
        ("https://me:secret@example.org/a/b.git", "https://example.org/a/b.git"),
        ("https://token@example.org:8443/a/b.git", "https://example.org:8443/a/b.git"),
        ("git@example.org:a/b.git", "git@example.org:a/b.git"),
        ("ssh://git@example.org/a/b.git", "ssh://git@example.org/a/b.git"),
        ("/srv/git/a.git", "/srv/git/a.git"),
    ],
)
def test_origin_has_no_credentials(main: Path, url: str, expected: str) -> None:
    commit(main, "first")
    assert source(main).origin == ""
    git(main, "remote", "add", "origin", url)
    assert source(main).origin == expected


def test_a_relative_origin_is_relative_to_the_repository(main: Path) -> None:
    commit(main, "first")
    (main / "below").mkdir()
    git(main, "remote", "add", "origin", "../remote.git")
    origin = Path(source(main / "below").origin)
    assert origin.is_absolute()
    assert origin.resolve() == (main / "../remote.git").resolve()


def test_its_hooks_and_monitor_do_not_run(main: Path, tmp_path: Path) -> None:
    commit(main, "first")
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/witness\n")
    program.chmod(0o755)
    git(main, "config", "core.fsmonitor", str(program))
    assert not source(main).dirty
    assert not (tmp_path / "witness").exists()
