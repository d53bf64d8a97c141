"""What is published arrives, byte for byte, and every run starts from what the remote has."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from generator.errors import ToolError
from generator.repository import open_environments
from tests.git.bare import BRANCH, Bare, git
from tests.git.conftest import Opener


def write(tree: Path, path: str, text: str = "text\n") -> None:
    file = tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())


def publish(opened: Opener, files: dict[str, str], message: str = "a message") -> str:
    with opened() as environments:
        for path, text in files.items():
            write(environments.tree, path, text)
        commit = environments.commit(message)
        assert environments.push()
    return commit


def test_a_remote_without_the_branch_has_no_head(opened: Opener) -> None:
    with opened() as environments:
        assert environments.head == ""
        assert len(environments.lineage) == 0
        assert list(environments.tree.iterdir()) == []


def test_the_first_commit_makes_the_branch(opened: Opener, bare: Bare) -> None:
    commit = publish(opened, {"clusters/a/x.yaml": "x: 1\n"}, "First\n\nNets: a\n")
    assert bare.head() == commit
    assert bare.files() == ["clusters/a/x.yaml"]
    assert git(bare.path, "log", "-1", "--format=%B", BRANCH) == "First\n\nNets: a"
    assert git(bare.path, "log", "-1", "--format=%P", BRANCH) == ""


def test_the_next_run_builds_on_what_is_published(opened: Opener, bare: Bare) -> None:
    first = publish(opened, {"a": "1\n"})
    with opened() as environments:
        assert environments.head == environments.lineage.head == first
        assert (environments.tree / "a").read_text() == "1\n"
        (environments.tree / "a").unlink()
        write(environments.tree, "b")
        second = environments.commit("second")
        assert environments.head == environments.lineage.head == second
        assert environments.lineage.follows(second, first)
        assert bare.head() == first
        assert environments.push()
    assert bare.head() == second
    assert bare.files() == ["b"]


def test_two_commits_can_go_in_one_push(opened: Opener, bare: Bare) -> None:
    with opened() as environments:
        write(environments.tree, "a")
        first = environments.commit("first")
        write(environments.tree, "b")
        second = environments.commit("second")
        assert environments.lineage.follows(second, first)
        assert environments.push()
    assert bare.log() == ["second", "first"]


def test_nothing_changed_makes_no_commit(opened: Opener, bare: Bare) -> None:
    commit = publish(opened, {"a": "1\n"})
    with opened() as environments:
        write(environments.tree, "a", "1\n")
        assert environments.commit("again") == ""
        assert environments.commit("again", paths=["a", "none"]) == ""
        assert environments.head == commit
    assert bare.head() == commit


def test_an_empty_tree_makes_no_first_commit(opened: Opener) -> None:
    with opened() as environments:
        assert environments.commit("nothing") == ""


def test_named_paths_are_all_that_is_committed(opened: Opener, bare: Bare) -> None:
    publish(opened, {"a": "1\n", "b": "1\n", "c/d": "1\n", "gone": "1\n"})
    with opened() as environments:
        for path in ("a", "b", "new/*[x]"):
            write(environments.tree, path, "2\n")
        (environments.tree / "gone").unlink()
        (environments.tree / "c/d").unlink()
        (environments.tree / "c").rmdir()
        write(environments.tree, "c", "a file now\n")
        commit = environments.commit("some", paths=["a", "gone", "c/d", "c", "new/*[x]", "none"])
        assert environments.changed(commit) == ("a", "c", "c/d", "gone", "new/*[x]")
        assert environments.push()
    assert bare.file("b") == "1"


def test_an_ignored_file_is_published_all_the_same(opened: Opener, bare: Bare, home: Path) -> None:
    excludes = home / "ignored"
    excludes.write_text("*.yaml\n")
    with (home / ".gitconfig").open("a") as config:
        config.write(f"[core]\nexcludesFile = {excludes}\n")
    publish(opened, {".gitignore": "*\n", "a.yaml": "1\n"})
    assert bare.files() == [".gitignore", "a.yaml"]
    with opened() as environments:
        write(environments.tree, "b.log")
        assert environments.commit("more", paths=["b.log"])


def test_attributes_of_the_tree_have_no_effect(
    opened: Opener, bare: Bare, home: Path, tmp_path: Path
) -> None:
    witness = tmp_path / "witness"
    with (home / ".gitconfig").open("a") as config:
        config.write(f'[filter "bad"]\nclean = touch {witness}; tr a-z A-Z\nrequired\n')
        config.write(f"smudge = touch {witness}; tr a-z A-Z\n[core]\nautocrlf = true\n")
    attributes = (
        "* text eol=crlf ident filter=bad working-tree-encoding=UTF-16\n[attr]m filter=bad\n"
    )
    content = "a $Id$\r\nb\n"
    bare.add({".gitattributes": attributes, "a": content})
    with opened() as environments:
        assert (environments.tree / "a").read_bytes() == content.encode()
        write(environments.tree, "b", content)
        commit = environments.commit("b")
        assert environments.changed(commit) == ("b",)
        assert environments.read(commit, "b") == content
    assert not witness.exists()


def test_hooks_of_the_user_do_not_run(opened: Opener, home: Path, tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "post-checkout", "pre-push", "prepare-commit-msg"):
        (hooks / name).write_text("#!/bin/sh\nexit 1\n")
        (hooks / name).chmod(0o755)
    with (home / ".gitconfig").open("a") as config:
        config.write(f"[core]\nhooksPath = {hooks}\nfsmonitor = {hooks}/pre-commit\n")
    publish(opened, {"a": "1\n"})


def test_a_commit_is_signed_where_git_is_told_to(
    opened: Opener, bare: Bare, home: Path, tmp_path: Path
) -> None:
    signer = tmp_path / "signer"
    signer.write_text(
        "#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\n"
        "echo '-----BEGIN PGP SIGNATURE-----'\n"
    )
    signer.chmod(0o755)
    with (home / ".gitconfig").open("a") as config:
        config.write(f"[commit]\ngpgsign = true\n[gpg]\nprogram = {signer}\n")
    publish(opened, {"a": "1\n"})
    assert "gpgsig -----BEGIN" in git(bare.path, "cat-file", "commit", BRANCH)


def test_a_signature_that_fails_is_told(opened: Opener, home: Path) -> None:
    with (home / ".gitconfig").open("a") as config:
        config.write("[commit]\ngpgsign = true\n[gpg]\nprogram = false\n")
    with pytest.raises(ToolError, match="could not be signed") as raised:
        publish(opened, {"a": "1\n"})
    assert "\n" not in str(raised.value)


def test_without_a_name_for_commits_it_has_its_own(opened: Opener, home: Path, bare: Bare) -> None:
    (home / ".gitconfig").write_text("[user]\nuseConfigOnly = true\n")
    publish(opened, {"a": "1\n"})
    assert git(bare.path, "log", "-1", "--format=%an", BRANCH).strip() == "testnet"


def test_a_link_is_not_published(opened: Opener) -> None:
    with opened() as environments:
        (environments.tree / "link").symlink_to("/etc/passwd")
        with pytest.raises(ToolError, match="holds a link"):
            environments.commit("a link")
    publish(opened, {"a": "1\n"})
    with opened() as environments:
        (environments.tree / "a").unlink()
        (environments.tree / "a").symlink_to("/etc/passwd")
        with pytest.raises(ToolError, match="holds a link"):
            environments.commit("a link")


def test_a_file_that_is_executable_is_published_as_a_file(opened: Opener, bare: Bare) -> None:
    with opened() as environments:
        write(environments.tree, "a")
        (environments.tree / "a").chmod(0o755)
        environments.commit("a")
        assert environments.push()
    assert git(bare.path, "ls-tree", BRANCH).startswith("100644")


def test_what_a_killed_run_left_is_dropped(opened: Opener, bare: Bare) -> None:
    first = publish(opened, {"a": "1\n", "dir/b": "1\n"})
    with opened() as environments:
        write(environments.tree, "a", "half")
        environments.commit("never pushed")
        write(environments.tree, "dir/b", "later")
        write(environments.tree, ".gitignore", "*\n")
        write(environments.tree, "left/over")
        clone = environments.tree.parent
    made = (clone / "git/config").stat().st_ino
    for path in ("index.lock", "HEAD.lock", "refs/heads/published.lock", "objects/pack/tmp_pack_x"):
        write(clone / "git", path, "")
    write(clone / "git", "info/exclude", "*\n")
    with opened() as environments:
        assert environments.head == bare.head() == first
        assert sorted(path.name for path in environments.tree.iterdir()) == ["a", "dir"]
        assert (environments.tree / "a").read_text() == "1\n"
        assert (environments.tree / "dir/b").read_text() == "1\n"
        assert not (clone / "git/objects/pack/tmp_pack_x").exists()
        assert (clone / "git/config").stat().st_ino == made  # not made again for it
        assert environments.commit("nothing") == ""


def test_an_unpushed_first_commit_is_dropped(opened: Opener) -> None:
    with opened() as environments:
        write(environments.tree, "a")
        environments.commit("never pushed")
    with opened() as environments:
        assert environments.head == ""
        assert list(environments.tree.iterdir()) == []


def test_a_refresh_takes_over_what_others_pushed(opened: Opener, bare: Bare) -> None:
    publish(opened, {"a": "1\n"})
    with opened() as environments:
        write(environments.tree, "mine")
        environments.commit("mine")
        theirs = bare.add({"b": "2\n"})
        environments.refresh()
        assert environments.head == theirs
        assert [path.name for path in environments.tree.iterdir()] == ["b"]


def test_the_clone_is_private_and_used_again(opened: Opener) -> None:
    publish(opened, {"a": "1\n"})
    with opened() as environments:
        clone = environments.tree.parent
        before = (clone / "git/config").stat().st_ino
        assert stat.S_IMODE(clone.stat().st_mode) == 0o700
        assert not (environments.tree / ".git").exists()
    with opened() as environments:
        assert (clone / "git/config").stat().st_ino == before


def test_another_branch_or_cache_is_another_clone(bare: Bare, tmp_path: Path) -> None:
    trees = set()
    for branch, cache in (("a", None), ("b", None), ("a", tmp_path / "other")):
        with open_environments(bare.url, branch, cache=cache) as environments:
            trees.add(environments.tree)
    assert len(trees) == 3


def test_the_cache_is_below_home_where_nothing_else_is_said(
    opened: Opener, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    with opened() as environments:
        assert environments.tree.is_relative_to(home / ".cache/testnet-gitops/environments")


def test_the_environment_of_a_hook_is_not_followed(
    opened: Opener, bare: Bare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Bare(tmp_path / "other.git")
    monkeypatch.setenv("GIT_DIR", str(other.path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    publish(opened, {"a": "1\n"})
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_TRACE"):
        monkeypatch.delenv(name)
    assert bare.files() == ["a"]
    assert other.head() == ""
    assert not (tmp_path / "trace").exists()


def test_without_git_it_says_so(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolError, match="git is not installed"), opened():
        pass


def test_without_a_place_it_says_so(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(ToolError, match=r"the clone at .*Not a directory"), opened():
        pass
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(Path, "home", _homeless)
    with pytest.raises(ToolError, match="set HOME"), opened():
        pass


def _homeless() -> Path:
    raise RuntimeError


def test_a_tree_of_thousands_of_files_is_quick(opened: Opener) -> None:
    """A bound that only a process for each file would pass."""
    publish(opened, {f"clusters/{n % 7}/{n}.yaml": f"{n}\n" for n in range(3000)})
    before = os.times()
    with opened() as environments:
        write(environments.tree, "clusters/0/0.yaml", "other\n")
        assert environments.commit("one", paths=["clusters/0/0.yaml"])
        assert environments.push()
    after = os.times()
    used = sum(after[:4]) - sum(before[:4])
    assert used < 3
