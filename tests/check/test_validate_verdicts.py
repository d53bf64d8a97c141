"""The verdict on built objects against another project's schemas, at every place of every kind."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from generator.check.validate import validate_objects
from tests.built import Object, build_clusters, build_net
from tests.check.good_objects import Path, changed
from tests.second_opinion import CUSTOM, faults, kind_of

MINOR = "1.37"
# One value or more of each type; `...` takes away what is there.
VALUES: tuple[Any, ...] = (
    *(None, ..., 7, -1, 2**40, 1.5, True, "x", "7", "", [], [None], ["a"], {}, {"zzz": 1}),
)
# Where these schemas say more than the others do, the API server refuses as well.
STRICTER = re.compile(
    r'"(metadata|name|spec)" is missing'
    r"|must be (base64|a quantity|at (most|least) -?\d+|a time)"
    r'|must be "'  # an enumeration
    r"|the entry must be a mapping, not empty"
)


@cache
def built() -> tuple[Object, ...]:
    """Return the objects of a shipped net and of what clusters have, really built."""
    nets = (build_net("smoke"), build_net("pickles-qa"), build_clusters())
    return tuple(value for net in nets for _, value in net.all())


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from paths(inner, (*path, number))


def places() -> Iterator[tuple[Object, Path]]:
    """Yield every place of every kind of object once."""
    seen = set()
    for value in built():
        for path in paths(value):
            place = (kind_of(value), tuple("*" if isinstance(s, int) else s for s in path))
            if place not in seen and path[0] not in {"apiVersion", "kind"}:
                seen.add(place)
                yield value, path


def test_verdict_is_that_of_other_schemas_or_stricter_for_a_reason() -> None:
    judged = refused = 0
    for value, path in places():
        if kind_of(value) in CUSTOM:
            continue
        for new in VALUES:
            case = changed(value, path, new)
            ours, theirs = validate_objects([case], MINOR), faults(case)
            judged += 1
            refused += bool(ours)
            if theirs and not ours:
                # Theirs cannot take a quantity without a value: integer, or text, or either.
                assert new is None, (path, new)
                assert "under more than one" in theirs[0]
            elif ours and not theirs:
                words = [fault.message for fault in ours]
                # To them a field without a value is there; the API server drops it.
                assert words == [f'"{path[-1]}" is missing'] or all(
                    STRICTER.search(text) for text in words
                ), (path, new, words)
    assert judged > 4000
    assert 0.5 < refused / judged < 0.95


def test_no_mapping_takes_a_field_that_its_kind_does_not_have() -> None:
    kinds = set()
    for value, path in places():
        inner: Any = value
        for step in path:
            inner = inner[step]
        if isinstance(inner, dict):
            found = validate_objects([changed(value, (*path, "zzz"), [None])], MINOR)
            assert found, (kind_of(value), path)
            kinds.add(kind_of(value))
    assert kinds > CUSTOM


def test_sixty_thousand_objects_take_seconds() -> None:
    objects = built()
    many = [deepcopy(objects[i % len(objects)]) for i in range(6000)]
    start = time.process_time()
    assert not validate_objects(many, MINOR)
    assert time.process_time() - start < 1
