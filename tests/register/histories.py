"""Histories of one key, made by the project's own functions, and records of any kind."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from hypothesis import strategies as st

from generator.register import Drain, Evidence, Place, Record, State, Tenure

KEY = "B62qrPN5Y5yq8kGE3FbVKbGTdTAJNdtNtB5sNVpxyRwWGcDEhpMqc8g"
OTHER_KEY = "B62qiy32p8kAKnny8ZFwoMhYpBppM1DWVCqAPBYNcXnsAHhnfAAuXgg"


def commit_id(number: int | str) -> str:
    """Return the full id of a commit, by its number or a word for it."""
    return hashlib.sha1(str(number).encode()).hexdigest()  # noqa: S324 - as git's ids look


WORDS = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
COMMITS = st.integers(0, 9).map(commit_id)
AFTERS = st.one_of(st.just(""), COMMITS)
TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=20)
NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)
PLACES = st.builds(Place, cluster=WORDS, namespace=WORDS.map("net-{}".format), name=WORDS)
DRAINS = st.builds(
    Drain,
    id=st.text("0123456789abcdef", min_size=12, max_size=12),
    after=AFTERS,
)
FEW_PLACES = tuple(
    Place(cluster, "net-qa", name) for cluster in ("a", "b") for name in ("whale-1", "whale-2")
)


@st.composite
def tenures(draw: st.DrawFn) -> Tenure:
    """Any tenure that ended."""
    place, drain = draw(PLACES), draw(DRAINS)
    return Tenure(
        generation=draw(st.integers(0, 99)),
        place=place,
        net=place.namespace.removeprefix("net-"),
        since=draw(AFTERS),
        drain=drain,
        released=draw(COMMITS),
        evidence=Evidence(
            key=KEY,
            place=place,
            drain=drain.id,
            revision=draw(COMMITS),
            source=draw(st.sampled_from(("kubernetes", "github", "file", "operator"))),
            who=draw(NAMES),
            at=draw(st.sampled_from(("", "2026-11-22T23:53:03Z"))),
            why=draw(TEXTS),
        ),
    )


@st.composite
def records(draw: st.DrawFn, states: Sequence[State] = tuple(State)) -> Record:
    """Any record that a file may hold."""
    state, place = draw(st.sampled_from(states)), draw(PLACES)
    return Record(
        key=KEY,
        generation=draw(st.integers(0, 99)),
        state=state,
        place=place,
        net=place.namespace.removeprefix("net-"),
        since=draw(AFTERS),
        drain=draw(DRAINS) if state is State.DRAINING else None,
        past=tuple(draw(st.lists(tenures(), max_size=3))),
    )
