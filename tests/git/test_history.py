"""What a history holds, read in few processes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from generator.errors import ToolError
from generator.repository import Commit, command
from generator.repository.command import Answer, Setting
from tests.git.bare import Bare
from tests.git.conftest import Opener
from tests.git.test_environments import publish

MESSAGE = "Öffentlich\n\nBody\x01 with everything \x02\n\nAllow-removal: net\n"


def test_commits_come_with_messages_and_paths(opened: Opener) -> None:
    first = publish(opened, {"a b": "1\n", "ö/\ttab": "1\n"}, MESSAGE)
    second = publish(opened, {"a b": "2\n", "new\nline": "x\n"}, "second")
    with opened() as environments:
        assert environments.commits() == (
            Commit(first, MESSAGE, ("a b", "ö/\ttab")),
            Commit(second, "second\n", ("a b", "new\nline")),
        )
        assert environments.message(first) == MESSAGE
        assert environments.changed(first) == ("a b", "ö/\ttab")
        assert environments.changed(second) == ("a b", "new\nline")


def test_an_empty_history_has_no_commits(opened: Opener) -> None:
    with opened() as environments:
        assert environments.commits() == ()


def test_a_commit_that_changes_nothing_is_one_too(opened: Opener, bare: Bare) -> None:
    for message in ("one", "two", "three"):
        bare.add({"a": "1\n"}, message)
    with opened() as environments:
        assert [commit.changed for commit in environments.commits()] == [("a",), (), ()]


def test_a_file_is_read_as_it_was(opened: Opener) -> None:
    first = publish(opened, {"keys/a.yaml": "old: ö\n", "empty": ""})
    second = publish(opened, {"keys/a.yaml": "new\n"})
    with opened() as environments:
        assert environments.read(first, "keys/a.yaml") == "old: ö\n"
        assert environments.read(second, "keys/a.yaml") == "new\n"
        assert environments.read(second, "empty") == ""
        assert environments.read(second, "keys") is None
        assert environments.read(second, "keys/none.yaml") is None
        with pytest.raises(ToolError, match="ls-tree"):
            environments.read("0" * 40, "keys/a.yaml")


@pytest.mark.parametrize("commit", ["HEAD", "--help", "abc", "", "0" * 39 + "\n"])
def test_only_full_ids_are_read(opened: Opener, commit: str) -> None:
    with opened() as environments:
        for ask in (environments.changed, environments.message):
            with pytest.raises(ToolError, match="no full id"):
                ask(commit)
        with pytest.raises(ToolError, match="no full id"):
            environments.read(commit, "a")


@pytest.mark.parametrize("path", ["", "a\nb", "a\0b"])
def test_only_plain_paths_are_read(opened: Opener, path: str) -> None:
    with opened() as environments, pytest.raises(ToolError, match="no path"):
        environments.read("0" * 40, path)


def test_thousands_of_texts_take_few_processes(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = publish(opened, {f"keys/{n}": f"{n}\n" for n in range(1200)})
    asked = []
    real = command.run_git

    def run_git(arguments: Sequence[str], setting: Setting, data: bytes = b"") -> Answer:
        asked.append(arguments[0])
        return real(arguments, setting, data)

    with opened() as environments:
        monkeypatch.setattr(command, "run_git", run_git)
        texts = list(environments.read_many((commit, f"keys/{n}") for n in range(1200)))
        assert texts == [f"{n}\n" for n in range(1200)]
        assert asked == ["cat-file"] * 3
        environments.commits()
        assert asked[3:] == ["log", "diff-tree"]
