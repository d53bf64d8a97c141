"""`testnet review` as it is run: its files, its exit codes, and what it says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.main import main
from generator.repository import clone
from generator.review.record import read_review
from tests.check.repositories import GitRepository
from tests.policies.checking import TOOLS
from tests.review.conftest import World
from tests.synthetic import REPOSITORY

Review = Callable[..., int]
NOW = "2026-12-01T12:00:00Z"


@pytest.fixture
def run(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Review:
    """The command in the repository of `world`, writing to `out`."""
    monkeypatch.setenv("PATH", str(TOOLS), prepend=":")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.chdir(world.git.root)

    def call(*arguments: str, tree: bool = True) -> int:
        place = ("--tree", str(world.setting.tree)) if tree else ()
        policies = ("--policies", str(REPOSITORY / "policies"))
        base = ("review", "--base", "main", "--output", str(tmp_path / "out"), "--now", NOW)
        return main([*base, *place, *policies, *arguments])

    return call


def test_its_files_and_what_it_says(
    run: Review, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.git.edit(":3.0.3-", ":3.0.4-")
    world.git.edit("whale-1..whale-6", "whale-1..whale-5")
    assert run() == 0
    out = tmp_path / "out"
    review = read_review((out / "review.json").read_bytes())
    assert [net.name for net in review.nets] == ["example"]
    assert "### `example` changes" in (out / "comment.md").read_text("utf-8")
    diff = (out / "manifests.diff").read_text("utf-8")
    assert "# example on asia\n--- a/" in diff
    printed = capsys.readouterr()
    for text in (
        "example changes  qa, owner protocol, expires 2026-12-04T11:00:00Z",
        "3 → 2",
        "goes for good: 1 daemon, 1 volume",
        "daemons restart (image): ",
        "key whale-6 leaves asia/example/whale-whale-6 and goes free, waits for proof from asia",
        "image gcr.io/o1labs-192920/mina-daemon:3.0.3-bullseye-devnet → ",
        "manifests on asia: +",
        "; the working tree against ",
    ):
        assert text in printed.out
    assert "review.json, comment.md, manifests.diff are in" in printed.err


def test_json_is_what_is_written(
    run: Review, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.git.edit("ttl: 72h", "ttl: 10000h")
    assert run("--format", "json") == 1
    printed = capsys.readouterr().out
    assert printed == (tmp_path / "out/review.json").read_text()
    assert json.loads(printed)["verdict"] == "fail"


def test_what_cannot_be_read(
    run: Review, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.git.edit("flavour: mina", "flavour: absent")
    assert run() == 2
    assert "cannot be read, 1 error" in (tmp_path / "out/comment.md").read_text("utf-8")
    assert "error[" in capsys.readouterr().out
    assert (tmp_path / "out/manifests.diff").read_text() == ""


def test_policies_that_cannot_be_read(
    run: Review, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unread = shutil.ignore_patterns("good", "bad", "before")
    shutil.copytree(REPOSITORY / "policies", tmp_path / "policies", ignore=unread)
    (tmp_path / "policies/settings/data.yaml").write_text("levels: [\n")
    assert run("--policies", str(tmp_path / "policies")) == 2
    assert read_review((tmp_path / "out/review.json").read_bytes()).findings
    assert "cannot be read" in capsys.readouterr().out


def test_the_summary_of_a_step(
    run: Review, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert run() == 0
    assert summary.read_text("utf-8").startswith("before\n## ✅ testnet review")


def test_a_summary_that_cannot_be_written(
    run: Review, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "/")
    assert run() == 0
    assert "warning: GITHUB_STEP_SUMMARY=/: Is a directory" in capsys.readouterr().err


def test_the_published_tree_of_a_repository(
    run: Review, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clone, "default_cache", lambda: tmp_path / "clones")
    tree = world.setting.tree
    branch = GitRepository.__new__(GitRepository)
    branch.top = branch.root = tree
    branch.git("init", "--quiet", "--initial-branch", "environments")
    branch.commit()
    world.git.edit("whale-1..whale-6", "whale-1..whale-5")
    assert run("--environments", str(tree), tree=False) == 0
    [net] = read_review((tmp_path / "out/review.json").read_bytes()).nets
    # Only what is published goes for good, and has to be proved to have stopped.
    assert net.removals is not None
    assert net.handovers[0].waits_for


def test_two_published_trees(run: Review, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--environments", ".") == 2
    assert "give one of them" in capsys.readouterr().err


def test_a_change_of_many_nets_is_cut_at_the_terminal(
    run: Review, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    text = world.git.read().replace("name: example", "name: NAME")
    for number in range(25):
        path = f"environments/testnets/n{number}.yaml"
        world.git.write(text.replace("NAME", f"n{number}"), path)
    assert run() in (1, 2)
    printed = capsys.readouterr().out
    assert "and 5 more nets" in printed or "cannot be read" in printed
