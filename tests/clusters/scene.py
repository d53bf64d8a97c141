"""A scenario: two nets on three clusters, an observer of all pods, choices that follow a seed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.clusters.cluster import Cluster
from tests.clusters.desk import FLUX_LOGIN, Desk
from tests.clusters.ground import Ground
from tests.clusters.nets import KEY, NETS, REGIONS, Home, Main, label
from tests.clusters.observer import Observer
from tests.clusters.parts import PATIENCE

KUBERNETES = ("--evidence", "kubernetes")
GITHUB = ("--evidence", "github", "--flux-identity", FLUX_LOGIN)
SEEN = ("--evidence", "seen")  # a file that `testnet status` writes
GRANT = tuple(word for name in NETS for word in ("--allow-removal", name))
NONE: tuple[str, ...] = ()
MOST = 120.0  # seconds of a quiet machine until whatever can complete has completed


@dataclass
class Scene:
    """Everything that a scenario acts on."""

    ground: Ground
    desk: Desk
    main: Main
    observer: Observer
    chance: Random

    def at(self, key: str = KEY) -> Cluster:
        """Return the cluster on which main wants a key."""
        return self.ground.clusters[self.main.homes[key].cluster]

    def elsewhere(self, key: str = KEY) -> str:
        """Choose another region for a key."""
        return self.chance.choice([r for r in REGIONS if r != self.main.homes[key].region])

    def places(self, key: str = KEY) -> set[str]:
        """Return the clusters on which a key is alive."""
        return self.observer.places(label(key))

    def evidence(self) -> Sequence[str]:
        """Choose where it is seen that a daemon has stopped."""
        return self.chance.choice([KUBERNETES, GITHUB, SEEN])

    def publish(self, options: Sequence[str] = KUBERNETES) -> dict[str, Any]:
        """Publish what main wants; evidence from a file is looked for before.

        The two nets may leave clusters, also where a publisher died since main said so.
        """
        if options == SEEN:
            self.desk.look(0, 1)
            options = ("--evidence", str(self.desk.seen))
        return self.desk.publish(*options, *GRANT)

    def until(
        self, what: str, done: Callable[[], bool], options: Sequence[str] = KUBERNETES
    ) -> None:
        """Publish again and again until something holds."""
        began = time.monotonic()
        last = {}
        while not done():
            last = self.publish(options)
            assert time.monotonic() < began + MOST * PATIENCE, f"no {what}: {self.told(last)}"
            if not done():
                self.observer.wait(2)

    def holds(self, cluster: str, options: Sequence[str] = ()) -> None:
        """Publish some times, and see the key of these tests stay where it is alive.

        The cluster itself is asked once: one that hangs takes half a minute not to answer.
        """
        for number in range(self.chance.randint(2, 4)):
            self.publish(options or (GITHUB if number else KUBERNETES))
            assert self.places() == {cluster}, self.told({})

    def arrive(self, key: str = KEY, options: Sequence[str] = KUBERNETES) -> None:
        """Publish until a key is alive where main wants it, and nowhere else."""
        home = self.main.homes[key]
        self.until(f"{key} at {home}", lambda: self.is_home(key, home), options)

    def is_home(self, key: str, home: Home) -> bool:
        """Say whether a key is alive at its home alone, in a pod of its group."""
        found = self.observer.running().get(label(key), set())
        return found == {(home.cluster, f"net-{home.net}/{home.group}-{key}-0")}

    def all_home(self) -> bool:
        """Say whether every key is where main wants it."""
        return all(self.is_home(key, home) for key, home in self.main.homes.items())

    def complete(self, options: Sequence[str] = KUBERNETES) -> None:
        """Publish until nothing is left to do, and see all keys at home and all Flux Ready."""
        began = time.monotonic()
        while (last := self.publish(options)) and unfinished(last):
            assert time.monotonic() < began + MOST * PATIENCE, self.told(last)
            self.observer.wait(2)
        self.until("end", self.all_home, options)
        self.ground.settle(MOST)
        self.main.in_order = True

    def told(self, last: dict[str, Any]) -> str:
        """Return what is known, for a failure."""
        steps = [f"{row['key']}: {row['waits_for']}" for row in last.get("hand_overs", ())]
        seen = [str(seen) for seen in self.observer.story[-40:]]
        return "\n".join([str(self.main.homes), *steps, str(self.observer.running()), *seen])


def unfinished(last: dict[str, Any]) -> bool:
    """Say whether a publish found something to do, or something that waits."""
    return bool(last["commit"] or last["hand_overs"] or last["removals"])


def begin(ground: Ground, desk: Desk, main: Main) -> None:
    """Bring the nets up once, on clusters that are new."""
    main.write()
    desk.publish()
    for cluster in ground.clusters.values():
        cluster.bootstrap(ground.checkout())
    ground.settle(MOST)
