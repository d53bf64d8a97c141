"""Clusters by hand: `python -m tests.clusters WORD` (`make clusters`, `make clusters-down`).

up [CLUSTER...]   start them in the background, and tell how to look at them
down              end them
run [CLUSTER...]  start them and stay until interrupted
scale [DAEMONS]   measure a net of so many (1000) on three, beside the least that Flux can do
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.clusters.ground import Ground, alone, started
from tests.clusters.parts import born, end_left
from tests.clusters.programs import crds, programs
from tests.clusters.scale import measure, table
from tests.repository import read_fleet
from tests.synthetic import REPOSITORY

ROOT = REPOSITORY / "build/clusters"
NAMES = ("aws-us-west-2", "aws-eu-central-1", "gcp-europe-west1")
READY, SUPERVISOR, LOG = ROOT / "READY", ROOT / "supervisor", ROOT / "supervisor.log"


def main() -> int:
    """Do what the command line says."""
    word, names = sys.argv[1] if len(sys.argv) > 1 else "", tuple(sys.argv[2:]) or NAMES
    if word == "up":
        return up(names)
    if word == "scale":
        return scale(int(sys.argv[2]) if len(sys.argv) > 2 else 1000)
    if word == "down":
        return down()
    if word == "run":
        return run(names)
    print(__doc__, file=sys.stderr)
    return 2


def up(names: tuple[str, ...]) -> int:
    """Start clusters in the background."""
    if _supervisor():
        print(f"they run already; make clusters-down ends them\n\n{READY.read_text('utf-8')}")
        return 0
    programs(), crds()  # here, where it is seen how the building goes on
    ROOT.mkdir(parents=True, exist_ok=True)
    READY.unlink(missing_ok=True)
    with LOG.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.clusters", "run", *names],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    while process.poll() is None and not READY.exists():
        time.sleep(0.1)
    if not READY.exists():
        print(LOG.read_text("utf-8"), file=sys.stderr)
        return 1
    print(READY.read_text("utf-8"), end="")
    return 0


def down() -> int:
    """End clusters, also those whose supervisor is gone."""
    pid = _supervisor()
    if pid:
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + 20
        while _supervisor() and time.monotonic() < until:
            time.sleep(0.1)
        if _supervisor():
            os.kill(pid, signal.SIGKILL)
    left = end_left(ROOT)
    print(f"ended{f', and {len(left)} parts that were left' if left else ''}")
    return 0


def run(names: tuple[str, ...]) -> int:
    """Start clusters and stay until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    fleet = read_fleet((REPOSITORY / "environments/fleet.yaml").read_text("utf-8"))
    with alone(ROOT):
        end_left(ROOT)
        for old in ROOT.iterdir():
            if old.is_dir():
                shutil.rmtree(old)
        SUPERVISOR.write_text(f"{os.getpid()} {born(os.getpid())}", "utf-8")
        with started(ROOT, fleet, names) as ground:
            fresh = READY.with_suffix(".tmp")
            fresh.write_text(describe(ground), "utf-8")
            fresh.rename(READY)
            stop.wait()
            READY.unlink()
        SUPERVISOR.unlink()
    return 0


def scale(daemons: int) -> int:
    """Measure a large net, and tell the figures."""
    fleet = read_fleet((REPOSITORY / "environments/fleet.yaml").read_text("utf-8"))
    with tempfile.TemporaryDirectory(prefix="testnet-scale-") as directory:
        print(table(measure(Path(directory), fleet, NAMES, daemons), daemons, len(NAMES)))
    return 0


def describe(ground: Ground) -> str:
    """Return how to look at what runs, and how to put something there."""
    lines = [
        f"{len(ground.clusters)} clusters after {ground.seconds:.1f} s:",
        *(
            f"  {name:20} {sum(parts.values()) / 2**20:5.0f} MiB"
            for name, parts in ground.memory.items()
        ),
        "",
        "look at them (one context a cluster):",
        f"  export KUBECONFIG={_short(ground.root / 'kubeconfig')} PATH=$PWD/.venv/bin:$PATH",
        *(f"  kubectl --context {name} get nodes,pods -A" for name in ground.clusters),
        "publish to them, once for a new ground with --first:",
        f"  testnet publish --environments {_short(ground.bare)} --evidence kubernetes",
        "have a cluster follow it, once:",
        f"  git clone {_short(ground.bare)} --branch environments /tmp/environments",
        *(
            f"  kubectl --context {name} apply -k /tmp/environments/clusters/{name}/flux-system"
            for name in ground.clusters
        ),
        "see what Flux says:",
        f"  kubectl --context {next(iter(ground.clusters))} get kustomizations -A",
        "commit statuses, as Flux would post them to GitHub:",
        *(f"  export {name}={value}" for name, value in ground.hub.environment.items()),
        "",
    ]
    return "\n".join(lines)


def _short(path: Path) -> str:
    return str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else str(path)


def _supervisor() -> int:
    """Return the process that holds the clusters, 0 where there is none."""
    if not SUPERVISOR.exists():
        return 0
    pid, _, since = SUPERVISOR.read_text("utf-8").partition(" ")
    return int(pid) if since and born(int(pid)) == since else 0


if __name__ == "__main__":
    sys.exit(main())
