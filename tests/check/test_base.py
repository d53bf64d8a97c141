"""What people wrote at an earlier revision, out of git."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from generator.check.base import archive, files_in, unpacked
from generator.errors import ToolError, UsageError
from tests.check.repositories import NET, GitRepository
from tests.directories import content


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> GitRepository:
    made = GitRepository(tmp_path_factory.mktemp("git") / "top")
    made.git("tag", "v1.0+rc#1")
    made.edit("ttl: 72h", "ttl: 71h")
    made.commit()
    return made


def net_at(repository: GitRepository, revision: str) -> str:
    with unpacked(archive(repository.root, revision)) as base:
        return (base / NET).read_text("utf-8")


@pytest.mark.parametrize("revision", ["HEAD~1", "HEAD^", "main~1", "v1.0+rc#1", "main@{1}"])
def test_files_as_they_were(repository: GitRepository, revision: str) -> None:
    assert "ttl: 72h" in net_at(repository, revision)
    assert "ttl: 71h" in net_at(repository, "@")


def test_only_what_is_judged_and_only_for_a_while(repository: GitRepository) -> None:
    with unpacked(archive(repository.root, "HEAD")) as base:
        assert {path.name for path in base.iterdir()} == {"environments", "overlays"}
        assert content(base)
        files = files_in(archive(repository.root, "HEAD"))
        assert files
        there = [path for path in base.rglob("*") if path.is_file()]
        assert files == {path.relative_to(base).as_posix(): path.read_bytes() for path in there}
    assert not base.exists()


@pytest.mark.parametrize(
    "revision",
    [
        "--output=x",
        "-h",
        "",
        " ",
        "HEAD:environments",
        "main..HEAD",
        "a b",
        "absent",
        "0" * 40,
        "HEAD~99",
        "HEAD\n",
        "HEAD\0",
        "@{-1}",
    ],
)
def test_what_is_no_revision(
    repository: GitRepository, revision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="no revision") as caught:
        archive(repository.root, revision)
    assert "\n" not in str(caught.value).replace(revision, "")
    assert not [*tmp_path.iterdir()]
    assert not (repository.root / "x").exists()


def test_a_root_below_the_top(tmp_path: Path) -> None:
    repository = GitRepository(tmp_path / "top", "deploy/nets")
    repository.edit("ttl: 72h", "ttl: 71h")
    assert "ttl: 72h" in net_at(repository, "HEAD")


def test_a_shallow_clone_says_so(repository: GitRepository, tmp_path: Path) -> None:
    repository.git(
        "clone", "--quiet", "--depth", "1", f"file://{repository.top}", str(tmp_path / "c")
    )
    with pytest.raises(UsageError, match="is the clone shallow"):
        archive(tmp_path / "c", "HEAD~1")
    assert archive(tmp_path / "c", "HEAD")


def test_what_is_no_repository(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is in no git repository"):
        archive(tmp_path, "HEAD")


def test_a_repository_that_git_cannot_read(tmp_path: Path) -> None:
    """Of one without a HEAD git says the same as of one that it may not open."""
    top = GitRepository(tmp_path / "top", "below").top
    (top / ".git/HEAD").unlink()
    with pytest.raises(UsageError, match=r"git cannot read .*/top/\.git as a repository; see "):
        archive(top / "below", "HEAD")


def test_a_revision_without_environments(tmp_path: Path) -> None:
    other = GitRepository(tmp_path / "top")
    other.git("rm", "-r", "--quiet", "environments")
    other.commit()
    with pytest.raises(UsageError, match="no environments/"):
        archive(other.root, "HEAD")
    assert archive(other.root, "HEAD~1")


def test_without_git(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="git is needed"):
        archive(repository.root, "HEAD")


def test_nothing_that_a_repository_asks_for_is_run(tmp_path: Path) -> None:
    repository = GitRepository(tmp_path / "top")
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/run'\n")
    program.chmod(0o755)
    for name in ("core.fsmonitor", "core.sshCommand", "core.pager", "core.editor"):
        repository.git("config", name, str(program))
    assert archive(repository.root, "HEAD")
    assert not (tmp_path / "run").exists()


class TestLinks:
    @pytest.mark.parametrize("target", ["/etc", "../../../../etc"])
    def test_out_of_the_archive_are_refused(self, tmp_path: Path, target: str) -> None:
        repository = GitRepository(tmp_path / "top")
        (repository.root / "environments/link").symlink_to(target)
        repository.commit()
        content = archive(repository.root, "HEAD")
        assert files_in(content) is None
        with pytest.raises(UsageError, match="cannot unpack"), unpacked(content):
            pass

    def test_what_is_no_archive(self) -> None:
        assert files_in(b"x" * 2000) is None
        with pytest.raises(UsageError, match="cannot unpack"), unpacked(b"x" * 2000):
            pass

    def test_devices_are_refused(self) -> None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as files:
            member = tarfile.TarInfo("environments/pipe")
            member.type = tarfile.FIFOTYPE
            files.addfile(member)
        with pytest.raises(UsageError, match="cannot unpack"), unpacked(buffer.getvalue()):
            pass
