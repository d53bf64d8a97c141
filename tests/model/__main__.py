"""`python -m tests.model`: everything that is searched, what was found, and how long it took."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

from tests.model.broken import BROKEN, LIVE, LOCKS, STUCK
from tests.model.configurations import UNSAFE, WORLDS
from tests.model.liveness import Completion, completes
from tests.model.search import Model, Verdict, search

# States from which the fair schedule is followed, for each wish.
STARTS = 60_000


def search_world(number: int) -> Verdict:
    """Search a configuration with the real rule."""
    return search(Model(WORLDS[number]))


def search_unsafe(number: int) -> Verdict:
    """Search a configuration in which no rule holds."""
    return search(Model(UNSAFE[number]))


def search_broken(number: int) -> Verdict:
    """Search with a broken rule or reader."""
    return replace(search(BROKEN[number].model()), world=BROKEN[number].name)


def search_lock(number: int) -> Verdict:
    """Search with one of two locks taken away."""
    return replace(search(LOCKS[number].model()), world=LOCKS[number].name)


def complete_live(number: int) -> Completion:
    """Complete the hand-overs of a configuration with the real rule."""
    return completes(Model(LIVE[number]), STARTS)


def complete_stuck(number: int) -> Completion:
    """Complete them with a rule that is safe and never ends."""
    return completes(STUCK[number].model(), STARTS)


def say(text: str = "") -> None:
    """Write a line of the table."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def show(verdict: Verdict) -> None:
    """Write what a search found, with the trace where there is one."""
    found = f"{verdict.broken} in {len(verdict.trace)} steps" if verdict.broken else "holds"
    numbers = f"{verdict.states:>10,} {verdict.commits:>6} {verdict.seconds:>6.1f} s"
    say(f"  {verdict.world:<48} {numbers}  {found}")
    if "--traces" in sys.argv:
        for number, step in enumerate(verdict.trace, 1):
            say(f"      {number:>2} {step}")


def main() -> int:
    """Search everything on all cores; 1 where something is not as it has to be."""
    wrong = states = 0
    tables: tuple[tuple[str, Callable[[int], Verdict], int, bool], ...] = (
        ("The rule", search_world, len(WORLDS), False),
        ("Broken: each is caught", search_broken, len(BROKEN), True),
        ("One of two locks: the other one holds", search_lock, len(LOCKS), False),
        ("Unsafe by nature: each is found", search_unsafe, len(UNSAFE), True),
    )
    with ProcessPoolExecutor() as pool:
        for title, function, count, flawed in tables:
            say(f"{title:<50} {'states':>10} commit {'time':>8}")
            for verdict in pool.map(function, range(count)):
                show(verdict)
                wrong += bool(verdict.broken) is not flawed
                states += 0 if flawed else verdict.states
        say("When faults stop, every hand-over completes")
        for world, ended in zip(LIVE, pool.map(complete_live, range(len(LIVE))), strict=True):
            wrong += bool(ended.stuck)
            said = ended.stuck or f"completes in at most {ended.longest} steps"
            say(f"  {world.name:<48} {ended.states:>10,} {'':6} {ended.seconds:>6.1f} s  {said}")
        for broken, ended in zip(STUCK, pool.map(complete_stuck, range(len(STUCK))), strict=True):
            wrong += not ended.stuck
            say(
                f"  {broken.name:<48} {ended.states:>10,} {'':6} {ended.seconds:>6.1f} s"
                f"  {ended.stuck or 'completes'}"
            )
    say(f"{states:,} states in which the invariant holds; {wrong} not as expected")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
