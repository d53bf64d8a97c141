"""A state machine that drives the real command line, and what must hold after every step."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.publish.machine_driver import FAULTS, NOW, Driver, Killed
from tests.publish.machine_main import EDITS, Main
from tests.publish.world import Look, World
from tests.repository import Run

GRANT = ("--allow-removal", "one", "--allow-removal", "two")
# Commits with which everything must be done once all clusters follow: drain, release or hand
# over, claim of a place that was taken, removal of what has stopped, the lock of what is left.
MOST = 6
OPERATIONS = 30
WITHHELD, USAGE = 1, 2


class Machine(RuleBasedStateMachine):
    """People edit main, publishers publish, clusters follow, and everything may go wrong."""

    def __init__(self, driver: Driver) -> None:
        super().__init__()
        self.driver = driver
        self.main = Main()
        self.mains = [self.main.copy()]
        self.world = World()
        self.files: list[Path] = []
        self.look: Look | None = None
        self.audited = 0
        driver.start_over()

    @initialize(published=st.booleans())
    def begin(self, published: bool) -> None:  # noqa: FBT001 - as Hypothesis calls it
        self.driver.write(self.main)
        if published:
            self.driver.restore("published")
            self.see()
            self.world.catch_up()

    def see(self) -> None:
        """Take over what is published now."""
        self.world.history += self.driver.read(self.world.history)

    # What people do.

    def _edit(self, data: st.DataObject) -> None:
        """Leave main as it is, change it, or go back to what it was."""
        what = data.draw(st.sampled_from(["change", "change", "nothing", "undo"]))
        if what == "undo":
            self.main = data.draw(st.sampled_from(self.mains[-3:])).copy()
        elif what == "change":
            self._change(self.main, data)
        if what != "nothing":
            self.mains.append(self.main.copy())
            self.driver.write(self.main)

    def _change(self, main: Main, data: st.DataObject) -> None:
        for change in data.draw(st.lists(st.sampled_from(EDITS), min_size=1, max_size=2)):
            change(main, lambda values: data.draw(st.sampled_from(values)))

    def _follow(self, data: st.DataObject) -> None:
        """Let no cluster follow, or all or some the head; with or without an end of their pods."""
        how = data.draw(st.sampled_from(["stop", "stop", "apply", "some", "none"]))
        if how == "some" and self.world.clusters:
            self._follow_all(but=data.draw(st.sampled_from(self.world.clusters)), stop=True)
        elif how != "none":
            self._follow_all(stop=how == "stop")

    def _follow_all(self, *, stop: bool, but: str = "") -> None:
        for cluster in self.world.clusters:
            if cluster not in self.world.dead and cluster != but:
                self.world.apply(cluster, self.world.head)
                if stop:
                    self.world.stop([p for p in self.world.stopping() if p.cluster == cluster])

    # What publishers do.

    @rule(data=st.data(), granted=st.booleans(), clone=st.sampled_from(["one", "two"]))
    def publish(self, data: st.DataObject, granted: bool, clone: str) -> None:  # noqa: FBT001
        self._prepare(data)
        options = (*self._evidence(data), *(GRANT if granted else ()))
        run = self.driver.publish(*options, clone=clone)
        assert run.code in {0, 1}, run.err
        self.see()

    @rule(
        data=st.data(),
        fault=st.sampled_from(FAULTS),
        number=st.integers(1, OPERATIONS),
    )
    def publish_with_a_fault(self, data: st.DataObject, fault: Any, number: int) -> None:
        self._prepare(data)
        options = (*self._evidence(data), *GRANT)
        self.driver.fault, self.driver.number = fault, number
        try:
            run = self.driver.publish(*options)
            assert run.code in {0, 3}, run.err
        except Killed:
            pass
        self.driver.fault = None
        self.see()

    @rule(data=st.data(), times=st.integers(1, 2))
    def publish_against_another(self, data: st.DataObject, times: int) -> None:
        """Another publisher, with another main and other evidence, is quicker to push."""
        self._prepare(data)
        other = self.main.copy()
        self._change(other, data)
        self.driver.write(other, "other")

        def quicker() -> None:
            run = self.driver.publish(*theirs, *GRANT, root="other", clone="two")
            assert run.code == 0, run.err

        mine, theirs = self._evidence(data), self._evidence(data)
        self.driver.meanwhile = [quicker] * times
        run = self.driver.publish(*mine, *GRANT)
        self.driver.meanwhile = []
        assert run.code == 0, run.err
        self.see()

    def _prepare(self, data: st.DataObject) -> None:
        """Have most publishes find something to do: other rules alone seldom get that far."""
        self._edit(data)
        self._follow(data)

    def _evidence(self, data: st.DataObject) -> tuple[str, ...]:
        kind = data.draw(
            st.sampled_from(["fresh", "fresh", "fresh", "stale", "stale", "some", "none"])
        )
        if kind == "none" or not self.world.history:
            return ()
        if kind == "stale" and self.files:
            return ("--evidence", str(data.draw(st.sampled_from(self.files))))
        silent: set[str] = set()
        if kind == "some":
            silent = data.draw(st.sets(st.sampled_from(["west", "center", "east"]), max_size=2))
        return ("--evidence", str(self._file(self.world.begin_look(), silent)))

    def _file(self, look: Look, silent: set[str] | frozenset[str] = frozenset()) -> Path:
        path = self.driver.base / f"evidence-{len(self.files)}.json"
        path.write_text(self.world.end_look(look, silent))
        self.files.append(path)
        return path

    @precondition(lambda self: self.world.history and self.main.homes)
    @rule(data=st.data(), stopped=st.booleans())
    def there_and_back(self, data: st.DataObject, stopped: bool) -> None:  # noqa: FBT001
        """A key is drained, goes on, and is drained again; evidence is of the first time."""
        key = data.draw(st.sampled_from(sorted(self.main.homes)))
        home = self.main.homes[key]
        away = replace(home, group="fish" if home.group == "whale" else "whale")
        for place in (away, home, away):
            self.main.homes[key] = place
            self.mains.append(self.main.copy())
            self.driver.write(self.main)
            run = self.driver.publish(*GRANT)
            assert run.code == 0, run.err
            self.see()
            if place is away and stopped:
                self._follow_all(stop=True)
                self._file(self.world.begin_look())
                stopped = False
        if self.files:
            run = self.driver.publish(*GRANT, "--evidence", str(self.files[-1]))
            assert run.code == 0, run.err
            self.see()

    @precondition(lambda self: self.world.history)
    @rule()
    def read_half(self) -> None:
        """Somebody reads which revisions are applied, and is slow to read the rest."""
        if self.look:
            self._file(self.look)
            self.look = None
        else:
            self.look = self.world.begin_look()

    @precondition(lambda self: self.world.dead)
    @rule()
    def release(self) -> None:
        """An operator gives away the keys of clusters that are gone, once they are draining."""
        waiting = self._waiting()
        for row in waiting:
            cluster = str(row["from"]).partition("/")[0]
            if cluster in self.world.dead:
                self._release(str(row["key"]), granted=row["waits_for"])
        draining = {row["key"] for row in waiting}
        for key in sorted({text for text in self.main.public_keys() if text not in draining})[:1]:
            run = self._run_release(key)
            assert run.code == USAGE, run.out

    def _release(self, key: str, granted: str) -> None:
        run = self._run_release(key)
        assert run.code in {0, USAGE}, run.err
        self.see()
        if run.code == 0:
            assert key not in {row["key"] for row in self._waiting()}, run.out
        else:
            # Of a net whose removal nobody granted, everything stays.
            assert self.driver.publish().code == WITHHELD, (granted, run.err)
            self.see()

    def _run_release(self, key: str) -> Run:
        words = ("--cluster-is-gone", "--by", "tests", "--why", "it is")
        return self.driver.run("keys", "release", key, *words, "--now", NOW)

    def _waiting(self) -> list[dict[str, Any]]:
        run = self.driver.publish("--dry-run", *GRANT)
        assert run.code == 0, run.err
        return [row for row in json.loads(run.out)["hand_overs"] if row["state"] == "wait"]

    # What clusters do.

    @precondition(lambda self: self.world.clusters)
    @rule(data=st.data())
    def happen(self, data: st.DataObject) -> None:
        """A cluster or one overlay of it applies some revision, pods stop, a cluster is lost."""
        cluster = data.draw(st.sampled_from(self.world.clusters))
        what = data.draw(st.sampled_from(["apply", "apply", "stop", "lose"]))
        if cluster in self.world.dead:
            self.world.rebuild(cluster)
        elif what == "apply":
            self._apply(cluster, data)
        elif what == "lose":
            self.world.destroy(cluster)
        elif self.world.stopping():
            self.world.stop([data.draw(st.sampled_from(self.world.stopping()))])

    def _apply(self, cluster: str, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, self.world.head))
        units = [unit for unit in self.world.units if unit.cluster == cluster]
        unit = data.draw(st.sampled_from([None, *units]))
        if unit is None:
            self.world.apply(cluster, index)
        else:
            self.world.apply_overlay(unit, index)

    # What must hold.

    @invariant()
    def no_key_runs_twice(self) -> None:
        for label, places in sorted(self.world.where().items()):
            assert len(places) <= 1, f"{label} can run at {sorted(map(str, places))}"

    @invariant()
    def the_history_tells_the_register(self) -> None:
        if len(self.world.history) > self.audited:
            self.driver.audit()
            self.audited = len(self.world.history)

    def teardown(self) -> None:
        if sys.exc_info()[0] is None:
            self.everything_completes()
            self.driver.count_steps()

    def everything_completes(self) -> None:
        """When all clusters follow and everything has stopped, no hand-over is left."""
        results: list[dict[str, Any]] = []
        # Pods that do not stop keep their keys, whatever clusters have applied.
        for stop in (False, *[True] * (MOST + 1)):
            for cluster in list(self.world.dead) if stop else ():
                self.world.rebuild(cluster)
            self._follow_all(stop=stop)
            results.append(self.driver.result(*self._fresh()))
            self.see()
            self.no_key_runs_twice()
            if stop and not results[-1]["changes"]:
                break
        assert not results[-1]["changes"], [r["changes"] for r in results[-2:]]
        assert not results[-1]["hand_overs"], results[-1]
        self.the_history_tells_the_register()
        self._as_wanted()

    def _fresh(self) -> tuple[str, ...]:
        if not self.world.history:
            return ()
        return ("--evidence", str(self._file(self.world.begin_look())))

    def _as_wanted(self) -> None:
        """Every producer of main runs where main wants it, and nothing else does."""
        self.world.catch_up()
        places = {
            (f"net-{home.net}", f"{home.group}-{key}") for key, home in self.main.homes.items()
        }
        assert {(place.namespace, place.name) for place in self.world.pods} == places
        assert len(self.world.pods) == len(places)
