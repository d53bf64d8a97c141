"""Only overlays that changed are built again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.errors import ToolError
from generator.finding import Location
from generator.lock import LOCK
from generator.plan import Plan
from generator.rebuild import build_changed, plan_overlays, silent
from generator.render import Files, render_net
from tests.allocation import BUILD, write_published
from tests.kustomizer import Joining
from tests.repository import net

Planner = Callable[..., tuple[Plan, ...]]

WEST = "clusters/west/nets/net"
OVERLAYS = [f"{WEST}/{phase}-1" for phase in ("shared", "seeds", "producers", "archive")]
LIBRARY_FILE = "overlays/0123456789ab/base/net/kustomization.yaml"


@pytest.fixture
def made(plans: Planner) -> tuple[Plan, ...]:
    """One net of four overlays on one cluster."""
    producers = "block_producers: [{name: p, keys: [b01..b02]}]"
    return plans(net("regions: [us-west-2]", producers, "archive: {count: 1}"))


@pytest.fixture
def files(made: tuple[Plan, ...]) -> Files:
    """What is rendered of the net, and a file of the library."""
    return {**render_net(made[0]), LIBRARY_FILE: ("resources: []\n", Location("overlays"))}


def test_first_time_everything_is_built(
    made: tuple[Plan, ...], files: Files, tmp_path: Path
) -> None:
    kustomize = Joining()
    builds = build_changed(plan_overlays(made), files, tmp_path, kustomize)
    assert sorted(kustomize.built) == sorted(OVERLAYS)
    assert sorted(builds) == sorted(OVERLAYS)
    assert {build.objects > 3 for build in builds.values()} == {True}
    assert len({build.digest for build in builds.values()}) == 4
    # Where it was built is gone, with the library that was beside it.
    [root] = kustomize.roots
    assert not root.exists()
    assert not list(tmp_path.iterdir())


def test_library_is_there_while_building(
    made: tuple[Plan, ...], files: Files, tmp_path: Path
) -> None:
    write_published(made, tmp_path)
    (tmp_path / f"{WEST}/seeds-1/daemons.yaml").unlink()
    kustomize = Joining()
    build_changed(plan_overlays(made), files, tmp_path, kustomize)
    assert kustomize.staged == {
        LIBRARY_FILE,
        f"{WEST}/seeds-1/daemons.yaml",
        f"{WEST}/seeds-1/kustomization.yaml",
    }


def test_published_overlay_is_not_built_again(
    made: tuple[Plan, ...], files: Files, tmp_path: Path
) -> None:
    write_published(made, tmp_path)
    kustomize = Joining()
    builds = build_changed(plan_overlays(made), files, tmp_path, kustomize)
    assert kustomize.built == []
    assert builds == dict.fromkeys(OVERLAYS, BUILD)


@pytest.mark.parametrize("content", [b"# changed\n", b"\xff", None])
def test_overlay_whose_files_differ_is_built_again(
    made: tuple[Plan, ...], files: Files, tmp_path: Path, content: bytes | None
) -> None:
    write_published(made, tmp_path)
    path = tmp_path / f"{WEST}/producers-1/daemons.yaml"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    kustomize = Joining()
    builds = build_changed(plan_overlays(made), files, tmp_path, kustomize)
    assert kustomize.built == [f"{WEST}/producers-1"]
    assert builds[f"{WEST}/producers-1"] != BUILD
    assert builds[f"{WEST}/seeds-1"] == BUILD


def test_another_kustomize_builds_everything_again(
    made: tuple[Plan, ...], files: Files, tmp_path: Path
) -> None:
    write_published(made, tmp_path)
    kustomize = Joining(version="v5.8.2")
    build_changed(plan_overlays(made), files, tmp_path, kustomize)
    assert sorted(kustomize.built) == sorted(OVERLAYS)


def test_overlay_that_the_lock_does_not_know_is_built(
    made: tuple[Plan, ...], files: Files, tmp_path: Path
) -> None:
    write_published(made, tmp_path)
    lock = tmp_path / WEST / LOCK
    lock.write_text(lock.read_text("utf-8").replace("archive-1:", "archive-9:"), "utf-8")
    kustomize = Joining()
    build_changed(plan_overlays(made), files, tmp_path, kustomize)
    assert kustomize.built == [f"{WEST}/archive-1"]


def test_progress_counts_what_is_built(
    made: tuple[Plan, ...], files: Files, tmp_path: Path
) -> None:
    told: list[tuple[str, int, int]] = []
    build_changed(plan_overlays(made), files, tmp_path, Joining(), lambda *step: told.append(step))
    assert told == [("build", done, 4) for done in range(5)]
    silent("build", 1, 4)


def test_overlay_that_does_not_build_ends_it(
    made: tuple[Plan, ...], files: Files, tmp_path: Path
) -> None:
    kustomize = Joining(fails=lambda path: path.endswith("archive-1"))
    with pytest.raises(ToolError, match="archive-1: does not build"):
        build_changed(plan_overlays(made), files, tmp_path, kustomize)
    assert not any(root.exists() for root in kustomize.roots)
