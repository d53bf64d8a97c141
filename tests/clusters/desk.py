"""A publisher's desk: a checkout of main with the real fleet, keys and library, and the program."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ryaml

from tests.clusters.ground import Ground, clean_environment
from tests.synthetic import REPOSITORY

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
        self._commit("the fleet")

    def write(self, name: str, text: str) -> None:
        """Write a testnet file and commit it."""
        (self.root / f"environments/testnets/{name}.yaml").write_text(text, "utf-8")
        self._commit(name)

    def remove(self, name: str) -> None:
        """Remove a testnet file, with the grant that publishing asks for."""
        (self.root / f"environments/testnets/{name}.yaml").unlink()
        self._commit(f"remove {name}\n\nAllow-removal: {name}")

    def publish(self, *options: str, codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
        """Run `testnet publish` with the clusters and GitHub of the ground; return its JSON."""
        first = () if self.ground.head else ("--first",)
        done = self.program(
            "publish", "--environments", str(self.ground.bare), "--format", "json", *first, *options
        )
        if done.returncode not in codes:
            raise RuntimeError(f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
        self.ground.sync()
        return dict(json.loads(done.stdout))

    def program(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the program as a person would."""
        own = {"XDG_CACHE_HOME": str(self.root.parent / "cache"), "NO_PROXY": "127.0.0.1"}
        return subprocess.run(
            [str(Path(sys.executable).parent / "testnet"), *words],
            cwd=self.root,
            env=clean_environment() | IDENTITY | self.ground.environment | own,
            capture_output=True,
            text=True,
            check=False,
        )

    def _commit(self, message: str) -> None:
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
