"""Nets that stay as they are published, while all others go ahead."""

from __future__ import annotations

from typing import Any

import pytest

from tests.publish.stage import Stage, git, group, small
from tests.repository import FLEET

POOL = "{{name: fast, key: {key}, workers: 1, fee: 0.00000006}}"

PUBLIC, QA = "purpose: public", "purpose: qa"


@pytest.fixture
def main(stage: Stage) -> Stage:
    """A repository in git, in which nothing is published."""
    git("-C", str(stage.repository.root), "init", "--quiet")
    commit(stage, "First")
    return stage


def commit(stage: Stage, message: str) -> str:
    """Commit everything to main, and return the commit."""
    root = str(stage.repository.root)
    git("-C", root, "add", "--all")
    git("-C", root, "commit", "--quiet", "--allow-empty", "--message", message)
    return git("-C", root, "rev-parse", "HEAD").strip()


def write(stage: Stage, name: str, text: str) -> str:
    """Write a net, commit it, and return the commit."""
    stage.write(name, text)
    return commit(stage, f"Change {name}")


def held(result: dict[str, Any]) -> dict[str, list[str]]:
    """Return the nets that are held, and which nets each is held for."""
    return {entry["net"]: entry["with"] for entry in result["held"]}


def files_of(stage: Stage, name: str) -> dict[str, str]:
    """Return what is published of a net."""
    return {path: text for path, text in stage.files().items() if name in path.split("/")[4:5]}


class TestNewcomers:
    def test_the_later_of_two_is_held_until_it_is_mended(self, main: Stage) -> None:
        # By name it would be the other way round.
        write(main, "two", small("two", group("fish", "b01")))
        later = write(main, "one", small("one", group("whale", "b01..b02")))
        write(main, "three", small("three", group("carp", "b03")))
        result = main.result(code=1)
        (entry,) = result["held"]
        assert entry == {
            "net": "one",
            "reason": 'key "b01" is that of "two"',
            "with": ["two"],
            "commit": later,
        }
        assert set(result["nets"]) == {"two", "three"}
        text = main.publish()
        assert f"one is held back (last changed by {later[:12]}): key" in text.out
        write(main, "one", small("one", group("whale", "b02")))
        mended = main.result()
        assert (mended["held"], mended["nets"]) == ([], ["one"])

    def test_of_one_commit_the_name_decides_and_uncommitted_ones_are_last(
        self, main: Stage
    ) -> None:
        main.write("two", small("two", group("fish", "b01")))
        main.write("three", small("three", group("carp", "b01..b02")))
        commit(main, "Both")
        main.write("one", small("one", group("whale", "b02")))
        found = main.result("--allow-dirty", code=1)
        assert held(found) == {"two": ["three"], "one": ["three"]}
        assert found["held"][0]["commit"] is None

    def test_without_git_the_name_decides(self, stage: Stage) -> None:
        stage.write("two", small("two", group("fish", "b01")))
        stage.write("one", small("one", group("whale", "b01")))
        assert held(stage.result(code=1)) == {"two": ["one"]}

    def test_a_seed_and_a_coordinator_have_one_holder_too(self, main: Stage) -> None:
        coordinator = (f"snark_pools: [{POOL.format(key='s01')}]",)
        write(main, "one", small("one", group("whale", "b01"), fields=coordinator))
        main.result()
        # Published and unchanged, whatever its name and its age.
        write(main, "two", small("two", group("fish", "b02"), fields=coordinator))
        seed = small("three", group("carp", "b03")).replace("l03", "l01")
        write(main, "three", seed)
        found = main.result(code=1)
        assert held(found) == {"two": ["one"], "three": ["one"]}
        assert found["changes"] == []

    def test_two_public_nets_have_two_chains(self, main: Stage) -> None:
        def chain(name: str, key: str, purpose: str) -> str:
            text = small(name, group("whale", key), fields=("genesis: {ledger: image}", purpose))
            text = text.replace(', stake: "0"', "")
            return text if purpose == QA else text.replace("ttl: 1d\n", "")

        write(main, "one", chain("one", "b01", PUBLIC))
        write(main, "two", chain("two", "b02", PUBLIC))
        write(main, "three", chain("three", "b03", QA))
        result = main.result(code=1)
        assert held(result) == {"two": ["one"], "three": ["one"]}
        assert result["held"][0]["reason"] == 'the genesis is that of "one"'
        # Nets for QA may share it with each other.
        write(main, "one", chain("one", "b01", QA))
        assert held(main.result(code=1)) == {"two": ["one"]}

    def test_the_rest_of_a_capacity_goes_to_the_first(self, main: Stage) -> None:
        # A producer asks for eight cores, a seed for four or so.
        main.repository.write("environments/fleet.yaml", FLEET.replace("cpu: 4000", "cpu: 30"))
        write(main, "one", small("one", group("whale", "b01")))
        main.result()
        write(main, "two", small("two", group("fish", "b04..b13")))
        write(main, "three", small("three", group("carp", "b03")))
        result = main.result(code=1)
        assert held(result) == {"two": []}
        assert "more cores of cluster" in result["held"][0]["reason"]
        assert result["nets"] == ["three"]


