"""How long a large net takes on real clusters, beside the least that Flux can do for its objects.

Both get the same objects, split alike. The other one is plain YAML that was built before, without
phases and accounts, in Kustomizations, namespaces and roles that are there before the push.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ryaml

from generator.fleet import Fleet
from generator.yaml import emit
from tests.clusters.cluster import Cluster
from tests.clusters.desk import IDENTITY, Desk, build
from tests.clusters.ground import Ground, clean_environment, started
from tests.clusters.parts import Part, wait_for
from tests.clusters.programs import programs
from tests.synthetic import peer_ids, pool, public_keys, testnet

SEEDS = 3
LIMIT = 1200.0  # seconds of a quiet machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one way cost: seconds since the push, and what each kind of program used meanwhile."""

    applied: float
    running: float
    objects: int
    kustomizations: int
    work: dict[str, float]
    peak: dict[str, int]


def write_net(environments: Path, daemons: int, regions: Sequence[str]) -> None:
    """Write a net of small daemons over some regions, and the pool of its keys."""
    count = daemons - SEEDS
    kinds = {"block-producer": public_keys(count), "libp2p": peer_ids(SEEDS)}
    (environments / "keys/big.yaml").write_text(pool("big", kinds), "utf-8")
    small = {"resources": {"cpu": 1, "memory": "1Gi", "storage": "1Gi"}}
    more: dict[str, Any] = {"regions": list(regions), "defaults": small}
    if len(regions) < 3:
        more["availability"] = "single"
    text = testnet("big", "big", range(count), **more)
    (environments / "testnets/big.yaml").write_text(text, "utf-8")


def measure(root: Path, fleet: Fleet, names: Sequence[str], daemons: int) -> dict[str, Figures]:
    """Return the figures of both ways, one after the other, each on new clusters."""
    regions = [fleet.by_name[name].region for name in names]
    with started(root / "ours", fleet, names) as ground:
        desk = Desk(_directory(root / "main"), ground)
        desk.publish()
        for cluster in ground.clusters.values():
            cluster.bootstrap(ground.checkout())
        ground.settle(LIMIT)
        write_net(desk.root / "environments", daemons, regions)
        desk.commit("a large net")
        desk.publish()
        ours = _watch(ground, daemons)
        tree = shutil.copytree(ground.checkout(), root / "tree")
    with started(root / "plain", fleet, names) as ground:
        work = _directory(root / "work")
        _git(work, "clone", "--quiet", str(ground.bare), ".")
        _git(work, "checkout", "--quiet", "--orphan", "environments")
        (work / "README").write_text("plain\n", "utf-8")
        _push(work)
        for name, cluster in ground.clusters.items():
            _prepare(cluster, tree / f"clusters/{name}")
        for name in names:
            _flatten(tree, work, name)
        _push(work)
        ground.sync()
        plain = _watch(ground, daemons)
    return {"testnet": ours, "plain": plain}


def _watch(ground: Ground, daemons: int) -> Figures:
    """Wait until all is applied and runs, from now on."""
    began, before = time.monotonic(), _work(ground)
    running = 0.0

    def done() -> bool:
        nonlocal running
        if not running and _running(ground) >= daemons:
            running = time.monotonic() - began
        return bool(running) and not any(c.applied(ground.head) for c in ground.clusters.values())

    wait_for("all daemons", done, LIMIT)
    applied = time.monotonic() - began
    after = _work(ground)
    peak: Counter[str] = Counter()
    for name, part in _parts(ground):
        peak[name] = max(peak[name], part.peak())
    items = [item for c in ground.clusters.values() for item in c.kustomizations().values()]
    return Figures(
        applied=applied,
        running=running,
        objects=sum(len(item["status"]["inventory"]["entries"]) for item in items),
        kustomizations=len(items),
        work={name: after[name] - before[name] for name in after},
        peak=dict(peak),
    )


