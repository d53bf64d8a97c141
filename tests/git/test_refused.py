"""A history that does not tell where keys were held is refused, and nothing is taken over."""

from __future__ import annotations

import shutil

import pytest

from generator.errors import RemoteError
from tests.git.bare import BRANCH, Bare, git
from tests.git.conftest import Opener
from tests.git.test_environments import publish


def refused(opened: Opener, match: str) -> str:
    with pytest.raises(RemoteError, match=match) as raised, opened():
        pytest.fail("it was opened")
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_rewritten_history_is_refused_and_stays_refused(opened: Opener, bare: Bare) -> None:
    publish(opened, {"a": "1\n"})
    first = publish(opened, {"a": "2\n"})
    bare.add({"a": "3\n"}, parents=[])
    for _ in range(2):
        text = refused(opened, "was rewritten")
        assert first[:12] in text
    git(bare.path, "update-ref", f"refs/heads/{BRANCH}", first)
    with opened() as environments:
        assert environments.head == first


def test_a_history_that_was_set_back_is_refused(opened: Opener, bare: Bare) -> None:
    first = publish(opened, {"a": "1\n"})
    publish(opened, {"a": "2\n"})
    git(bare.path, "update-ref", f"refs/heads/{BRANCH}", first)
    refused(opened, "was rewritten")


def test_a_branch_that_is_gone_is_refused(opened: Opener, bare: Bare) -> None:
    publish(opened, {"a": "1\n"})
    bare.delete()
    refused(opened, "was rewritten")


def test_it_is_remembered_beyond_a_clone_made_again(opened: Opener, bare: Bare) -> None:
    publish(opened, {"a": "1\n"})
    with opened() as environments:
        clone = environments.tree.parent
    shutil.rmtree(clone / "git")
    bare.add({"a": "3\n"}, parents=[])
    refused(opened, "was rewritten")
    shutil.rmtree(clone)
    with opened() as environments:
        assert environments.head == bare.head()


def test_a_refused_refresh_leaves_the_last_state(opened: Opener, bare: Bare) -> None:
    commit = publish(opened, {"a": "1\n"})
    with opened() as environments:
        bare.add({"a": "3\n"}, parents=[])
        with pytest.raises(RemoteError, match="was rewritten"):
            environments.refresh()
        assert environments.head == commit
        assert (environments.tree / "a").read_text() == "1\n"


def test_a_merge_is_refused(opened: Opener, bare: Bare) -> None:
    first = bare.add({"a": "1\n"})
    second = bare.add({"a": "2\n"}, parents=[])
    bare.add({"a": "3\n"}, parents=[first, second])
    bare.add({"a": "4\n"})
    refused(opened, "has a merge")


def test_a_shallow_remote_is_refused(opened: Opener, bare: Bare) -> None:
    for number in range(3):
        bare.add({"a": f"{number}\n"})
    shallow = bare.path.parent / "shallow.git"
    git(bare.path, "clone", "-q", "--bare", "--depth=1", bare.url, "-b", BRANCH, str(shallow))
    for _ in range(2):
        with pytest.raises(RemoteError, match="shallow"), opened(f"file://{shallow}"):
            pytest.fail("it was opened")


def test_a_link_in_the_tree_is_refused(opened: Opener, bare: Bare) -> None:
    bare.add({"clusters/link": "/etc"}, mode="120000")
    refused(opened, "a link or a submodule .*clusters/link")


def test_a_submodule_in_the_tree_is_refused(opened: Opener, bare: Bare) -> None:
    commit = bare.add({"a": "1\n"})
    bare.add({"sub": commit}, mode="160000")
    refused(opened, "a link or a submodule .*sub")


def test_a_path_that_git_forbids_is_refused(opened: Opener, bare: Bare) -> None:
    blob = git(bare.path, "hash-object", "-w", "--stdin", data="[core]\n")
    inner = git(bare.path, "mktree", data=f"100644 blob {blob}\tconfig\n")
    tree = git(bare.path, "mktree", data=f"040000 tree {inner}\t.GIT\n")
    commit = git(bare.path, "commit-tree", tree, "-m", "hostile")
    git(bare.path, "update-ref", f"refs/heads/{BRANCH}", commit)
    refused(opened, "git fetch")
