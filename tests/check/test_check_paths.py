"""What a PATH of `testnet check` stands for: a draft to judge, or a part of the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.commands import check as command
from generator.errors import UsageError
from generator.report.verdict import Verdict


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "root"
    (root / "environments").mkdir(parents=True)
    monkeypatch.chdir(root)
    return root


def written(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("name: x\n", "utf-8")
    return path


def resolved(root: Path, *paths: Path | str) -> tuple[list[str], list[Path]]:
    tree = root / "published"
    return command._resolve_paths([str(path) for path in paths], root, tree)  # noqa: SLF001


class TestInTheRepository:
    @pytest.mark.parametrize("path", ["x.yaml", "drafts/x.yaml", "docs/a/x.yaml"])
    def test_a_draft(self, root: Path, path: str) -> None:
        draft = written(root / path)
        assert resolved(root, path) == ([path], [draft])
        assert resolved(root, path, draft, root) == ([], [draft])

    @pytest.mark.parametrize(
        "path",
        [
            "environments/testnets/x.yaml",
            "environments/other/x.yaml",
            "overlays/base/x.yaml",
            "policies/keys/x.yaml",
            "build/environments/clusters/x.yaml",
            "published/clusters/x/testnets/x.yaml",
            ".github/workflows/x.yaml",
            ".git/x.yaml",
            "drafts/x.yml",
            "drafts/x.json",
            "README.md",
        ],
    )
    def test_what_is_none(self, root: Path, path: str) -> None:
        written(root / path)
        assert resolved(root, path) == ([path], [])

    def test_a_directory(self, root: Path) -> None:
        written(root / "drafts/x.yaml")
        assert resolved(root, "drafts") == (["drafts"], [])


class TestElsewhere:
    def test_a_file_and_a_directory(self, root: Path, tmp_path: Path) -> None:
        path = written(tmp_path / "drafts/x.yaml")
        written(tmp_path / "drafts/y.txt")
        assert resolved(root, path) == ([path.as_posix()], [path])
        assert resolved(root, path.parent, path)[1] == [path]

    @pytest.mark.parametrize("path", ["a/x.yml", "a/x", "a"])
    def test_what_is_no_testnet_file(self, root: Path, tmp_path: Path, path: str) -> None:
        written(tmp_path / "a/x.yml")
        written(tmp_path / "a/x")
        with pytest.raises(UsageError, match="no testnet file"):
            resolved(root, tmp_path / path)

    def test_the_published_tree(self, root: Path, tmp_path: Path) -> None:
        path = written(tmp_path / "tree/clusters/x.yaml")
        for given in (path, path.parent):
            paths = command._resolve_paths([str(given)], root, tmp_path / "tree")  # noqa: SLF001
            assert paths == ([given.as_posix()], [])


class TestLinks:
    def test_one_in_the_repository_stays_one(self, root: Path, tmp_path: Path) -> None:
        written(tmp_path / "elsewhere.yaml")
        (root / "environments/testnets").mkdir()
        (root / "environments/testnets/x.yaml").symlink_to(tmp_path / "elsewhere.yaml")
        path = "environments/testnets/x.yaml"
        assert resolved(root, path) == ([path], [])

    def test_one_elsewhere_leads_where_it_leads(self, root: Path, tmp_path: Path) -> None:
        path = written(tmp_path / "elsewhere.yaml")
        (tmp_path / "link.yaml").symlink_to(path)
        (tmp_path / "top").symlink_to(root)
        assert resolved(root, tmp_path / "link.yaml") == ([path.as_posix()], [path])
        assert resolved(root, tmp_path / "top") == ([], [])
        assert resolved(root, tmp_path / "top/environments") == (["environments"], [])

    def test_one_that_leads_nowhere(self, root: Path) -> None:
        (root / "x.yaml").symlink_to("absent")
        with pytest.raises(UsageError, match="no such file"):
            resolved(root, "x.yaml")


def test_a_summary_that_cannot_be_written_is_said(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(root))
    command._write(  # noqa: SLF001 - the command needs an OPA for it
        Verdict(findings=()), command.Format.GITHUB, root, everything=False
    )
    said = capsys.readouterr().err
    assert said == f"warning: GITHUB_STEP_SUMMARY={root}: Is a directory\n"