class TestChanged:
    def test_a_net_that_changes_stays_file_by_file(self, main: Stage) -> None:
        write(main, "one", small("one", group("whale", "b01")))
        write(main, "two", small("two", group("fish", "b02")))
        main.result()
        before = files_of(main, "one")
        # It would also give up its own key, and gain a daemon.
        write(main, "one", small("one", group("shark", "b02..b03")))
        write(main, "two", small("two", group("fish", "b02"), group("carp", "b04")))
        result = main.result(code=1)
        assert held(result) == {"one": ["two"]}
        assert result["nets"] == ["two"]
        assert result["removals"] == []
        assert files_of(main, "one") == before
        assert main.result(code=1)["changes"] == []

    def test_a_net_that_is_held_keeps_what_it_wanted_to_give_away(self, main: Stage) -> None:
        coordinator = (f"snark_pools: [{POOL.format(key='s01')}]",)
        write(main, "one", small("one", group("whale", "b01"), fields=coordinator))
        write(main, "two", small("two", group("fish", "b02")))
        main.result()
        # The coordinator's key and that of the producer go to three, in which only the first
        # cannot wait.
        write(main, "one", small("one", group("whale", "b02")))
        three = small("three", group("carp", "b01, b03"), fields=coordinator)
        write(main, "three", three)
        result = main.result(code=1)
        assert held(result) == {"one": ["two"], "three": ["one"]}
        assert "is still that of" in result["held"][1]["reason"]
        write(main, "three", small("three", group("carp", "b01, b03")))
        result = main.result(code=1)
        assert held(result) == {"one": ["two"]}
        assert result["nets"] == ["three"]
        assert [(h["state"], h["from"]) for h in result["hand_overs"]] == []

    def test_a_hand_over_waits_while_its_net_is_held(self, main: Stage) -> None:
        write(main, "one", small("one", group("whale", "b01..b02")))
        write(main, "two", small("two", group("fish", "b03")))
        main.result()
        write(main, "one", small("one", group("whale", "b02")))
        write(main, "two", small("two", group("fish", "b03, b01")))
        main.result()
        proof = main.stopped()
        main.repository.write("environments/testnets/one.yaml", "name: [")
        commit(main, "Break one")
        result = main.result(*proof, code=1)
        assert held(result) == {"one": []}
        (waits,) = result["hand_overs"]
        assert waits["state"] == "wait"
        assert waits["waits_for"].startswith("one is held back: environments/testnets/one.yaml:1")
        write(main, "one", small("one", group("whale", "b02")))
        (given,) = main.result(*proof)["hand_overs"]
        assert given["state"] == "hand-over"


class TestBroken:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("name: [", "environments/testnets/one.yaml:1:"),
            (small("one", group("whale", "b01, b90")), 'key "b90" is in no pool'),
            (small("one", group("whale", "b01")).replace("us-west-2", "us-west-9"), "us-west-9"),
        ],
    )
    def test_a_file_that_is_wrong_holds_its_net_alone(
        self, main: Stage, text: str, reason: str
    ) -> None:
        write(main, "one", small("one", group("whale", "b01")))
        main.result()
        before = files_of(main, "one")
        broken = write(main, "one", text)
        write(main, "two", small("two", group("fish", "b02")))
        result = main.result(code=1)
        (entry,) = result["held"]
        assert reason in entry["reason"]
        assert (entry["net"], entry["with"], entry["commit"]) == ("one", [], broken)
        assert result["nets"] == ["two"]
        assert files_of(main, "one") == before
        assert result["removals"] == []

    def test_a_file_of_another_name_removes_nothing(self, main: Stage) -> None:
        write(main, "one", small("one", group("whale", "b01")))
        main.result()
        main.remove("one")
        main.write("other", small("one", group("whale", "b01")))
        main.write("two", small("two", group("fish", "b02")))
        main.repository.write("environments/testnets/two.yml", "name: two\n")
        main.repository.write("environments/testnets/two.YAML", "name: two\n")
        commit(main, "Rename one to other, and write two twice")
        result = main.result("--allow-removal", "one", code=1)
        assert set(held(result)) == {"one", "other", "two.yml", "two.YAML"}
        assert (result["nets"], result["removals"]) == (["two"], [])

    def test_a_directory_with_the_name_of_a_net_does_not_hold_it(self, main: Stage) -> None:
        main.write("one", small("one", group("whale", "b01")))
        main.repository.write("environments/testnets/one/more.yaml", "name: more\n")
        added = commit(main, "Write one, and a directory beside it")
        result = main.result(code=1)
        [entry] = result["held"]
        assert (entry["net"], entry["commit"]) == ("one/", added)
        assert result["nets"] == ["one"]

    def test_a_broken_net_does_not_take_what_others_have(self, main: Stage) -> None:
        write(main, "one", small("one", group("whale", "b01, b90")))
        write(main, "two", small("two", group("fish", "b01")))
        result = main.result(code=1)
        assert set(held(result)) == {"one"}
        assert result["nets"] == ["two"]
