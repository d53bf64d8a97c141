"""Watches the pods of all clusters: no two with one key may be alive at any moment.

A pod is alive from when it runs until its object is gone. Pods that are of no key do not count.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.clusters.api import Api, Object

KEY = "testnet/key"
_PODS = f"/api/v1/pods?labelSelector={KEY.replace('/', '%2F')}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What happened to a pod, at a moment of this machine's clock."""

    at: float
    cluster: str
    pod: str
    key: str
    what: str

    def __str__(self) -> str:
        return f"{self.at:8.3f} {self.cluster} {self.pod} {self.key} {self.what}"


@dataclass
class Observer:
    """Who is alive, what was seen, and every time that two were alive with one key."""

    alive: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    story: list[Seen] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    _lock: threading.Condition = field(default_factory=threading.Condition)

    def take(self, cluster: str, word: str, pod: Object) -> None:
        """Take what one cluster says of a pod."""
        head = pod["metadata"]
        key, uid = head["labels"][KEY], head["uid"]
        name = f"{head['namespace']}/{head['name']}"
        phase = pod.get("status", {}).get("phase", "")
        what = "gone" if word == "DELETED" else phase.lower()
        with self._lock:
            living = self.alive.setdefault(key, {})
            was = uid in living
            if word == "DELETED":
                living.pop(uid, None)
            elif phase not in {"", "Pending"}:
                # One that has ended counts until its object is gone, as for the drain Job.
                living[uid] = cluster, name
            if was != (uid in living) or word == "ADDED":
                self.story.append(Seen(time.monotonic() - self.began, cluster, name, key, what))
                self._lock.notify_all()
            if len(living) > 1 and not was:
                where = ", ".join(f"{pod} on {place}" for place, pod in sorted(living.values()))
                self.violations.append(f"{key} is alive more than once: {where}")

    def running(self) -> dict[str, set[tuple[str, str]]]:
        """Return where each key is alive now, as cluster and pod."""
        with self._lock:
            return {key: set(living.values()) for key, living in self.alive.items() if living}

    def places(self, key: str) -> set[str]:
        """Return the clusters on which a key is alive now."""
        with self._lock:
            return {cluster for cluster, _ in self.alive.get(key, {}).values()}

    def wait(self, seconds: float) -> None:
        """Wait until a pod comes to life or is gone, or for this long."""
        with self._lock:
            self._lock.wait(seconds)

    def judge(self) -> None:
        """Fail if any key was ever alive more than once."""
        assert not self.violations, "\n".join(
            [*self.violations, "", *(str(seen) for seen in self.story)]
        )


@contextmanager
def observing(apis: Mapping[str, Api]) -> Iterator[Observer]:
    """Watch until the end of the context, and fail there if two were ever alive with one key."""
    observer = Observer()
    stop = threading.Event()

    def follow(cluster: str, api: Api) -> None:
        for word, pod in api.follow(_PODS, stop):
            observer.take(cluster, word, pod)

    for cluster, api in apis.items():
        threading.Thread(target=follow, args=(cluster, api), daemon=True).start()
    try:
        yield observer
    finally:
        stop.set()
    observer.judge()
