"""A change as git tells it, and a head out of git objects: data, whatever it holds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from generator.errors import InvalidInput, ToolError, UsageError
from generator.review import head as head_module
from generator.review import history
from generator.review.head import extract
from generator.review.history import read_change
from tests.check.repositories import NET, GitRepository


@pytest.fixture
def git(tmp_path: Path) -> GitRepository:
    return GitRepository(tmp_path / "top")


class TestChange:
    def test_nothing(self, git: GitRepository) -> None:
        change = read_change(git.root, "main")
        assert change.base == change.head == git.git("rev-parse", "HEAD")
        assert (change.paths, change.commits) == ((), ())

    def test_a_working_tree_that_differs_has_no_head(self, git: GitRepository) -> None:
        git.edit("ttl: 72h", "ttl: 71h")
        git.write("a", "environments/ünknown\nname.txt")
        change = read_change(git.root, "main")
        assert change.head == ""
        assert change.paths == (NET, "environments/ünknown\nname.txt")

    def test_what_is_no_input_makes_no_difference(self, git: GitRepository) -> None:
        git.write("a", "notes.txt")
        assert read_change(git.root, "main").head != ""

    def test_commits_and_paths_of_a_branch(self, git: GitRepository) -> None:
        base = git.git("rev-parse", "HEAD")
        git.git("checkout", "--quiet", "-b", "change")
        git.edit("ttl: 72h", "ttl: 71h")
        (git.root / "overlays/new.yaml").write_text("a")
        head = git.commit()
        git.git("checkout", "--quiet", "main")
        git.write("x", "other.txt")
        git.commit()
        change = read_change(git.root, "main", "change")
        assert (change.base, change.head) == (base, head)
        assert change.paths == (NET, "overlays/new.yaml")
        assert [(c.id, c.title) for c in change.commits] == [(head, "change")]

    def test_more_paths_than_are_told(
        self, git: GitRepository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(history, "MAX_PATHS", 1)
        git.edit("ttl: 72h", "ttl: 71h")
        git.write("a", "environments/a.txt")
        change = read_change(git.root, "main")
        assert (len(change.paths), change.more_paths) == (1, 1)

    def test_a_path_of_any_bytes_is_text(self, git: GitRepository) -> None:
        with open(os.fsencode(git.root / "environments") + b"/\xff.txt", "wb"):  # noqa: PTH123 - bytes
            pass
        assert read_change(git.root, "main").paths == ("environments/\\xff.txt",)

    @pytest.mark.parametrize(
        "revision",
        ["", "-x", "--output=x", "a b", "nowhere", "HEAD:environments", "a\nb", "x" * 300],
    )
    def test_what_is_no_revision(self, git: GitRepository, revision: str) -> None:
        with pytest.raises(UsageError, match="revision"):
            read_change(git.root, revision)

    def test_nothing_in_common(self, git: GitRepository) -> None:
        git.git("checkout", "--quiet", "--orphan", "other")
        # Else it could be the very first commit again, made in the same second.
        git.edit("ttl: 72h", "ttl: 71h")
        git.commit()
        with pytest.raises(UsageError, match="fetch-depth: 0"):
            read_change(git.root, "main")


class TestExtract:
    def extract(self, git: GitRepository, target: Path) -> list[str]:
        git.git("add", "--all", "--force")
        commit = git.commit()
        target.mkdir()
        extract(git.root, commit, target)
        return sorted(
            path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()
        )

    def refusal(self, git: GitRepository, target: Path) -> tuple[str, str]:
        with pytest.raises(InvalidInput) as caught:
            self.extract(git, target)
        assert list(target.iterdir()) == []
        [finding] = caught.value.findings
        assert finding.rule == "yaml/file"
        return finding.at.path, finding.message

    def test_files_byte_for_byte(self, git: GitRepository, tmp_path: Path) -> None:
        (git.root / "environments/a").mkdir()
        (git.root / "environments/a/b").write_bytes(b"\x00\r\n\xff")
        (git.root / "environments/empty").write_bytes(b"")
        git.write("* export-ignore export-subst ident\n", "environments/.gitattributes")
        found = self.extract(git, tmp_path / "target")
        assert {"environments/.gitattributes", "environments/empty", NET} <= set(found)
        assert all(path.startswith("environments/") for path in found)
        assert (tmp_path / "target/environments/a/b").read_bytes() == b"\x00\r\n\xff"
        assert (tmp_path / "target" / NET).read_text() == git.read()

    def test_a_link(self, git: GitRepository, tmp_path: Path) -> None:
        (git.root / "environments/link").symlink_to("/etc/passwd")
        assert self.refusal(git, tmp_path / "t") == (
            "environments/link",
            '"environments/link" is a link',
        )

    def test_a_repository_in_it(self, git: GitRepository, tmp_path: Path) -> None:
        commit = git.git("rev-parse", "HEAD")
        entry = f"160000,{commit},environments/sub"
        git.git("update-index", "--add", "--cacheinfo", entry)
        git.git("commit", "--quiet", "--message", "x")
        (tmp_path / "t").mkdir()
        with pytest.raises(InvalidInput) as caught:
            extract(git.root, git.git("rev-parse", "HEAD"), tmp_path / "t")
        assert [f.at.path for f in caught.value.findings] == ["environments/sub"]

    def test_a_large_file(
        self, git: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(head_module, "MAX_FILE", 2**20)
        (git.root / "environments/large").write_bytes(b"a" * (3 * 2**20))
        path, message = self.refusal(git, tmp_path / "t")
        assert (path, message) == (
            "environments/large",
            '"environments/large" has 3 MiB, and 1 are read',
        )

    def test_too_much_together(
        self, git: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(head_module, "MAX_ALL", 1000)
        assert "the files below" in self.refusal(git, tmp_path / "t")[1]

    def test_too_many_files(
        self, git: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(head_module, "MAX_FILES", 2)
        assert "only 2 are read" in self.refusal(git, tmp_path / "t")[1]

    @pytest.mark.parametrize("name", [b"\xff.yaml", b"a\nb.yaml", b"a\\b.yaml"])
    def test_a_name_that_is_none(self, git: GitRepository, tmp_path: Path, name: bytes) -> None:
        with open(os.fsencode(git.root / "environments") + b"/" + name, "wb"):  # noqa: PTH123 - bytes
            pass
        assert "is no name of a file" in self.refusal(git, tmp_path / "t")[1]

    def test_a_name_that_this_disk_refuses(self, git: GitRepository, tmp_path: Path) -> None:
        blob = git.git("hash-object", "-w", NET)
        git.git("update-index", "--add", "--cacheinfo", f"100644,{blob},environments/{'a' * 300}")
        git.git("commit", "--quiet", "--message", "x")
        (tmp_path / "t").mkdir()
        with pytest.raises(InvalidInput) as caught:
            extract(git.root, git.git("rev-parse", "HEAD"), tmp_path / "t")
        assert "cannot be written" in caught.value.findings[0].message

    def test_what_is_no_commit(self, git: GitRepository, tmp_path: Path) -> None:
        with pytest.raises(ToolError):
            extract(git.root, "HEAD", tmp_path)
