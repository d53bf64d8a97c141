"""The table of a rollout: folded from what was reported and seen, and shown safely."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.plan import Phase
from generator.review.rollout import (
    Cell,
    Held,
    NetRollout,
    Report,
    Rollout,
    Seen,
    State,
    Waiting,
    fold_cells,
    render_rollout,
)

COMMIT, LATER = "a" * 40, "b" * 40
OVERLAYS = {"west": ("shared-1", "seeds-1", "producers-1", "producers-2")}
LAST = (("west", "producers-1"), ("west", "producers-2"))


def report(state: str = "success", description: str = "reconciliation succeeded") -> Report:
    return Report(commit=COMMIT, state=state, description=description, at="2026-11-23T01:02:03Z")


def seen(*, delivered: bool = True, current: bool = True) -> Seen:
    return Seen(delivered=delivered, current=current, reason="", running=1, wanted=2)


def states(cells: dict[str, dict[Phase, Cell]]) -> dict[str, str]:
    return {str(phase): str(cell.state) for phase, cell in cells["west"].items()}


ALL = ("shared", "seeds", "producers")
FOLDS: dict[str, tuple[list[Report | None], list[Seen | None], str]] = {
    "silence": ([None, None], [None, None], "no word yet"),
    "one of two": ([report(), None], [None, None], "no word yet"),
    "applied": ([report(), report()], [None, None], "applied"),
    "failed": ([report(), report("failure", "timeout")], [None, None], "failed"),
    "error": ([report("error", "x"), report()], [None, None], "failed"),
    # Flux posts events that are no errors as a success: this one is none.
    "not yet": ([report(), report("success", "dependency not ready")], [None, None], "reconciling"),
    "pending": ([report("pending", "x"), report()], [None, None], "reconciling"),
    "proved": ([report(), report()], [seen(), seen()], "proved"),
    "proved by looking alone": ([None, None], [seen(), seen()], "proved"),
    "one is proved": ([report(), report()], [seen(), None], "applied"),
    "seen before": ([None, None], [seen(current=False)] * 2, "no word yet"),
    "seen coming": ([None, None], [seen(delivered=False)] * 2, "reconciling"),
}


@pytest.mark.parametrize(("reports", "looks", "state"), FOLDS.values(), ids=FOLDS)
def test_last_phase(reports: list[Report | None], looks: list[Seen | None], state: str) -> None:
    told = {key: value for key, value in zip(LAST, reports, strict=True) if value}
    saw = {key: value for key, value in zip(LAST, looks, strict=True) if value}
    found = states(fold_cells(OVERLAYS, told, saw))
    assert tuple(found) == ALL
    assert found["producers"] == state
    # Flux begins with the last phase when those before it are there.
    before = "applied" if state in {"applied", "proved"} else "no word yet"
    assert found["seeds"] == found["shared"] == before


def test_phases_stand_in_their_order() -> None:
    overlays = {"west": ("workers-1", "archive-1", "shared-1", "other")}
    assert list(states(fold_cells(overlays, {}))) == ["shared", "archive", "workers"]


def net(state: State = State.APPLIED, **fields: object) -> NetRollout:
    cell = Cell(state=state, commit=COMMIT, at="2026-11-23T01:02:03Z")
    cells = {"west": dict.fromkeys((Phase.SHARED, Phase.SEEDS), cell)}
    defaults: dict[str, object] = {"name": "one", "cells": cells, "join": "run this"}
    return NetRollout(**(defaults | fields))  # type: ignore[arg-type] # a table of tests


def rollout(*nets: NetRollout, **fields: object) -> Rollout:
    defaults: dict[str, object] = {"source": LATER, "published": COMMIT, "nets": nets}
    return Rollout(**(defaults | fields))  # type: ignore[arg-type] # a table of tests


WAITING = Waiting(key="B62q", cluster="west", net="one", waits_for="evidence from west")


def test_up() -> None:
    text = render_rollout(rollout(net()), 10_000)
    assert "🟢 everything is up: merged as `bbbbbbbbbbbb`, published as `aaaaaaaaaaaa`." in text
    assert "| cluster | shared | seeds |" in text
    assert "✅ applied at `aaaaaaaaaaaa` `2026-11-23 01:02 UTC`" in text
    assert "How to join one" in text
    assert "run this" in text


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (rollout(net(State.FAILED)), "🟡 coming up"),
        (rollout(net(State.SILENT)), "… no word yet"),
        (rollout(net(waiting=(WAITING,))), "⏸ waiting for hand-over of `B62q` on `west`"),
        (rollout(net(), published=""), "⚪ not published yet"),
        (rollout(net(cells={})), "**`one`** is not in the published tree"),
        (
            rollout(net(), held=(Held(net="two", reason="taken", others="one"),)),
            "held back because",
        ),
    ],
)
def test_not_up(shown: Rollout, said: str) -> None:
    text = render_rollout(shown, 10_000)
    assert said in text
    if shown.nets[0].cells and (shown.nets[0].waiting or not shown.nets[0].up):
        assert "How to join" not in text


def test_a_net_that_is_gone_is_done() -> None:
    assert rollout(net(cells={})).up
    assert not rollout(net(cells={}), published="").up


def test_odd_times_are_left_out() -> None:
    cell = Cell(state=State.APPLIED, commit=COMMIT, at="| <b> |")
    assert "<b>" not in render_rollout(rollout(net(cells={"west": {Phase.SEEDS: cell}})), 10_000)


HOSTILE = st.text(
    alphabet=st.sampled_from("a @#|<>`*_[]()!\n\r\u202e\u200b&-:/\\~\"'"), max_size=60
)


@given(HOSTILE, HOSTILE)
def test_texts_of_others_stay_texts(one: str, two: str) -> None:
    cell = Cell(state=State.FAILED, commit=COMMIT, text=one)
    shown = rollout(
        net(
            cells={"west": {Phase.SEEDS: cell}},
            waiting=(Waiting(key="k", cluster="west", net="n", waits_for=two),),
        ),
        held=(Held(net=one or "n", reason=two, others=two),),
    )
    text = render_rollout(shown, 60_000)
    # Nothing outside of code: take the code out and look for what would be active.
    bare = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert not re.search(r"[@#<>\[\]\u202e\u200b]", bare.replace("### Rollout", ""))
    table = [line for line in text.splitlines() if line.startswith("| `west`")]
    assert len(table) == 1
    assert len(re.findall(r"(?<!\\)\|", table[0])) == 3


@given(st.integers(0, 3000), st.integers(1, 30))
def test_never_longer_than_it_may_be(limit: int, nets: int) -> None:
    shown = rollout(*[net(name=f"net-{number}", join="x" * 500) for number in range(nets)])
    text = render_rollout(shown, limit)
    assert len(text) <= limit
    if limit > 150:
        assert "everything is up" in text


def test_many_clusters_are_counted() -> None:
    cells = {f"c{number}": {Phase.SEEDS: Cell(state=State.APPLIED)} for number in range(300)}
    text = render_rollout(rollout(net(cells=cells)), 60_000)
    assert "**`one`**: 300 of 300 clusters are up." in text
