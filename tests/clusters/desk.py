"""A publisher's desk: a checkout of main with the real fleet, keys and library, and the program."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ryaml

from tests.clusters.ground import Ground, clean_environment
from tests.synthetic import REPOSITORY

PROGRAM = Path(sys.executable).parent / "testnet"
FLUX_LOGIN = "testnet-flux[bot]"


@dataclass
class Desk:
    """Nets are written to `root` and committed; what is published goes to the ground's git."""

    root: Path
    ground: Ground

    def __post_init__(self) -> None:
        for part in ("environments", "overlays"):
            shutil.copytree(REPOSITORY / part, self.root / part)
        for net in (self.root / "environments/testnets").glob("*.yaml"):
            net.unlink()
        self._git("init", "--quiet", "--initial-branch", "main")
        self.commit("the fleet")

    def write(self, name: str, text: str) -> None:
        """Write a testnet file and commit it, with the grant that it may leave clusters."""
        (self.root / f"environments/testnets/{name}.yaml").write_text(text, "utf-8")
        self.commit(f"{name}\n\nAllow-removal: {name}")

    def remove(self, name: str) -> None:
        """Remove a testnet file, with the grant that publishing asks for."""
        (self.root / f"environments/testnets/{name}.yaml").unlink()
        self.commit(f"remove {name}\n\nAllow-removal: {name}")

    def publish(self, *options: str, codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
        """Run `testnet publish` with the clusters and GitHub of the ground; return its JSON."""
        done = self.program(*self._publish(*options))
        if done.returncode not in codes:
            raise RuntimeError(f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
        self.ground.sync()
        return dict(json.loads(done.stdout)) if done.stdout.strip() else {}

    def look(self, *codes: int) -> dict[str, Any]:
        """Run `testnet status` for the clusters of the ground; return its JSON, kept as `seen`."""
        which = [word for name in self.ground.clusters for word in ("--cluster", name)]
        where = ("--environments", str(self.ground.bare))
        done = self.program("status", "--output", "json", *where, *which)
        assert done.returncode in (codes or (0,)), f"{done.returncode}\n{done.stdout}{done.stderr}"
        self.seen.write_text(done.stdout, "utf-8")
        return dict(json.loads(done.stdout)["status"])

    @property
    def seen(self) -> Path:
        """What `look` has seen last: evidence for `publish`."""
        return self.root.parent / "seen.json"

    def publish_and_die(self, seconds: float, *options: str) -> None:
        """Run `testnet publish`, and end it at once after a while, with what it has started."""
        with subprocess.Popen(
            [str(PROGRAM), *self._publish(*options)],
            cwd=self.root,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        self.ground.sync()

    def program(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the program as a person would."""
        return subprocess.run(
            [str(PROGRAM), *words],
            cwd=self.root,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def _publish(self, *options: str) -> tuple[str, ...]:
        first = () if self.ground.head else ("--first",)
        where = ("--environments", str(self.ground.bare))
        return ("publish", *where, "--format", "json", *first, *options)

    @property
    def _environment(self) -> dict[str, str]:
        own = {"XDG_CACHE_HOME": str(self.root.parent / "cache"), "NO_PROXY": "127.0.0.1"}
        return clean_environment() | IDENTITY | self.ground.environment | own

    def commit(self, message: str) -> None:
        """Commit everything that was written."""
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", message)

    def _git(self, *words: str) -> None:
        environment = clean_environment() | IDENTITY
        subprocess.run(["git", *words], cwd=self.root, env=environment, check=True)


def planned_pods(tree: Path, clusters: list[str], kustomize: str) -> set[tuple[str, str, str]]:
    """Return cluster, pod and image of every replica that a published tree holds."""
    found = set()
    for cluster in clusters:
        for lock in sorted(tree.glob(f"clusters/{cluster}/nets/*/net.lock.yaml")):
            for overlay in sorted(lock.parent.glob("*/kustomization.yaml")):
                for item in build(overlay.parent, kustomize):
                    if item["kind"] != "StatefulSet":
                        continue
                    head, spec = item["metadata"], item["spec"]
                    image = spec["template"]["spec"]["containers"][0]["image"]
                    for index in range(spec.get("replicas", 1)):
                        name = f"{head['namespace']}/{head['name']}-{index}"
                        found.add((cluster, name, image))
    return found


def live_pods(ground: Ground) -> set[tuple[str, str, str]]:
    """Return cluster, pod and image of every pod of a daemon that is there."""
    return {
        (name, f"{pod['metadata']['namespace']}/{pod['metadata']['name']}", image)
        for name, cluster in ground.clusters.items()
        for pod in cluster.api.items("/api/v1/pods?labelSelector=testnet%2Frole")
        for image in [pod["spec"]["containers"][0]["image"]]
    }


def digests(ground: Ground) -> dict[tuple[str, str], str]:
    """Return what Flux says that it applied, by cluster and Kustomization of a net."""
    return {
        (name, kustomization): item["status"]["history"][0]["digest"]
        for name, cluster in ground.clusters.items()
        for kustomization, item in cluster.kustomizations().items()
        if item["metadata"]["namespace"] == "testnets"
    }


def locked(tree: Path, clusters: list[str]) -> dict[tuple[str, str], str]:
    """Return what was reviewed, from the lock of each net."""
    found = {}
    for cluster in clusters:
        for lock in tree.glob(f"clusters/{cluster}/nets/*/net.lock.yaml"):
            for overlay, build in ryaml.loads(lock.read_text("utf-8"))["builds"].items():
                found[cluster, f"{lock.parent.name}-{overlay}"] = build["digest"]
    return found


def build(directory: Path, kubectl: str) -> list[dict[str, Any]]:
    """Return the objects that an overlay builds to."""
    done = subprocess.run(
        [kubectl, "kustomize", directory], capture_output=True, text=True, check=True
    )
    return [ryaml.loads(part) for part in done.stdout.split("\n---\n")]


IDENTITY = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "tests",
    "GIT_AUTHOR_EMAIL": "tests@example.org",
    "GIT_COMMITTER_NAME": "tests",
    "GIT_COMMITTER_EMAIL": "tests@example.org",
}
