"""A status in words: compressed where all is well, one line where the same is said of many."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generator.status import Difference, FleetStatus, Kind, OverlayStatus, SiteStatus, fold
from generator.status.words import (
    facts,
    handover_lines,
    news,
    overlay_rows,
    sections,
    site_rows,
    title,
    verdict,
)
from tests.status.test_fold import DRAINED, observation
from tests.status.world import COMMITS, HEAD, SMOKE, mirror

MIRRORED = fold(SMOKE, mirror(SMOKE), {})


def difference(subject: str = "whale-1", text: str = "x", **more: object) -> Difference:
    made = Difference(
        kind=Kind.IMAGE,
        cluster="west",
        net="smoke",
        overlay="producers-1",
        subject=subject,
        text=text,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def overlay(name: str, *differences: Difference, **changes: object) -> OverlayStatus:
    made = OverlayStatus(
        name=name,
        kustomization=f"smoke-{name}",
        revision=HEAD,
        behind=0,
        ready=True,
        reason="",
        digest="sha256:1",
        reported="sha256:1",
        wanted=2,
        running=2,
        differences=differences,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def fleet(*overlays: OverlayStatus, **changes: object) -> FleetStatus:
    """Return a fleet of one net on one cluster."""
    site = SiteStatus(net="smoke", cluster="west", known=True, overlays=overlays, differences=())
    return replace(MIRRORED, sites=(replace(site, **changes),), clusters=MIRRORED.clusters[1:])  # type: ignore[arg-type]


SITES: dict[str, tuple[FleetStatus, tuple[str, ...]]] = {
    "fine": (fleet(overlay("shared-1")), ("1 of 1", "2 of 2", "head", "-")),
    "ranges": (
        fleet(*(overlay(f"producers-{n}", difference()) for n in (1, 2, 3, 5)), overlay("seeds-1")),
        ("1 of 5", "10 of 10", "head", "producers-1..3, producers-5"),
    ),
    "worst": (
        fleet(overlay("a-1", behind=1), overlay("a-2", behind=3), overlay("a-3")),
        ("3 of 3", "6 of 6", "3 behind", "-"),
    ),
    "nothing": (
        fleet(overlay("a-1", revision="")),
        ("1 of 1", "2 of 2", "nothing", "-"),
    ),
    "nothing in some": (
        fleet(overlay("a-1", revision=""), overlay("a-2")),
        ("2 of 2", "4 of 4", "nothing in 1", "-"),
    ),
    "no history": (
        fleet(overlay("a-1", behind=None), overlay("a-2", behind=None, revision=COMMITS[0])),
        ("2 of 2", "4 of 4", "000000000000", "-"),
    ),
    "foreign beside": (
        fleet(overlay("a-1"), differences=(difference(), difference())),
        ("1 of 1", "2 of 2", "head", "2 foreign"),
    ),
    "all foreign": (
        fleet(differences=(difference(),)),
        ("foreign", "-", "-", "not published there"),
    ),
    "not known": (
        fleet(overlay("a-1"), overlay("a-2"), known=False),
        ("not known", "? of 4", "?", "2 overlays"),
    ),
}


@pytest.mark.parametrize(("status", "cells"), SITES.values(), ids=SITES)
def test_row_of_a_net(status: FleetStatus, cells: tuple[str, ...]) -> None:
    [row] = site_rows(status)
    assert row.cells == ("smoke", "west", *cells)


OVERLAYS: dict[str, tuple[OverlayStatus, tuple[str, ...]]] = {
    "fine": (overlay("a-1"), ("000000000000", "yes", "equal", "2 of 2")),
    "behind": (
        overlay("a-1", behind=2, ready=False, reason="HealthCheckFailed: x"),
        ("000000000000, 2 behind", "HealthCheckFailed", "equal", "2 of 2"),
    ),
    "missing": (
        overlay("a-1", revision="", behind=None, ready=False, reported="", running=0),
        ("nothing", "no", "-", "0 of 2"),
    ),
    "digest": (overlay("a-1", reported="sha256:2"), ("000000000000", "yes", "differs", "2 of 2")),
}


@pytest.mark.parametrize(("part", "cells"), OVERLAYS.values(), ids=OVERLAYS)
def test_row_of_an_overlay(part: OverlayStatus, cells: tuple[str, ...]) -> None:
    [row] = overlay_rows(fleet(part))
    assert row.cells == ("west", "a-1", *cells)


def test_row_of_an_overlay_of_which_nothing_is_known() -> None:
    [row] = overlay_rows(fleet(overlay("a-1"), known=False))
    assert row.cells == ("west", "a-1", "?", "?", "?", "? of 2")
    assert not row.well


def test_the_same_of_many_is_said_once() -> None:
    many = [difference(f"whale-{n}") for n in range(1, 51)]
    status = fleet(overlay("producers-1", *many, difference("fish", "y"), difference("fish", "z")))
    [part] = sections(status)
    assert part.title == "smoke on west"
    assert part.lines == (
        "producers-1/whale-1, whale-2, whale-3 and 47 more: x",
        "producers-1/fish: y; z",
    )


def test_of_an_overlay_itself() -> None:
    [part] = sections(fleet(overlay("producers-1", difference("producers-1", "late"))))
    assert part.lines == ("producers-1: late",)


def test_no_more_lines_than_a_person_reads() -> None:
    status = fleet(overlay("producers-1", *(difference(f"w{n}", f"{n}") for n in range(20))))
    [part] = sections(status, 3)
    assert len(part.lines) == 4
    assert part.lines[-1] == "and 17 more; name the net to see all of them"
    assert len(sections(status, 0)[0].lines) == 20


def test_the_most_urgent_comes_first() -> None:
    status = replace(
        fleet(overlay("producers-1", difference())),
        differences=(
            difference(net="", kind=Kind.SOURCE, overlay=""),
            difference(net="", kind=Kind.UNREACHABLE, overlay=""),
            difference(net="", kind=Kind.KEY, overlay=""),
        ),
    )
    assert [part.title for part in sections(status)] == [
        "keys that are used twice",
        "clusters that say nothing",
        "Flux on west",
        "smoke on west",
    ]


def test_text_of_others_is_made_safe() -> None:
    status = fleet(overlay("producers-1", difference(text="a\x1b[31mb\u202e")))
    [part] = sections(status)
    assert part.lines == ("producers-1/whale-1: a\\x1b[31mb\\u202e",)


def test_first_and_last_line() -> None:
    assert title(MIRRORED) == "published: 000000000000 (environments), 1 net on 2 clusters"
    assert title(replace(MIRRORED, head="")).startswith("published: a tree without its history (")
    assert verdict(MIRRORED) == "all delivered: 7 pods run what was reviewed, and nothing else"
    away = fold(SMOKE, mirror(SMOKE) | {"west": "no"}, {})
    assert verdict(away) == "not all delivered: 1 cluster cannot be reached"
    both = replace(away, differences=(difference(), difference()))
    assert verdict(both) == "not all delivered: 2 differences, 1 cluster cannot be reached"


def test_hand_overs() -> None:
    waits = fold(DRAINED, mirror(DRAINED), {"west": observation(replicas=1)})
    [line] = handover_lines(waits)
    assert line.startswith("smoke/whale-1 on west (B62q")
    assert line.endswith("still wants 1 replicas")
    done = fold(DRAINED, mirror(DRAINED), {"west": observation()})
    assert handover_lines(done)[0].endswith("has stopped; the next publish gives its key on")
    subject, _, text = handover_lines(done)[0].partition(": ")
    assert facts(done) == {
        "smoke on west": "delivered 1 of 1, running 0 of 0, applied head",
        f"hand-over of {subject}": text,
        "verdict": "all delivered: 0 pods run what was reviewed, and nothing else",
    }


def test_news() -> None:
    before = facts(fleet(overlay("producers-1", difference(text="a: b"), difference("fish"))))
    now = facts(fleet(overlay("producers-1", difference(text="c"), running=1)))
    assert news({}, before) == [f"{name}: {text}" for name, text in before.items()]
    assert news(before, before) == []
    assert news(before, now) == [
        "smoke on west, producers-1/fish: no longer",
        "smoke on west: delivered 0 of 1, running 1 of 2, applied head",
        "smoke on west, producers-1/whale-1: c",
        "verdict: not all delivered: 1 difference",
    ]
