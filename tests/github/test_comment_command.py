"""`testnet github comment`: a review that is data becomes the comment of its pull request."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from generator.review.model import Review
from generator.review.record import write_review
from tests.conftest import Program
from tests.github.fake import TOKEN, FakeGitHub
from tests.repository import Repository, Run
from tests.review.samples import REVIEW

HEAD = "4" * 40
NET = {"filename": "environments/testnets/pickles-qa.yaml", "status": "added"}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the review of a pull request is."""
    made = tmp_path.parent / f"{tmp_path.name}-review"
    made.mkdir()
    keep(made, replace(REVIEW, head=HEAD))
    return made


def keep(directory: Path, review: Review) -> None:
    (directory / "review.json").write_text(write_review(review))


@pytest.fixture
def number(fake: FakeGitHub) -> int:
    return fake.open_pull("net", head=HEAD, files=[NET])


@pytest.fixture
def run(
    fake: FakeGitHub,
    repository: Repository,
    testnet: Program,
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Program:
    """`testnet github comment` for that review; not compared with others."""
    assert repository.root.is_dir()
    for name, value in fake.environment.items():
        monkeypatch.setenv(name, value)

    def comment(*words: str, code: int = 0) -> Run:
        options = ("--review", str(directory), "--no-conflicts")
        done = testnet("github", "comment", *options, *words)
        assert done.code == code, done.err
        assert TOKEN not in done.out + done.err
        assert "Traceback" not in done.err
        return done

    return comment


def test_written_and_kept(fake: FakeGitHub, run: Program, number: int) -> None:
    done = run("--pull", str(number), "--head", HEAD)
    assert done.out.startswith("#1: comment created https://github.com/o1-labs/testnets/pull/1#")
    (body,) = fake.bodies(number)
    assert body.startswith("<!-- testnet:review -->\n")
    assert "pickles-qa" in body
    assert "changes the code" not in body
    assert "says so already" in run("--pull", str(number)).out
    assert len(fake.bodies(number)) == 1


def test_found_by_its_head(fake: FakeGitHub, run: Program, number: int) -> None:
    """A run that a fork caused does not say which pull request it is of."""
    fake.open_pull("other", head="5" * 40)
    run("--head", HEAD)
    assert len(fake.bodies(number)) == 1
    assert not fake.bodies(2)


def test_nobody_has_that_head(fake: FakeGitHub, run: Program, number: int) -> None:
    fake.push(number, "5" * 40)
    assert run("--head", HEAD).out == "outdated, left alone: no open pull request has this head\n"
    assert run("--head", HEAD, "--pull", "1").out.startswith("#1: outdated, left alone")
    assert not fake.bodies(number)


def test_a_head_that_moves_while_it_is_written(
    fake: FakeGitHub, run: Program, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    respond = fake.respond

    def push(method: str, path: str, token: str, body: object) -> object:
        if "/comments" in path:
            fake.push(number, "5" * 40)
        return respond(method, path, token, body)

    monkeypatch.setattr(fake, "respond", push)
    assert "outdated" in run("--pull", str(number)).out
    assert not fake.bodies(number)


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml",
        "generator/main.py",
        "policies/a/b/rule.rego",
        "pyproject.toml",
        "action.yml",
        "overlays/base/x.yaml",
    ],
)
@pytest.mark.parametrize("renamed", [False, True])
def test_own_code_is_said_first(
    fake: FakeGitHub, run: Program, path: str, *, renamed: bool
) -> None:
    file = {"filename": path, "status": "modified"}
    if renamed:
        file = {"filename": "docs/x", "status": "renamed", "previous_filename": path}
    fake.open_pull("net", head=HEAD, files=[NET, file])
    run("--pull", "1")
    first = fake.bodies(1)[0].removeprefix("<!-- testnet:review -->\n")
    assert first.startswith("> [!WARNING]\n> This pull request changes the code")


def test_so_many_files_that_nobody_knows(fake: FakeGitHub, run: Program) -> None:
    files = [NET | {"filename": f"environments/testnets/{n}.yaml"} for n in range(3001)]
    fake.open_pull("net", head=HEAD, files=files)
    fake.faults.clear()
    run("--pull", "1")
    assert "This pull request changes the code" in fake.bodies(1)[0]


def test_a_review_of_something_else(run: Program, number: int) -> None:
    assert "the review is of 444444444444, not of 5555" in run("--head", "5" * 40).err
    assert number == 1


def test_a_review_of_a_working_tree(
    fake: FakeGitHub, run: Program, number: int, directory: Path
) -> None:
    keep(directory, replace(REVIEW, head=""))
    assert "outdated" in run("--pull", "1").out
    assert not fake.bodies(number)
    assert "the review is of a working tree" in run("--head", HEAD).err
    assert "there is none" in fake.bodies(number)[0]
    assert "pickles-qa" not in fake.bodies(number)[0]


def test_neither_pull_nor_head(run: Program) -> None:
    assert "say which pull request" in run(code=2).err


def test_dry_run(fake: FakeGitHub, run: Program, number: int) -> None:
    done = run("--pull", "1", "--dry-run")
    assert "pickles-qa" in done.out
    assert "comment would be created" in done.err
    (row,) = json.loads(run("--pull", "1", "--dry-run", "--output", "json").out)
    assert (row["comment"], row["dry_run"]) == ("created", True)
    assert not fake.bodies(number)


def test_report(fake: FakeGitHub, run: Program, number: int) -> None:
    run("--pull", "1", "--report-url", "https://github.com/o/r/actions/runs/1")
    assert "](https://github.com/o/r/actions/runs/1)" in fake.bodies(number)[0]


def test_a_review_that_is_none(run: Program, number: int, directory: Path) -> None:
    (directory / "review.json").write_text('{"version": 1}')
    assert "not a review that this program wrote" in run("--pull", "1", code=2).err
    assert number == 1


def test_a_review_that_is_no_file(run: Program, directory: Path, tmp_path: Path) -> None:
    file = directory / "review.json"
    file.unlink()
    assert "No such file" in run("--pull", "1", code=2).err
    file.symlink_to(tmp_path / "environments/fleet.yaml")
    assert "symbolic links" in run("--pull", "1", code=2).err
    file.unlink()
    file.mkdir()
    assert run("--pull", "1", code=2).err
    file.rmdir()
    os.mkfifo(file)
    assert "is no plain file" in run("--pull", "1", code=2).err


def test_permissions_and_locks(fake: FakeGitHub, run: Program, number: int) -> None:
    fake.locked.add(number)
    assert "the conversation is locked" in run("--pull", "1", code=3).err
    fake.permissions.remove("issues")
    assert "it needs the permission issues: write or" in run("--pull", "1", code=3).err


def test_no_such_pull_request(run: Program) -> None:
    assert "(pull request 9 of o1-labs/testnets, HTTP 404)" in run("--pull", "9", code=3).err


@pytest.mark.usefixtures("run")
def test_where_it_cannot_be_compared(
    fake: FakeGitHub, testnet: Program, number: int, directory: Path
) -> None:
    """Without git there is nothing to compare with; the comment is written all the same."""
    done = testnet("github", "comment", "--pull", "1", "--review", str(directory))
    assert done.code == 0, done.err
    assert "it is not compared with other pull requests" in done.err
    assert len(fake.bodies(number)) == 1


@pytest.mark.usefixtures("run")
def test_which_repository(
    testnet: Program, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY")
    words = ("github", "comment", "--pull", "1", "--review", str(directory))
    assert "name the repository on GitHub" in testnet(*words).err
    assert '"x" is not OWNER/NAME' in testnet(*words, "--repository", "x").err
