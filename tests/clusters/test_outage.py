"""A region is lost: all others keep every daemon, and go on."""

from __future__ import annotations

import pytest

from tests.clusters.nets import REGION, REGIONS
from tests.clusters.scene import NONE, Scene
from tests.clusters.test_nets import GUEST, guest, leave, lives

pytestmark = pytest.mark.clusters


def test_a_region_is_lost_and_comes_back(scene: Scene) -> None:
    lost = scene.ground.clusters[scene.chance.choice(list(REGIONS.values()))]
    before = lives(scene)
    kept = {life for life in before if life[0] != lost.name}
    lost.kill()
    others = {n: c for n, c in scene.ground.clusters.items() if c is not lost}
    scene.desk.write(GUEST, guest(*(REGION[name] for name in others)))
    options = scene.chance.choice([NONE, scene.evidence()])
    commit = scene.publish(options)["commit"]
    assert commit
    scene.ground.settle(120, *others)
    assert lives(scene, *others) == kept
    seen = scene.desk.look(1)
    assert [c["name"] for c in seen["clusters"] if not c["reached"]] == [lost.name]
    assert {(site["cluster"], site["delivered"]) for site in seen["nets"]} == {
        (name, name != lost.name) for name in scene.ground.clusters
    }
    # What was published meanwhile comes to it too, and its own daemons go on as they were.
    everywhere = guest(*(REGION[name] for name in others), REGION[lost.name])
    scene.desk.write(GUEST, everywhere)
    scene.publish(options)
    lost.mend()
    scene.complete()
    assert lives(scene) == before
    assert scene.desk.look()["delivered"]
    leave(scene)
