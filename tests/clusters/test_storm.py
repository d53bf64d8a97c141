"""Everything at once: people move keys about while clusters, git and publishers fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clusters.faults import FAULTS
from tests.clusters.nets import GROUPS, KEY, NETS, REGIONS, Home
from tests.clusters.scene import GITHUB, GRANT, KUBERNETES, NONE, Scene

pytestmark = pytest.mark.clusters

STEPS = 16
MOVERS = (KEY, "qa-026", "qa-025")


def move(scene: Scene) -> str:
    """One key to another region."""
    key = scene.chance.choice(MOVERS)
    scene.main.move(key, region=scene.elsewhere(key))
    return f"{key} to {scene.main.homes[key].region}"


def rename(scene: Scene) -> str:
    """One key to another group: its daemon gets another name."""
    key = scene.chance.choice(MOVERS)
    scene.main.move(key, group=scene.chance.choice(GROUPS))
    return f"{key} to group {scene.main.homes[key].group}"


def change_nets(scene: Scene) -> str:
    """One key to another net; both change in one commit or the other way round in two."""
    key = scene.chance.choice(MOVERS)
    scene.main.move(key, net=scene.chance.choice(list(NETS)))
    return f"{key} to net {scene.main.homes[key].net}"


def swap(scene: Scene) -> str:
    """Two keys at each other's place."""
    one, two = scene.chance.sample(MOVERS, 2)
    homes = scene.main.homes
    homes[one], homes[two] = homes[two], homes[one]
    scene.main.write()
    return f"{one} and {two} swap"


def fail(scene: Scene) -> str:
    """Something goes wrong with one cluster, on top of what already is."""
    # One that hangs as a whole has a test of its own: each look at it takes half a minute.
    name = scene.chance.choice([name for name in FAULTS if name != "paused"])
    cluster = scene.ground.clusters[scene.chance.choice(list(REGIONS.values()))]
    cluster.mend()
    FAULTS[name](cluster, scene.chance)
    return f"{cluster.name}: {name}"


def mend(scene: Scene) -> str:
    """One cluster is well again."""
    cluster = scene.chance.choice(list(scene.ground.clusters.values()))
    cluster.mend()
    return f"{cluster.name}: mended"


def lose_git(scene: Scene) -> str:
    """Git goes away, or comes back."""
    scene.ground.git.answers = 503 - scene.ground.git.answers
    return f"git answers {scene.ground.git.answers or 'again'}"


def die(scene: Scene) -> str:
    """A publisher is killed."""
    seconds = scene.chance.uniform(0, 4)
    scene.desk.publish_and_die(seconds, *KUBERNETES, *GRANT)
    return f"a publisher dies after {seconds:.1f} s"


# The more often a step is named, the more likely it is.
STEPS_THERE_ARE: tuple[Callable[[Scene], str], ...] = (
    *(move, move, rename, change_nets, swap),
    *(fail, fail, mend, mend, lose_git, die),
)


def test_a_storm(scene: Scene) -> None:
    for key, region in zip(MOVERS[1:], REGIONS, strict=False):
        scene.main.homes[key] = Home(net="other", region=region)
    scene.main.homes["qa-024"] = Home(net="other", group="stays", region="us-west-2")
    scene.main.write()
    scene.complete()
    for number in range(STEPS):
        step = scene.chance.choice(STEPS_THERE_ARE)(scene)
        options = scene.chance.choice([KUBERNETES, KUBERNETES, GITHUB, NONE])
        print(number, step, *options)  # noqa: T201 - shown where it fails
        scene.publish(options)
    scene.ground.mend()
    scene.complete()
