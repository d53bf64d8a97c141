"""What the observer is there for: release and claim in one commit, without evidence."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clusters.desk import IDENTITY
from tests.clusters.ground import Ground, clean_environment
from tests.clusters.observer import observing
from tests.clusters.parts import wait_for
from tests.clusters.scene import Scene
from tests.clusters.stages import Delays

pytestmark = pytest.mark.clusters


def test_the_naive_way_is_caught(scene: Scene, ground: Ground, tmp_path: Path) -> None:
    """The last one: what is published afterwards is in no order."""
    with pytest.raises(AssertionError, match="is alive more than once"):
        move_at_once(scene, ground, tmp_path / "tree")
    scene.observer.violations.clear()


def move_at_once(scene: Scene, ground: Ground, tree: Path) -> None:
    """Move the key as a tool without a register would, from a cluster whose pods stop slowly."""
    scene.at().play(Delays(stop=(30_000, 30_001)))
    scene.main.move(region=scene.elsewhere())
    with observing({name: cluster.api for name, cluster in ground.clusters.items()}) as observer:
        done = scene.desk.program("generate", "--output", str(tree))
        assert not done.returncode, done.stderr
        push_at_once(ground, tree)
        wait_for("the violation", lambda: observer.violations, 120)


def push_at_once(ground: Ground, tree: Path) -> None:
    """Publish what main wants as it is."""
    environment = clean_environment() | IDENTITY
    checkout = shutil.copytree(ground.checkout(), tree.parent / "checkout")
    shutil.rmtree(checkout / "clusters")
    shutil.copytree(tree / "clusters", checkout / "clusters")
    for words in (("add", "--all"), ("commit", "--quiet", "--message", "naive"), ("push",)):
        subprocess.run(["git", *words], cwd=checkout, env=environment, check=True)
    ground.sync()
