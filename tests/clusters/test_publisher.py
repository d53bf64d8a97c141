"""Publishers that die, pull requests that meet, clusters that lag, git that is away."""

from __future__ import annotations

import time

import pytest

from tests.clusters.nets import KEY, REGIONS, Home
from tests.clusters.scene import KUBERNETES, Scene

pytestmark = pytest.mark.clusters

LAG = 10
KILLS = 4
HELD = 1


def test_git_is_away_during_a_hand_over(scene: Scene) -> None:
    old = scene.at().name
    away = scene.chance.randrange(3)
    for moment in range(3):
        if moment == away:
            scene.ground.git.answers = 503
        if moment == 0:
            scene.main.move(region=scene.elsewhere())
        scene.publish()
    if away == 0:
        scene.holds(old)
    scene.publish()
    scene.ground.git.answers = 0
    scene.complete(scene.evidence())


def test_a_publisher_is_killed_again_and_again(scene: Scene) -> None:
    scene.publish()
    began = time.monotonic()
    scene.main.move(region=scene.elsewhere())
    scene.publish()
    usual = time.monotonic() - began
    for _ in range(KILLS):
        scene.desk.publish_and_die(scene.chance.uniform(0, usual), *KUBERNETES)
        scene.observer.wait(1)
    scene.complete()
    scene.main.move(group="runner" if scene.main.homes[KEY].group == "mover" else "mover")
    for _ in range(KILLS):
        scene.desk.publish_and_die(scene.chance.uniform(0, usual), *KUBERNETES)
    scene.complete()
    audit = scene.desk.program("keys", "audit", "--environments", str(scene.ground.bare))
    assert audit.returncode == 0, audit.stdout + audit.stderr


def test_two_pull_requests_swap_keys_between_two_nets(scene: Scene) -> None:
    mine, theirs = KEY, "qa-026"
    scene.main.homes[theirs] = Home(net="other", region=scene.chance.choice(list(REGIONS)))
    scene.main.write()
    scene.complete()
    homes = scene.main.homes
    homes[mine], homes[theirs] = homes[theirs], homes[mine]
    first, second = scene.chance.sample(["handover", "other"], 2)
    scene.main.write(first)
    before = scene.ground.head
    last = scene.desk.publish(*KUBERNETES, codes=(HELD,))  # two nets want one key
    assert [held["net"] for held in last["held"]] == [first]
    assert scene.ground.head == before
    scene.main.write(second)
    scene.complete(scene.evidence())
    homes[mine] = homes.pop(theirs)
    scene.main.write()
    scene.complete()


def test_a_cluster_lags_ten_commits(scene: Scene) -> None:
    cluster = scene.at()
    cluster.partition(hanging=scene.chance.random() < 0.5)
    commits = 0
    while commits < LAG:
        # The key that is on the lagging cluster changes its mind; another one goes to and fro.
        if scene.chance.random() < 0.5:
            scene.main.move(region=scene.chance.choice(list(REGIONS)))
        others = [region for region, name in REGIONS.items() if name != cluster.name]
        key = next(
            key
            for key, home in scene.main.homes.items()
            if home.group in {"fish", "bass"} and home.cluster != cluster.name
        )
        scene.main.move(key, region=scene.chance.choice(others))
        commits += bool(scene.publish()["commit"])
        assert scene.places() == {cluster.name}
    cluster.rejoin()
    scene.complete(scene.evidence())
