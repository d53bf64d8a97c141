"""Killed at any git operation, or told that it failed: the next run ends with the same tree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.publish import publish as publishing
from generator.repository.command import Answer
from generator.tree import apply_changes
from tests.publish.machine_driver import Driver, Killed, fails_after, killed_after
from tests.publish.machine_main import Home, Main
from tests.publish.revisions import BRANCH
from tests.publish.world import World

FEWEST_OPERATIONS = 10
# Where each operation ends is where the next one begins. What git says when it fails is for the
# tests of the repository; here the one that is most deceptive.
FAULTS = ((killed_after, True, 2), (killed_after, False, 1), (fails_after, False, 2))


class Scene:
    """A key on its way to another cluster, which has been seen to stop, and a net that leaves."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.main = Main()
        self.options: tuple[str, ...] = ()

    def prepare(self, *, first: bool) -> None:
        """Get as far as the publish that hands the key over, or to the very first one."""
        driver = self.driver
        driver.start_over()
        driver.write(self.main)
        if not first:
            driver.result()
            self.main.homes["b01"] = Home("one", "fish", "eu-central-1")
            del self.main.nets["two"], self.main.homes["b03"]
            driver.write(self.main)
            driver.result()
            world = World(history=driver.read([]))
            world.catch_up()
            file = driver.base / "evidence.json"
            file.write_text(world.end_look(world.begin_look()))
            self.options = ("--evidence", str(file))
        driver.save("before")

    def publish(self) -> str:
        """Publish from the same start, and return the tree that comes of it."""
        self.driver.result(*self.options)
        return self.tree()

    def tree(self) -> str:
        return self.driver.reader.git("rev-parse", f"{BRANCH}^{{tree}}")


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    driver = Driver(tmp_path)
    driver.install(monkeypatch)
    return Scene(driver)


@pytest.mark.parametrize(("fault", "first", "every"), FAULTS)
def test_a_fault_at_any_operation_changes_nothing_in_the_end(
    scene: Scene,
    fault: Callable[[Callable[[], Answer]], Answer],
    first: bool,  # noqa: FBT001 - as pytest gives it
    every: int,
) -> None:
    scene.prepare(first=first)
    driver = scene.driver
    before = driver.reader.commits()
    expected = scene.publish()
    after = len(driver.reader.commits())
    assert after == len(before) + 1
    number, reached = 1 - every, True
    while reached:
        number += every
        driver.restore("before")
        driver.fault, driver.number = fault, number
        try:
            run = driver.publish("--allow-removal", "two", *scene.options)
            assert run.code in {0, 3}, run.err
            assert "Traceback" not in run.err
        except Killed:
            pass
        reached, driver.fault = driver.fault is None, None
        # Nothing, or the whole commit.
        if driver.reader.commits() != before:
            assert scene.tree() == expected
        assert scene.publish() == expected
        assert len(driver.reader.commits()) == after
    assert number > FEWEST_OPERATIONS
    driver.audit()


def test_a_run_that_ends_while_it_writes_files_leaves_nothing_of_them(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.prepare(first=False)
    expected = scene.publish()
    scene.driver.restore("before")
    real = apply_changes

    def ends_halfway(tree: object, changes: tuple[object, ...], *rest: object) -> None:
        real(tree, changes[: len(changes) // 2], *rest)  # type: ignore[arg-type]
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "apply_changes", ends_halfway)
        with pytest.raises(Killed):
            scene.publish()
    assert scene.publish() == expected
