"""The vectors of tests/data/handover, held against the rule."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from generator.register import Drain, Evidence, Lineage, Place, Record, State, next_step
from tests.register.histories import KEY, OTHER_KEY, commit_id
from tests.synthetic import REPOSITORY

VECTORS = json.loads((REPOSITORY / "tests/data/handover/vectors.json").read_text("utf-8"))
WORDS = {
    "disagree": "the published tree and the key register disagree",
    "taken": "another key is still at the place",
    "none": "no evidence from a that its daemon has stopped",
    "other": "the evidence is of another key or another place",
    "drain": "the evidence is of another drain",
    "unknown": "the evidence is of an unknown revision",
    "early": "the evidence is of a revision from before the drain",
    "rewritten": "the history of the published tree was rewritten since the drain",
    None: "",
}
REVISIONS = {
    "unknown": commit_id("never made"),
    "dropped": commit_id("dropped"),
    "abbreviated": commit_id(1)[:12],
    "empty": "",
    "upper case": commit_id(1).upper(),
    "branch@sha1": f"environments@sha1:{commit_id(1)}",
}


def _before(number: int) -> str:
    return commit_id(number - 1) if number else ""


def _drain_name(history: list[Any], number: int) -> int:
    while number and history[number - 1] and history[number - 1]["state"] == "draining":
        number -= 1
    return number


def _record(history: list[Any]) -> Record | None:
    if not history or history[-1] is None:
        return None
    last = history[-1]
    state = State(last["state"])
    number = _drain_name(history, len(history) - 1)
    drain = Drain(f"{number:012x}", _before(number)) if state is State.DRAINING else None
    place = Place.parse(last["place"])
    return Record(
        key=KEY,
        generation=last["generation"],
        state=state,
        place=place,
        net="qa",
        since="",
        drain=drain,
    )


def _evidence(said: Any) -> Evidence | None:
    if said is None:
        return None
    revision = said["revision"]
    return Evidence(
        key=KEY if said["key"] == "same" else OTHER_KEY,
        place=Place.parse(said["place"]),
        drain="f" * 12 if said["drain"] is None else f"{said['drain']:012x}",
        revision=REVISIONS[revision] if isinstance(revision, str) else commit_id(revision),
        source="file",
        who="vectors",
    )


def test_there_are_a_hundred_cases_and_no_name_twice() -> None:
    assert len({case["name"] for case in VECTORS}) == len(VECTORS) >= 100


def test_every_action_and_every_reason_is_there() -> None:
    expected = [case["expect"] for case in VECTORS]
    assert len({expect["action"] for expect in expected}) == 8
    assert {expect["reason"] for expect in expected} == set(WORDS)


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["name"])
def test_the_histories_are_possible(case: Any) -> None:
    """No case rests on a history that the rule itself would never have made."""
    for old, new in pairwise(case["history"]):
        if old is None or old == new:
            continue
        assert new["generation"] - old["generation"] in {0, 1}
        if new["place"] != old["place"]:
            assert old["state"] != "held"
            assert new["generation"] == old["generation"] + 1


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["name"])
def test_the_next_step_is_the_one_expected(case: Any) -> None:
    history = case["history"]
    record = _record(history)
    published = record.place if record and record.state is State.HELD else None
    if "published" in case:
        published = Place.parse(case["published"]) if case["published"] else None
    kept = [n for n in range(len(history)) if n not in case.get("lost", [])]
    step = next_step(
        record,
        published,
        Place.parse(case["proposal"]) if case["proposal"] else None,
        _evidence(case["evidence"]),
        lineage=Lineage([commit_id(number) for number in kept]),
        vacant=case["vacant"],
    )
    expect = case["expect"]
    assert str(step.action) == expect["action"], step
    assert step.reason.startswith(WORDS[expect["reason"]])
    assert bool(step.reason) is bool(expect["reason"])
    assert step.generation == expect["generation"]
