"""Several publishers at once: one wins, the others compute everything again on its head."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from generator.publish import publish as publishing
from tests.publish.machine_driver import NOW, Driver
from tests.publish.machine_main import Home, Main
from tests.publish.world import World
from tests.repository import IMAGE
from tests.synthetic import REPOSITORY

# Enough to be given up; the program has more.
TRIES = 3


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    """A published tree, and main unchanged since."""
    driver = Driver(tmp_path)
    driver.install(monkeypatch)
    driver.start_over()
    driver.write(Main())
    driver.result()
    return driver


def world_of(driver: Driver) -> World:
    """Return clusters that have followed, of a history that may be rewritten by nobody."""
    world = World(history=driver.read([]))
    world.catch_up()
    return world


def evidence(driver: Driver, world: World) -> tuple[str, str]:
    file = driver.base / "evidence.json"
    file.write_text(world.end_look(world.begin_look()))
    return "--evidence", str(file)


def test_the_one_that_loses_steps_on_from_what_the_other_published(driver: Driver) -> None:
    mine, other = Main(), Main()
    mine.homes["b01"] = Home("one", "whale", "us-east1")
    other.homes["b01"] = Home("one", "whale", "eu-central-1")
    driver.write(mine)
    driver.write(other, "other")
    driver.meanwhile = [lambda: driver.publish(root="other", clone="two")]
    result = driver.result()
    # The other has drained it already: there is nothing left for the key but to wait.
    (row,) = result["hand_overs"]
    assert (row["state"], row["to"].partition("/")[0]) == ("wait", "east")
    assert len(driver.reader.commits()) == 3
    driver.count_steps()
    assert driver.steps["drain"] == 1
    driver.audit()


def test_evidence_of_a_drain_that_another_took_back_moves_nothing(driver: Driver) -> None:
    mine, other = Main(), Main()
    mine.homes["b01"] = Home("one", "whale", "us-east1")
    driver.write(mine)
    driver.write(other, "other")
    driver.result()
    world = world_of(driver)
    driver.meanwhile = [lambda: driver.publish(root="other", clone="two")]
    result = driver.result(*evidence(driver, world))
    (row,) = result["hand_overs"]
    assert row["state"] == "drain"
    world.history += driver.read(world.history)
    assert len(world.history) == 4
    assert all(len(places) == 1 for places in world.where().values())
    driver.audit()


def test_both_hand_over_the_same_key_and_one_does(driver: Driver) -> None:
    mine, other = Main(), Main()
    mine.homes["b01"] = Home("one", "whale", "us-east1")
    other.homes["b01"] = Home("two", "whale", "eu-central-1")
    driver.write(mine)
    driver.write(other, "other")
    driver.result()
    world = world_of(driver)
    proof = evidence(driver, world)
    driver.meanwhile = [lambda: driver.publish(*proof, root="other", clone="two")]
    result = driver.result(*proof)
    (row,) = [row for row in result["hand_overs"] if row["from"]]
    assert (row["state"], row["from"].partition("/")[0]) == ("drain", "center")
    world.history += driver.read(world.history)
    assert all(len(places) == 1 for places in world.where().values())
    driver.audit()


def test_a_branch_that_never_rests_is_given_up(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "TRIES", TRIES)
    mine = Main()
    mine.homes["b01"] = Home("one", "whale", "us-east1")
    driver.write(mine)
    images = iter(range(TRIES))

    def quicker() -> None:
        other = Main()
        other.nets["two"] = IMAGE.replace("1.0.0", f"2.0.{next(images)}")
        driver.write(other, "other")
        assert driver.publish(root="other", clone="two").code == 0

    driver.meanwhile = [quicker] * TRIES
    run = driver.publish()
    assert run.code == 3
    assert f"moved {TRIES} times" in " ".join(run.err.split())
    assert len(driver.reader.commits()) == 1 + TRIES
    assert driver.result()["commit"]


def test_two_processes_at_once_publish_one_after_the_other(driver: Driver) -> None:
    for name, image in (("main", "3.0.0"), ("other", "3.0.1")):
        main = Main()
        main.nets["two"] = IMAGE.replace("1.0.0", image)
        driver.write(main, name)
    command = [sys.executable, "-m", "generator", "publish", "--now", NOW]
    command += [] if driver.reader.commits() else ["--first"]
    running = [
        subprocess.Popen(
            [
                *command,
                "--root",
                str(driver.base / root),
                "--environments",
                str(driver.remote),
            ],
            cwd=REPOSITORY,
            env=os.environ | {"XDG_CACHE_HOME": str(driver.base / clone)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        # Two of a machine share its clone, and wait for each other; the third has its own.
        for root, clone in (("main", "one"), ("other", "one"), ("main", "two"))
    ]
    for process in running:
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said
    revisions = driver.read([])
    assert 2 < len(revisions) <= 4
    driver.audit()
