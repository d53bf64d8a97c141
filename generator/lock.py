"""`net.lock.yaml`: what was decided and built for a net on one cluster, written and read back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import ryaml

from generator import __version__
from generator.build import Build
from generator.errors import UsageError
from generator.flavour import FLAVOURS, FlavourName
from generator.fleet import Cluster
from generator.plan import Allocations, DaemonAllocation, NetAllocation, Plan, Role
from generator.plan.genesis import utc_text
from generator.render.flux import overlay_names
from generator.render.manifest import Manifest

LOCK = "net.lock.yaml"
GENESIS = "shared-1/genesis.yaml"

_Content: TypeAlias = Mapping[str, Any]  # of a lock, checked by use
_UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError)


def render_lock(
    plan: Plan, cluster: Cluster, builds: Mapping[str, Build], kustomize: str
) -> Manifest:
    """Return the lock of a net on a cluster; `builds` by the name of the overlay."""
    daemons = plan.by_cluster[cluster.name]
    allocations: dict[str, dict[str, int]] = {}
    for daemon in daemons:
        overlay = f"{daemon.phase}-{daemon.overlay}"
        allocations.setdefault(overlay, {})[daemon.name] = daemon.port
    drives = {daemon.name: daemon.partner for daemon in daemons if daemon.role is Role.SERVICE}
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
        **({"drives": drives} if drives else {}),
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
        nets.setdefault(lock.net, []).append(lock)
    return Allocations(nets={net: _merge(locks) for net, locks in sorted(nets.items())})


def read_builds(directory: Path, kustomize: str) -> Mapping[str, Build]:
    """Return what a version of kustomize built for a net on a cluster, by overlay.

    `directory` is the net's directory on the cluster; nothing where it has no lock, or
    where another version built it.
    """
    path = directory / LOCK
    if not path.is_file():
        return {}
    lock = _read_lock(path)
    return lock.builds if lock.kustomize == kustomize else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lock:
    """A lock as it was read; `allocation` holds the daemons of its cluster, and no genesis."""

    path: Path
    net: str
    kustomize: str
    genesis_digest: str
    allocation: NetAllocation
    builds: Mapping[str, Build]


def _read_lock(path: Path) -> _Lock:
    try:
        content = ryaml.loads(path.read_text("utf-8"))
        return _Lock(
            path=path,
            net=str(content["net"]),
            kustomize=str(content["kustomize"]),
            genesis_digest=_hex(content["genesis"].get("digest", "")),
            allocation=_read_allocation(content),
            builds={
                str(name): Build(int(build["objects"]), _hex(build["digest"]))
                for name, build in content["builds"].items()
            },
        )
    except _UNREADABLE as error:
        message = f"{path}: not a lock that this program wrote ({type(error).__name__}: {error})"
        raise UsageError(message) from error


def _hex(digest: str) -> str:
    return digest.removeprefix("sha256:")


def _read_allocation(content: _Content) -> NetAllocation:
    genesis = content["genesis"]
    return NetAllocation(
        published=datetime.fromisoformat(content["published"]).astimezone(UTC),
        source_digest=_hex(content["source_digest"]),
        overlays=str(content["overlays"]),
        generation=int(genesis["generation"]),
        genesis_time=str(genesis["time"]),
        daemons=dict(_daemons(content)),
        driven=content.get("drives", {}),
    )


def _daemons(content: _Content) -> Iterable[tuple[str, DaemonAllocation]]:
    ports = len(FLAVOURS[FlavourName(content["flavour"])].ports)
    for overlay, daemons in content["allocations"].items():
        phase, _, number = overlay.rpartition("-")
        for name, port in daemons.items():
            yield (
                str(name),
                DaemonAllocation(
                    cluster=str(content["cluster"]),
                    phase=phase,
                    overlay=int(number),
                    port=int(port),
                    ports=ports,
                ),
            )


def _merge(locks: Sequence[_Lock]) -> NetAllocation:
    """Return one allocation for a net: all clusters agree on everything but their daemons."""
    parts = [lock.allocation for lock in locks]
    return replace(
        parts[0],
        genesis=_read_genesis(locks[0]),
        daemons={name: daemon for part in parts for name, daemon in part.daemons.items()},
        driven={name: daemon for part in parts for name, daemon in part.driven.items()},
    )


def _read_genesis(lock: _Lock) -> str:
    """Return the published daemon.json; empty where the image holds the ledger."""
    if not lock.genesis_digest:
        return ""
    path = lock.path.parent / GENESIS
    try:
        documents = ryaml.loads_all(path.read_text("utf-8"))
        text = "".join(document["data"]["part"] for document in documents)
    except _UNREADABLE:
        text = ""
    if hashlib.sha256(text.encode()).hexdigest() != lock.genesis_digest:
        message = f"{path}: not the genesis that {lock.path.name} names"
        raise UsageError(message)
    return text
