"""`testnet expire`: which nets it names, what it removes, and the message that grants it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from generator.expire import find_expired, passed, removal_message
from generator.plan import Allocations, Plan
from generator.published import read_expiries
from tests.allocation import publish, write_published
from tests.conftest import Planner, Program
from tests.repository import NOW, Repository, net

DAY = timedelta(days=1)
ONE = net("name: one", "seeds: {keys: [l01, l04, l05]}")
TWO = net("name: two", "seeds: {keys: [l02]}", "ttl: 2d", "owner: others")
OPEN = net("name: three", "purpose: public", "seeds: {keys: [l03]}").replace("ttl: 1d\n", "")


@pytest.fixture
def made(plans: Planner) -> tuple[Plan, ...]:
    """Two nets that end, and one that does not."""
    return plans(ONE, TWO, OPEN)


@pytest.fixture
def tree(made: tuple[Plan, ...], repository: Repository) -> Path:
    """Where they are published."""
    for name, text in (("one", ONE), ("two", TWO), ("three", OPEN)):
        repository.write_net(name, text)
    write_published(made, repository.tree)
    return repository.tree


def text_of(moment: datetime) -> str:
    return moment.isoformat()


class TestFinding:
    def names(self, made: tuple[Plan, ...], now: datetime, **testnet: object) -> list[str]:
        """Return the nets that are found, when their files say something else."""
        ends = {plan.name: plan.expires for plan in made if plan.expires}
        nets = [replace(plan.testnet, **testnet) for plan in made]  # type: ignore[arg-type]
        return [e.net for e in find_expired(nets, publish(made), ends, now)]

    def test_ends_with_its_time(self, made: tuple[Plan, ...]) -> None:
        assert self.names(made, NOW + DAY - timedelta(seconds=1)) == []
        assert self.names(made, NOW + DAY) == ["one"]
        assert self.names(made, NOW + 9 * DAY) == ["one", "two"]

    def test_time_that_was_given_since_counts(self, made: tuple[Plan, ...]) -> None:
        """The file was changed, and that is not published yet."""
        week = 7 * 24 * 3600
        assert self.names(made, NOW + 6 * DAY, ttl=week) == []
        assert self.names(made, NOW + 7 * DAY, ttl=week) == ["one", "two"]
        assert self.names(made, NOW + 7 * DAY, ttl=0) == []
        # A time that was cut short is not over before everybody could read so.
        assert self.names(made, NOW + DAY, ttl=60) == ["one"]

    def test_protected_net_never_ends(self, made: tuple[Plan, ...]) -> None:
        assert self.names(made, NOW + 9 * DAY, protected=True) == []

    def test_net_that_is_not_published_never_ends(self, made: tuple[Plan, ...]) -> None:
        ends = {"one": NOW}
        nets = [plan.testnet for plan in made]
        assert find_expired(nets, Allocations(), ends, NOW + 9 * DAY) == ()
        assert find_expired(nets, publish(made), {}, NOW + 9 * DAY) == ()

    def test_candidates_are_named_in_order(self) -> None:
        assert passed({"b": NOW, "a": NOW, "c": NOW + DAY}, NOW) == ("a", "b")


def test_ends_are_read_from_locks(tree: Path) -> None:
    assert read_expiries(tree) == {"one": NOW + DAY, "two": NOW + 2 * DAY}
    assert read_expiries(tree / "absent") == {}
    lock = tree / "clusters/east/nets/one/net.lock.yaml"
    lock.write_text(lock.read_text("utf-8").replace("2026-12-02T", "2026-12-09T"), "utf-8")
    assert read_expiries(tree)["one"] == NOW + 8 * DAY


@pytest.mark.usefixtures("tree")
class TestCommand:
    def test_nothing_is_over(self, testnet: Program, repository: Repository) -> None:
        before = repository.files()
        run = testnet("expire", "--now", text_of(NOW), "--write")
        assert (run.code, run.out) == (0, "")
        assert "no net has expired" in run.err
        assert repository.files() == before
        data = json.loads(testnet("expire", "--now", text_of(NOW), "-o", "json").out)
        assert data == {"expired": [], "removed": False, "message": None}

    def test_nets_are_listed(self, testnet: Program, repository: Repository) -> None:
        before = repository.files()
        run = testnet("expire", "--now", text_of(NOW + DAY))
        assert (run.code, run.out) == (
            0,
            "one (owner tests) ended 2026-12-02T12:00:00Z: environments/testnets/one.yaml\n",
        )
        assert repository.files() == before

    def test_files_are_removed(self, testnet: Program, repository: Repository) -> None:
        run = testnet("expire", "--now", text_of(NOW + 9 * DAY), "--write")
        assert run.code == 0
        assert run.out == (
            "Remove 2 nets: their time is over\n"
            "\n"
            "one (owner tests) ended 2026-12-02T12:00:00Z.\n"
            "two (owner others) ended 2026-12-03T12:00:00Z.\n"
            "\n"
            "Allow-removal: one\n"
            "Allow-removal: two\n"
        )
        names = {path.name for path in (repository.root / "environments/testnets").iterdir()}
        assert names == {"three.yaml"}
        # What is on its way out already is not proposed again.
        assert testnet("expire", "--now", text_of(NOW + 9 * DAY)).out == "no net has expired\n"

    def test_scripts_get_json(self, testnet: Program) -> None:
        run = testnet("expire", "--now", text_of(NOW + DAY), "--write", "-o", "json")
        data = json.loads(run.out)
        assert data["expired"] == [
            {
                "net": "one",
                "owner": "tests",
                "expires": "2026-12-02T12:00:00Z",
                "file": "environments/testnets/one.yaml",
            }
        ]
        assert data["removed"]
        assert data["message"].startswith("Remove one: its time is over\n")

    def test_file_that_cannot_be_read_removes_nothing(
        self, testnet: Program, repository: Repository
    ) -> None:
        repository.write_net("one", ONE.replace("qa", "lisp"))
        before = repository.files()
        run = testnet("expire", "--now", text_of(NOW + 9 * DAY), "--write")
        assert run.code == 2
        assert repository.files() == before

    def test_other_files_may_be_wrong(self, testnet: Program, repository: Repository) -> None:
        repository.write_net("three", "no: net\n")
        run = testnet("expire", "--now", text_of(NOW + DAY))
        assert run.code == 0

    def test_file_that_cannot_be_removed_is_told(
        self, testnet: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "unlink", fail)
        run = testnet("expire", "--now", text_of(NOW + DAY), "--write")
        assert run.code == 3
        assert "environments/testnets/one.yaml: cannot be removed" in run.err


def test_message_grants_each_removal_in_its_last_paragraph(made: tuple[Plan, ...]) -> None:
    ends = {"one": NOW + DAY}
    expired = find_expired([made[0].testnet, made[1].testnet], publish(made), ends, NOW + DAY)
    lines = removal_message(expired).split("\n\n")
    assert lines[0] == "Remove one: its time is over"
    assert lines[-1] == "Allow-removal: one\n"