def _running(ground: Ground) -> int:
    path = "/api/v1/pods?labelSelector=testnet%2Frole&fieldSelector=status.phase%3DRunning"
    return sum(len(cluster.api.items(path)) for cluster in ground.clusters.values())


def _parts(ground: Ground) -> Iterator[tuple[str, Part]]:
    yield "etcd", ground.etcd
    for cluster in ground.clusters.values():
        yield from cluster.parts.items()


def _work(ground: Ground) -> Counter[str]:
    """Return the seconds of CPU of each kind of program until now, of all clusters together."""
    found: Counter[str] = Counter()
    for name, part in _parts(ground):
        found[name] += part.work()  # type: ignore[assignment] # seconds count as well
    return found


# --- the least that Flux can do


def _prepare(cluster: Cluster, tree: Path) -> None:
    """Have all there before the push that daemons need, and Flux wait for what they are."""
    kubectl = programs()["kubectl"]
    before = build(tree / "platform", kubectl)
    own = objects(tree / "testnets/big.yaml")
    before += [item for item in own if "toolkit.fluxcd.io" not in item["apiVersion"]]
    sources = objects(tree / "flux-system/source.yaml")
    overlays = [path.parent.name for path in sorted(tree.glob("nets/big/*/kustomization.yaml"))]
    follow = [_kustomization(cluster.name, overlay) for overlay in overlays]
    for items in (before, [*sources, *follow]):
        cluster.kubectl("apply", "--server-side", "-f", "-", text=emit(items, header="plain"))


def _kustomization(cluster: str, overlay: str) -> dict[str, Any]:
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": overlay, "namespace": "flux-system"},
        "spec": {
            "sourceRef": {"kind": "GitRepository", "name": "environments"},
            "path": f"./clusters/{cluster}/{overlay}",
            "interval": "1h",
            "retryInterval": "10s",
            "timeout": "30m",
            "prune": True,
            "wait": True,
        },
    }


def _flatten(tree: Path, work: Path, name: str) -> None:
    """Write each overlay of a cluster as the YAML that it builds to."""
    for file in sorted((tree / f"clusters/{name}/nets/big").glob("*/kustomization.yaml")):
        items = build(file.parent, programs()["kubectl"])
        flat = _directory(work / f"clusters/{name}/{file.parent.name}") / "all.yaml"
        flat.write_text(emit(items, header="plain"), "utf-8")


def _push(work: Path) -> None:
    _git(work, "add", "--all")
    _git(work, "commit", "--quiet", "--message", "plain")
    _git(work, "push", "--quiet", "origin", "environments")


def _git(directory: Path, *words: str) -> None:
    environment = clean_environment() | IDENTITY
    subprocess.run(["git", *words], cwd=directory, env=environment, check=True)


def _directory(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


# --- what it tells


def table(figures: dict[str, Figures], daemons: int, clusters: int) -> str:
    """Return the figures as a table of Markdown."""
    ways = list(figures.values())
    rows = [
        ("all applied and Ready, s", *(f"{way.applied:.0f}" for way in ways)),
        ("all daemons running, s", *(f"{way.running:.0f}" for way in ways)),
        ("objects", *(str(way.objects) for way in ways)),
        ("Kustomizations", *(str(way.kustomizations) for way in ways)),
        ("CPU of all, s", *(f"{sum(way.work.values()):.0f}" for way in ways)),
    ]
    for name in sorted(ways[0].work, key=lambda name: -ways[0].work[name]):
        cells = (f"{way.work[name]:.0f} s, {way.peak[name] / 2**20:.0f} MiB" for way in ways)
        rows.append((f"{name}: CPU, peak of one", *cells))
    busy = f"load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    lines = [
        f"{daemons} daemons on {clusters} clusters; {busy}",
        "",
        "| | testnet | plain Flux |",
        "| --- | ---: | ---: |",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    return "\n".join(lines)


def objects(file: Path) -> list[dict[str, Any]]:
    """Return the objects of a file."""
    return [ryaml.loads(part) for part in file.read_text("utf-8").split("\n---\n")]
