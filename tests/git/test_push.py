"""A push arrives, or is lost to another one, or is an error; it is never in doubt for long."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from generator.errors import RemoteError
from generator.repository import Environments, command, open_environments
from generator.repository.command import Answer, Setting
from tests.git.bare import BRANCH, Bare, git
from tests.git.conftest import Opener
from tests.git.test_environments import publish, write

LOST = Answer(128, b"", "fatal: the remote end hung up unexpectedly\n")


def change(environments: Environments, text: str = "mine\n") -> str:
    write(environments.tree, "mine", text)
    return environments.commit("mine")


def test_a_lost_race_is_no_error(opened: Opener, bare: Bare) -> None:
    publish(opened, {"a": "1\n"})
    with opened() as environments:
        change(environments)
        theirs = bare.add({"b": "1\n"})
        assert not environments.push()
        assert bare.head() == theirs
        environments.refresh()
        assert environments.head == theirs
        commit = change(environments)
        assert environments.push()
    assert bare.head() == commit


def test_a_lost_race_at_creation_is_no_error(opened: Opener, bare: Bare) -> None:
    with opened() as environments:
        change(environments)
        theirs = bare.add({"b": "1\n"})
        assert not environments.push()
        environments.refresh()
        assert environments.head == theirs


def test_a_race_that_the_remote_notices_last_is_no_error(opened: Opener, bare: Bare) -> None:
    publish(opened, {"a": "1\n"})
    tree = bare.tree({"b": "1\n"})
    # While the push waits in the hook, somebody else's commit gets there.
    bare.hook(
        "update",
        'other=$(unset GIT_QUARANTINE_PATH; git commit-tree -p "$2" -m theirs '
        f"{tree} </dev/null)\n"
        'unset GIT_QUARANTINE_PATH; git update-ref "$1" "$other"',
    )
    for name in ("NAME", "EMAIL"):
        git(bare.path, "config", f"user.{name.lower()}", "them")
    with opened() as environments:
        change(environments)
        assert not environments.push()
    assert bare.log()[0] == "theirs"


def test_nothing_to_push_changes_nothing(opened: Opener, bare: Bare) -> None:
    """With no head, git would take the same words for a deletion."""
    with opened() as environments:
        theirs = bare.add({"b": "1\n"})
        assert environments.push()
    assert bare.head() == theirs
    with opened() as environments:
        assert environments.push()
    assert bare.head() == theirs


def test_a_branch_deleted_meanwhile_comes_back_whole(opened: Opener, bare: Bare) -> None:
    publish(opened, {"a": "1\n"})
    with opened() as environments:
        commit = change(environments)
        bare.delete()
        assert environments.push()
    assert bare.head() == commit
    assert len(bare.log()) == 2


@pytest.mark.parametrize("hook", ["pre-receive", "update"])
def test_a_hook_that_refuses_is_told_in_its_words(opened: Opener, bare: Bare, hook: str) -> None:
    before = publish(opened, {"a": "1\n"})
    bare.hook(hook, "echo 'no publishing on Fridays' >&2; printf '\\033[2J' >&2; exit 1")
    with opened() as environments:
        change(environments)
        with pytest.raises(RemoteError, match=r"refused it .*no publishing on Fridays") as raised:
            environments.push()
    assert str(raised.value).isprintable()
    assert bare.head() == before
    (bare.path / "hooks" / hook).unlink()
    publish(opened, {"mine": "mine\n"})
    assert bare.file("mine") == "mine"


def test_a_repository_that_is_not_there_is_told(opened: Opener, tmp_path: Path) -> None:
    with pytest.raises(RemoteError, match="no such repository"), opened(str(tmp_path / "none")):
        pass


def test_a_remote_gone_before_the_push_is_told(opened: Opener, bare: Bare) -> None:
    publish(opened, {"a": "1\n"})
    with opened() as environments:
        change(environments)
        bare.path.rename(bare.path.with_name("away"))
        with pytest.raises(RemoteError, match=r"no such repository.*Run again"):
            environments.push()


def test_a_remote_with_another_kind_of_ids_is_told(opened: Opener, tmp_path: Path) -> None:
    other = tmp_path / "sha256.git"
    git(tmp_path, "init", "-q", "--bare", "--object-format=sha256", str(other))
    git(other, "commit-tree", git(other, "mktree"), "-m", "x")
    with opened(str(other)) as environments:
        change(environments)
        with pytest.raises(RemoteError):
            environments.push()


def test_a_push_that_arrived_without_answer_counts(
    opened: Opener, bare: Bare, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(opened, {"a": "1\n"})
    with opened() as environments:
        commit = change(environments)
        answer_pushes_with(monkeypatch, LOST, run=True)
        assert environments.push()
    assert bare.head() == commit


def test_a_push_that_arrived_below_another_counts(
    opened: Opener, bare: Bare, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(opened, {"a": "1\n"})
    with opened() as environments:
        commit = change(environments)
        answer_pushes_with(monkeypatch, LOST, run=True, after=lambda: bare.add({"b": "1\n"}))
        assert environments.push()
        environments.refresh()
        assert commit in environments.lineage
        assert environments.head == bare.head() != commit


def test_a_push_that_did_not_arrive_is_an_error(
    opened: Opener, bare: Bare, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = publish(opened, {"a": "1\n"})
    with opened() as environments:
        change(environments)
        answer_pushes_with(monkeypatch, LOST, run=False)
        with pytest.raises(RemoteError, match="the connection was lost"):
            environments.push()
    assert bare.head() == before


def test_a_lost_race_counts_even_if_the_remote_goes_then(
    opened: Opener, bare: Bare, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(opened, {"a": "1\n"})
    with opened() as environments:
        change(environments)
        bare.add({"b": "1\n"})
        answer_pushes_with(
            monkeypatch, None, run=True, after=lambda: bare.path.rename(bare.path / "../away")
        )
        assert not environments.push()


def test_a_refusal_counts_even_if_the_remote_goes_then(
    opened: Opener, bare: Bare, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(opened, {"a": "1\n"})
    bare.hook("pre-receive", "exit 1")
    with opened() as environments:
        change(environments)
        answer_pushes_with(
            monkeypatch, None, run=True, after=lambda: bare.path.rename(bare.path / "../away")
        )
        with pytest.raises(RemoteError, match="refused it"):
            environments.push()


def answer_pushes_with(
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer | None,
    *,
    run: bool,
    after: object = None,
) -> None:
    """Have pushes run or not, and answer something else than what came of them."""
    real = command.run_git

    def run_git(arguments: Sequence[str], setting: Setting, data: bytes = b"") -> Answer:
        if arguments[0] != "push":
            return real(arguments, setting, data)
        got = real(arguments, setting, data) if run else LOST
        if callable(after):
            after()
        return answer or got

    monkeypatch.setattr(command, "run_git", run_git)


def test_many_publishers_at_once_lose_nothing(bare: Bare, tmp_path: Path) -> None:
    def publish_all(name: str) -> None:
        cache = tmp_path / f"cache-{name}"
        with open_environments(bare.url, BRANCH, cache=cache) as environments:
            for number in range(4):
                while True:
                    write(environments.tree, f"{name}/{number}")
                    environments.commit(f"{name} {number}")
                    if environments.push():
                        break
                    environments.refresh()

    with ThreadPoolExecutor() as pool:
        list(pool.map(publish_all, "abc"))
    assert bare.files() == [f"{name}/{number}" for name in "abc" for number in range(4)]
    assert sorted(bare.log()) == [f"{name} {number}" for name in "abc" for number in range(4)]
    assert git(bare.path, "rev-list", "--merges", BRANCH) == ""
