"""Bounded liveness: from every state, when faults stop, every hand-over completes."""

from __future__ import annotations

import time
from dataclasses import dataclass

from generator.register import State
from tests.model.ledger import commit_id
from tests.model.reader import Local as Looking
from tests.model.search import Model, Point
from tests.model.world import Wish

# Steps of the fair schedule that no hand-over may exceed; the longest seen is far below.
BOUND = 200


@dataclass(frozen=True, slots=True)
class Completion:
    """From how many states (times wishes) hand-overs complete; `stuck` is where one does not."""

    states: int
    longest: int
    stuck: str
    seconds: float


def reachable(model: Model, limit: int) -> list[Point]:
    """Return the states that can be reached, breadth first, up to about `limit`."""
    seen = {model.start(): None}
    layer = list(seen)
    while layer and len(seen) < limit:
        found = []
        for point in layer:
            for _, new, _ in model.steps(point):
                if new not in seen:
                    seen[new] = None
                    found.append(new)
        layer = found
    return list(seen)


def completes(model: Model, limit: int) -> Completion:
    """Follow the fair schedule from every state, for every wish that stays as it is."""
    began = time.process_time()
    points = reachable(model, limit)
    longest = 0
    for wish in model.ledger.world.wishes():
        left: dict[Point, int] = {}  # steps to the end, of states that reach it
        for point in points:
            path, stuck = _follow(model, point, wish, left)
            if stuck:
                return Completion(len(points), longest, stuck, time.process_time() - began)
            longest = max(longest, left[path[0]])
    return Completion(len(points), longest, "", time.process_time() - began)


def _follow(
    model: Model, point: Point, wish: Wish, left: dict[Point, int]
) -> tuple[list[Point], str]:
    path = [point]
    while path[-1] not in left:
        new = _fair(model, path[-1], wish)
        if new is None:
            wrong = _unfulfilled(model, path[-1], wish)
            if wrong:
                return path, wrong
            left[path[-1]] = 0
        elif len(path) > BOUND:
            return path, f"not done after {BOUND} steps"
        else:
            path.append(new)
    for before, after in zip(reversed(path[:-1]), reversed(path[1:]), strict=True):
        left[before] = left[after] + 1
    return path, ""


def _fair(model: Model, point: Point, wish: Wish) -> Point | None:
    """Return the next state of the schedule without faults: clusters, readers, then a commit."""
    first = 1 + len(model.overlays)
    last = first + len(model.world.places)
    head, at = point[0], point[first:last]
    for slot in range(first, last):
        for _, number, _ in model.places.fair(model.places.locals[point[slot]]):
            return (*point[:slot], number, *point[slot + 1 :])
    for slot in range(1, first):
        change = model.overlays.towards(slot - 1, point[slot], head, at)
        if change:
            new = list(point)
            new[slot] = change[1]
            for place, put in change[2]:
                new[first + place] = put
            return tuple(new)
    for slot in range(last, len(point)):
        stop = model.ledger.stops_at(head)[slot - last]
        if stop >= 0:
            looked = _look(model, point[slot], stop, point)
            if looked is not None:
                return (*point[:slot], looked, *point[slot + 1 :])
    commit = model.ledger.advance(head, model.facts(point), wish)
    return None if commit == head else (commit, *point[1:])


def _look(model: Model, number: int, stop: int, point: Point) -> int | None:
    """Return the next state of the reader of a drain; None once it has found what it looks for.

    A reader that began too early, or with an earlier drain, gives up and begins anew. The search
    has no such step: its states are those in which the reader had not begun.
    """
    first = 1 + len(model.overlays)
    last = first + len(model.world.places)
    after = model.ledger.stops[stop].drain.after
    began = model.readers.locals[number]
    if any(known == stop and commit_id(revision) > after for known, revision in began.facts):
        return None
    if began.stop >= 0 and (began.stop != stop or commit_id(began.revision) <= after):
        return model.readers.number(Looking(facts=began.facts))
    steps = model.readers.steps(number, stop, point[0], point[1:first], point[first:last])
    return steps[0][1] if steps else None


def _unfulfilled(model: Model, point: Point, wish: Wish) -> str:
    """Say which wish is not fulfilled in a state where nothing happens any more."""
    records = model.ledger.commits[point[0]].records
    first = 1 + len(model.overlays)
    runs = {}
    for place, number in enumerate(point[first : first + len(model.world.places)]):
        for key in model.places.alive[number]:
            runs[key] = place
    for key, want in enumerate(wish):
        record = records[key]
        held = record.place if record and record.state is State.HELD else None
        if held != (None if want is None else model.world.places[want]):
            return f"key {key} waits for ever: {record.state if record else 'never published'}"
        if record and record.state is State.DRAINING:
            return f"key {key} drains for ever"
        if runs.get(key) != want:
            return f"the daemon of key {key} does not run at {want}"
    return ""
