"""Until when a verdict holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from generator.check.validity import valid_until
from generator.pipeline import try_plans
from generator.plan import Allocations
from generator.plan.genesis import utc_text
from generator.published import read_allocations
from tests.policies.checking import NOW, PUBLISHED, policies, publish, write_repository

NET = "environments/testnets/example.yaml"
WAIVER = """
waivers:
  - {rule: images/pinned, subject: x, reason: A test of waivers., owner: tests, expires: 2026-12-20}
"""


def write(root: Path, old: str = "", new: str = "", more: str = "") -> Path:
    write_repository(root)
    path = root / NET
    path.write_text(path.read_text("utf-8").replace(old, new) + more, "utf-8")
    return root


def until(root: Path, now: datetime = NOW, tree: Path | None = None) -> str:
    published = read_allocations(tree) if tree else Allocations()
    return valid_until(try_plans(root, published, now=now), policies(), now)


def test_an_unpublished_net_ends_whenever_it_begins(tmp_path: Path) -> None:
    assert until(write(tmp_path / "root")) == ""


def test_a_published_net_is_warned_of_and_ends(tmp_path: Path) -> None:
    root = write(tmp_path / "root")
    tree = publish(root, tmp_path / "tree")
    end = PUBLISHED + timedelta(hours=72)
    assert until(root, tree=tree) == utc_text(end - timedelta(hours=6))
    assert until(root, end - timedelta(hours=6), tree) == utc_text(end)
    assert until(root, end, tree) == ""


def test_a_genesis_comes_to_lie_in_the_past(tmp_path: Path) -> None:
    genesis = 'genesis: {time: "2026-12-03T00:00:00Z"}\nseeds:'
    root = write(tmp_path / "root", "seeds:", genesis)
    assert until(root) == "2026-12-03T01:00:00Z"
    assert until(root, datetime(2026, 12, 3, 1, tzinfo=UTC)) == ""


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-09-01", "2026-09-21T00:00:00Z"),
        ("2026-12-01", "2026-12-13T00:00:00Z"),
        ("2026-12-13", "2026-12-21T00:00:00Z"),
        ("2026-12-21", ""),
    ],
)
def test_a_waiver_comes_near_its_end(tmp_path: Path, now: str, then: str) -> None:
    root = write(tmp_path / "root", more=WAIVER)
    assert until(root, datetime.fromisoformat(f"{now}T00:00:00+00:00")) == then
