"""What `python -m tests.model` shows, as tests: each takes seconds, and all run side by side."""

from __future__ import annotations

import pytest

from tests.model.broken import BROKEN, LIVE, LOCKS, STUCK, TWO, Broken
from tests.model.configurations import UNSAFE, WORLDS
from tests.model.liveness import completes
from tests.model.search import Model, search
from tests.model.world import World

# A search that sees less than it did proves less: the states that each must visit, in thousands.
LEAST = {
    "2 clusters": 340,
    "2 clusters, unrelated commits": 250,
    "3 clusters": 750,
    "rename in one overlay": 160,
    "move between nets of one cluster": 340,
    "2 clusters, 2 names each": 230,
    "2 keys swap places": 1_880,
    "2 keys, one after the other at one place": 100,
    "net with 2 keys deleted, or half of it": 90,
    "cluster destroyed, and known to be": 360,
}
STARTS = 15_000


def name(case: World | Broken) -> str:
    return case.name


def test_the_search_is_of_more_than_a_million_states() -> None:
    assert sum(LEAST.values()) > 1_000
    assert {world.name for world in WORLDS} == set(LEAST)


@pytest.mark.parametrize("world", WORLDS, ids=name)
def test_no_key_ever_runs_twice(world: World) -> None:
    verdict = search(Model(world))
    assert not verdict.broken, "\n".join(verdict.trace)
    assert verdict.complete
    assert verdict.states >= LEAST[world.name] * 1_000


@pytest.mark.parametrize("broken", BROKEN, ids=name)
def test_what_is_broken_is_caught(broken: Broken) -> None:
    verdict = search(broken.model())
    assert verdict.broken
    assert verdict.trace


@pytest.mark.parametrize("lock", LOCKS, ids=name)
def test_where_one_lock_is_taken_away_the_other_one_holds(lock: Broken) -> None:
    verdict = search(lock.model(), limit=100_000)
    assert not verdict.broken, "\n".join(verdict.trace)


@pytest.mark.parametrize("world", UNSAFE, ids=name)
def test_what_is_unsafe_by_nature_is_found(world: World) -> None:
    assert "processes with one key" in search(Model(world)).broken


@pytest.mark.parametrize("world", LIVE, ids=name)
def test_when_faults_stop_every_hand_over_completes(world: World) -> None:
    assert not completes(Model(world), STARTS).stuck


@pytest.mark.parametrize("broken", STUCK, ids=name)
def test_a_hand_over_that_never_ends_is_found(broken: Broken) -> None:
    assert completes(broken.model(), STARTS).stuck


def test_the_shortest_trace_says_what_happened_in_order() -> None:
    found = search(BROKEN[0].model())
    assert found.trace[0].startswith("publishes")
    assert found.trace[-1] == "pod starts [b/net-qa/StatefulSet/whale-1]"
    assert len(found.trace) == 8


def test_a_search_that_is_cut_off_says_so() -> None:
    assert not search(Model(TWO), limit=100).complete
