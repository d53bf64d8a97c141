"""`testnet github expire` proposes each removal once, and nothing goes before it is merged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.main import main
from tests.repository import net
from tests.workflows.commits import git
from tests.workflows.desk import NAME
from tests.workflows.world import BIRTH, World, world

OLD = {
    f"environments/testnets/{name}.yaml": net(f"name: {name}", f"seeds: {{keys: [{key}]}}")
    for name, key in (("old", "l01"), ("older", "l02"))
}


class Person:
    """Somebody at a checkout of main and of the published tree."""

    def __init__(self, place: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place, self.root = place, place.directory / "here"
        self.tree = place.directory / "tree"
        git("clone", "--quiet", str(place.remote), str(self.root))
        git("clone", "--quiet", "--branch", "environments", str(place.remote), str(self.tree))
        rights = {"contents": "write", "pull-requests": "write"}
        monkeypatch.setenv("GITHUB_REPOSITORY", NAME)
        for name, value in place.urls.items():
            monkeypatch.setenv(name, value)
        self._monkeypatch = monkeypatch
        self.hold(rights)

    def hold(self, rights: dict[str, str]) -> None:
        """Hold a token with some rights."""
        token = self.place.app_token("-----BEGIN KEY----- that of the App", rights)
        self._monkeypatch.setenv("GITHUB_TOKEN", token)

    def expire(self, *options: str) -> int:
        """Run the command."""
        where = ("--root", str(self.root), "--tree", str(self.tree))
        return main(["github", "expire", *where, *options])


@pytest.fixture(scope="session")
def aged(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with two nets whose time has been over for long."""
    directory = tmp_path_factory.mktemp("aged")
    with world(directory, made) as place:
        place.publish_long_ago(OLD)
    return directory


@pytest.fixture
def person(aged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    with world(tmp_path, aged) as place:
        yield Person(place, monkeypatch)


def test_one_pull_request_removes_them_with_a_grant(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    assert person.expire("--output", "json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts == {
        "nets": ["old", "older"], "pull": 1, "proposal": "opened", "dry_run": False
    }  # fmt: skip
    pull = person.place.desk.pulls[1]
    assert pull.title == "Remove 2 nets: their time is over"
    assert pull.branch.startswith("expire/")
    message = person.place.git("log", "-1", "--format=%B", pull.head)
    assert message.strip().endswith("Allow-removal: old\nAllow-removal: older")
    changed = person.place.git("diff", "--name-status", "main", pull.head).splitlines()
    assert changed == [f"D\t{path}" for path in sorted(OLD)]
    assert all((person.root / path).exists() for path in OLD)


def test_the_same_is_proposed_once(person: Person, capsys: pytest.CaptureFixture[str]) -> None:
    assert person.expire() == person.expire() == 0
    said = capsys.readouterr().out.splitlines()
    assert said == ["#1 proposes to remove old, older", "#1 proposes already to remove old, older"]
    person.place.desk.pulls[1].state = "closed"
    assert person.expire() == 0
    assert "was closed: they stay" in capsys.readouterr().out
    assert len(person.place.desk.pulls) == 1


def test_what_was_merged_is_over(person: Person, capsys: pytest.CaptureFixture[str]) -> None:
    assert person.expire() == 0
    person.place.desk.merge(1)
    # The nets of these names are there again: another commit, and the branch was left behind.
    assert person.expire() == 0
    assert capsys.readouterr().out.splitlines()[-1] == "#2 proposes to remove old, older"


@pytest.mark.parametrize("option", ["--dry-run", "--now"])
def test_nothing_is_written(
    option: str, person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    assert person.expire(option, *([BIRTH] if option == "--now" else [])) == 0
    said = capsys.readouterr().out.strip()
    assert said == (
        "no net has expired" if option == "--now" else "would propose to remove old, older"
    )
    assert not person.place.desk.pulls
    assert all(method == "GET" for method, _, _ in person.place.desk.requests)


def test_nothing_expired_as_json(person: Person, capsys: pytest.CaptureFixture[str]) -> None:
    assert person.expire("--now", BIRTH, "--output", "json") == 0
    assert json.loads(capsys.readouterr().out)["proposal"] is None


@pytest.mark.parametrize(
    ("rights", "code", "words"),
    [
        ({"contents": "write"}, 3, "does not let the token do this with"),
        ({"pull-requests": "write"}, 3, "branch expire/"),
    ],
)
def test_a_token_that_may_not(
    rights: dict[str, str],
    code: int,
    words: str,
    person: Person,
    capsys: pytest.CaptureFixture[str],
) -> None:
    person.hold(rights)
    assert person.expire() == code
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("method", "path", "answer"),
    [
        ("GET", "/pulls", [{"number": 1}]),
        ("GET", "/pulls", {"not": "a list"}),
        ("POST", "/pulls$", {"number": "one"}),
        ("POST", "/pulls$", []),
    ],
)
def test_an_answer_of_another_shape(
    method: str, path: str, answer: Any, person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    person.place.desk.fail(method, path, (200, {}, answer))
    assert person.expire() == 3
    assert "answers with something else" in capsys.readouterr().err


def test_a_branch_that_cannot_be_made(person: Person, capsys: pytest.CaptureFixture[str]) -> None:
    person.place.desk.fail("POST", "/git/refs", (404, {}, {"message": "Not Found"}))
    assert person.expire() == 3
    assert "branch expire/" in capsys.readouterr().err
    assert person.expire() == 0


def test_a_directory_without_git(
    person: Person, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git("-C", str(person.root), "checkout-index", "--all", f"--prefix={tmp_path}/plain/")
    assert (
        main(["github", "expire", "--root", f"{tmp_path}/plain", "--tree", str(person.tree)]) == 2
    )
    assert "is no git repository" in capsys.readouterr().err
