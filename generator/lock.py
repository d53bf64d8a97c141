"""`net.lock.yaml`: what was decided and built for a net on one cluster, written and read back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import ryaml

from generator import __version__
from generator.build import Build
from generator.errors import UsageError
from generator.fleet import Cluster
from generator.flavour import FLAVOURS, FlavourName
from generator.plan import Allocations, DaemonAllocation, NetAllocation, Plan
from generator.plan.genesis import utc_text
from generator.render.flux import overlay_names
from generator.render.manifest import Manifest

LOCK = "net.lock.yaml"


def render_lock(
    plan: Plan, cluster: Cluster, builds: Mapping[str, Build], kustomize: str
) -> Manifest:
    """Return the lock of a net on a cluster; `builds` by the name of the overlay."""
    allocations: dict[str, dict[str, int]] = {}
    for daemon in plan.by_cluster[cluster.name]:
        overlay = f"{daemon.phase}-{daemon.overlay}"
        allocations.setdefault(overlay, {})[daemon.name] = daemon.port
    return {
        "net": plan.name,
        "cluster": cluster.name,
        "flavour": str(plan.testnet.flavour_name),
        "source": plan.testnet.at.path,
        "source_digest": f"sha256:{plan.testnet.digest}",
        "inputs": f"sha256:{_digest_inputs(plan, cluster)}",
        "generator": __version__,
        "kustomize": kustomize,
        "overlays": plan.overlays,
        "published": utc_text(plan.published),
        **({"expires": utc_text(plan.expires)} if plan.expires else {}),
        "genesis": {
            "generation": plan.genesis.generation,
            "time": plan.genesis.time,
            **({"digest": f"sha256:{plan.genesis.digest}"} if plan.genesis.digest else {}),
        },
        "builds": {
            str(name): {
                "daemons": len(allocations.get(str(name), {})),
                "objects": builds[str(name)].objects,
                "digest": f"sha256:{builds[str(name)].digest}",
            }
            for name in overlay_names(plan, cluster.name)
        },
        "allocations": allocations,
    }


def _digest_inputs(plan: Plan, cluster: Cluster) -> str:
    """Digest of everything that the net's files on this cluster follow from."""
    keys = [
        (key.name, key.text, sorted(key.references.items()))
        for daemon in plan.by_cluster[cluster.name]
        for key in (daemon.key, daemon.identity)
        if key is not None
    ]
    facts = [__version__, plan.overlays, plan.testnet.digest, repr(cluster), keys]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def read_allocations(tree: Path) -> Allocations:
    """Read what is published in a directory; nothing where there is no tree yet.

    Raises:
        UsageError: when a lock is not one that this program wrote, with its path.
    """
    nets: dict[str, list[_Lock]] = {}
    for path in sorted(tree.glob(f"clusters/*/nets/*/{LOCK}")):
        lock = _read_lock(path)
        nets.setdefault(lock["net"], []).append(lock)
    return Allocations(
        nets={net: _merge(tree, net, locks) for net, locks in sorted(nets.items())}
    )


class _Lock(dict[str, str]):
    """A lock as it was read; `parts` are its mappings."""

    parts: Mapping[str, Mapping[str, object]]


def read_builds(directory: Path, kustomize: str) -> Mapping[str, Build]:
    """Return what a version of kustomize built for a net on a cluster, by overlay.

    `directory` is the net's directory on the cluster; nothing where it has no lock, or
    where another version built it.
    """
    path = directory / LOCK
    if not path.is_file():
        return {}
    lock = _read_lock(path)
    if lock["kustomize"] != kustomize:
        return {}
    builds = cast("Mapping[str, Mapping[str, object]]", lock.parts["builds"])
    return {
        name: Build(
            int(cast("int", build["objects"])), str(build["digest"]).removeprefix("sha256:")
        )
        for name, build in builds.items()
    }


def _read_lock(path: Path) -> _Lock:
    try:
        content = ryaml.loads(path.read_text("utf-8"))
        lock = _Lock({name: content[name] for name in ("net", "cluster", "flavour", "published")})
        lock |= {name: content[name] for name in ("overlays", "kustomize", "source_digest")}
        lock.parts = {name: content[name] or {} for name in ("builds", "allocations", "genesis")}
        datetime.fromisoformat(lock["published"])
        FlavourName(lock["flavour"])
    except (OSError, ValueError, KeyError, TypeError, ryaml.InvalidYamlError) as error:
        message = f"{path}: not a lock that this program wrote ({type(error).__name__}: {error})"
        raise UsageError(message) from error
    return lock


def _merge(tree: Path, net: str, locks: list[_Lock]) -> NetAllocation:
    first = locks[0]
    genesis = first.parts["genesis"]
    return NetAllocation(
        published=datetime.fromisoformat(first["published"]).astimezone(UTC),
        source_digest=first["source_digest"].removeprefix("sha256:"),
        overlays=first["overlays"],
        generation=int(cast("int", genesis["generation"])),
        genesis_time=str(genesis["time"]),
        genesis=_read_genesis(tree, first["cluster"], net),
        daemons=dict(entry for lock in locks for entry in _daemons(lock)),
    )


def _daemons(lock: _Lock) -> Iterable[tuple[str, DaemonAllocation]]:
    ports = len(FLAVOURS[FlavourName(lock["flavour"])].ports)
    for overlay, daemons in lock.parts["allocations"].items():
        phase, _, number = overlay.rpartition("-")
        for name, port in daemons.items():  # type: ignore[attr-defined] # two levels, checked by use
            yield (
                name,
                DaemonAllocation(
                    cluster=lock["cluster"],
                    phase=phase,
                    overlay=int(number),
                    port=port,
                    ports=ports,
                ),
            )


def _read_genesis(tree: Path, cluster: str, net: str) -> str:
    """Return the published daemon.json; empty where the image holds the ledger."""
    path = tree / "clusters" / cluster / "nets" / net / "shared-1" / "genesis.yaml"
    if not path.is_file():
        return ""
    return "".join(doc["data"]["part"] for doc in ryaml.loads_all(path.read_text("utf-8")))
