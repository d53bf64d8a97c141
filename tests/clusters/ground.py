"""Several clusters on one machine: one etcd, one git server and one GitHub for all."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from generator.fleet import Fleet
from tests.clusters.api import kubeconfig
from tests.clusters.cluster import Cluster
from tests.clusters.network import HOST, TlsGitServer, running
from tests.clusters.parts import Part, end_left, free_port, wait_for
from tests.clusters.plane import facts
from tests.clusters.programs import crds, programs
from tests.clusters.stages import Delays
from tests.clusters.tls import make_authority, server_context
from tests.hub.github_server import NAME, HubServer
from tests.hub.github_server import serve as serve_hub


@dataclass
class Ground:
    """What all clusters share, and the clusters by name."""

    root: Path
    git: TlsGitServer
    hub: HubServer
    etcd: Part
    etcd_port: int
    clusters: dict[str, Cluster] = field(default_factory=dict)
    seconds: float = 0

    @property
    def bare(self) -> Path:
        """The repository that all clusters read: publish to it by its path."""
        return self.root / "git" / NAME

    @property
    def head(self) -> str:
        """The commit that is published, empty where there is none."""
        done = subprocess.run(
            ["git", "-C", self.bare, "rev-parse", "--verify", "--quiet", "refs/heads/environments"],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip()

    @property
    def environment(self) -> dict[str, str]:
        """What leads a program to these clusters and this GitHub."""
        return {"KUBECONFIG": str(self.root / "kubeconfig"), **self.hub.environment}

    @property
    def memory(self) -> dict[str, dict[str, int]]:
        """The bytes that each part holds, by cluster."""
        shared = {"shared": {"etcd": self.etcd.memory()}}
        return shared | {
            name: {part: found.memory() for part, found in cluster.parts.items()}
            for name, cluster in self.clusters.items()
        }

    def checkout(self) -> Path:
        """Return a fresh work tree of the head."""
        tree = self.root / "trees" / self.head
        if not tree.exists():
            subprocess.run(
                ["git", "clone", "--quiet", "--branch", "environments", self.bare, tree],
                check=True,
            )
        return tree

    def sync(self) -> None:
        """Have all clusters that can be reached fetch at once."""
        for cluster in self.clusters.values():
            with suppress(OSError):
                cluster.sync()

    def mend(self) -> None:
        """Undo every fault of clusters and of git."""
        self.git.answers = 0
        for cluster in self.clusters.values():
            cluster.mend()

    def settle(self, seconds: float = 120, *names: str) -> None:
        """Wait until every Kustomization of the clusters is Ready at the head."""
        head = self.head
        late: dict[str, dict[str, str]] = {}

        def done() -> bool:
            late.clear()
            for name in names or tuple(self.clusters):
                cluster = self.clusters[name]
                if found := cluster.applied(head):
                    late[name] = found
            return not late

        try:
            wait_for("all Kustomizations", done, seconds, pause=0.5)
        except TimeoutError as error:
            raise TimeoutError(f"{error}:\n{json.dumps(late, indent=1)}") from None


@contextmanager
def started(
    root: Path, fleet: Fleet, names: Sequence[str], delays: Delays | None = None
) -> Iterator[Ground]:
    """Run these clusters of a fleet below `root`, until the end of the context."""
    root.mkdir(parents=True, exist_ok=True)
    end_left(root)
    programs(), crds()  # before the clock: built and fetched once per machine
    began = time.monotonic()
    make_authority(root, HOST, "localhost", "kubernetes.default.svc")
    (root / "git" / NAME).mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", "--bare", root / "git" / NAME], check=True)
    with ExitStack() as stack:
        git = TlsGitServer(root / "git", server_context(root))
        stack.enter_context(running(git))
        hub = stack.enter_context(serve_hub())
        port = free_port()
        etcd = _etcd(root, port)
        stack.callback(etcd.kill)
        etcd.start()
        wait_for("etcd", lambda: _healthy(port), 60, [etcd])
        ground = Ground(root, git, hub, etcd, port)
        for number, name in enumerate(names):
            ground.clusters[name] = Cluster(
                facts(fleet.by_name[name]),
                root,
                port,
                git.server_address[1],
                hub,
                number,
                delays or Delays(),
            )
            stack.callback(ground.clusters[name].end)
        users = {name: cluster.api for name, cluster in ground.clusters.items()}
        (root / "kubeconfig").touch(0o600)
        (root / "kubeconfig").write_text(kubeconfig(users), "utf-8")
        with ThreadPoolExecutor() as pool:
            list(pool.map(Cluster.start, ground.clusters.values()))
        ground.seconds = time.monotonic() - began
        yield ground


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Hold a lock on a directory: two grounds on one machine of two cores only disturb."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _etcd(root: Path, port: int) -> Part:
    peers = free_port()
    return Part(
        "etcd",
        [
            programs()["etcd"],
            f"--data-dir={root}/etcd",
            "--unsafe-no-fsync",
            f"--listen-client-urls=http://127.0.0.1:{port}",
            f"--advertise-client-urls=http://127.0.0.1:{port}",
            f"--listen-peer-urls=http://127.0.0.1:{peers}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peers}",
            f"--initial-cluster=default=http://127.0.0.1:{peers}",
            "--log-level=warn",
        ],
        root,
    )


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return bool(json.load(answer)["health"] == "true")
    except OSError:
        return False


def clean_environment() -> dict[str, str]:
    """Return this environment without what leads programs elsewhere."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith("GIT_")
    }
