"""What is published: what the locks of a tree say together, or why they cannot be believed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import ryaml

from generator.build import Build
from generator.lock import LOCK
from generator.locks import (
    UNREADABLE,
    Lock,
    Locks,
    cluster_names,
    is_there,
    net_directories,
    parse_lock,
    read_content,
    read_locks,
    refuse,
    text_of,
)
from generator.plan import Allocations, DaemonAllocation, NetAllocation
from generator.plan.command import OWN_ADDRESS_PORT

GENESIS = "shared-1/genesis.yaml"
# Behind load balancers daemons have addresses of their own, and all use the same ports.
OWN_ADDRESS_PORTS = range(OWN_ADDRESS_PORT, OWN_ADDRESS_PORT + 2)


def read_allocations(tree: Path, locks: Locks | None = None) -> Allocations:
    """Read what is published in a directory, of which the `locks` may have been read before.

    Raises:
        UsageError: when a lock is missing, is not one that this program wrote, or does not
            go with the others; with its path, and what to do.
    """
    locks = locks or read_locks(tree)
    nets: dict[str, list[Lock]] = {}
    for directory in locks.contents:
        lock = locks.parse(directory)
        nets.setdefault(lock.net, []).append(lock)
    allocations = Allocations(nets={net: _merge(own) for net, own in sorted(nets.items())})
    _check_ports(tree, allocations)
    return allocations


def trust_locks(locks: Locks) -> Allocations:
    """Return what `read_allocations` returned for these very locks: a net is parsed when asked for.

    Most changes need those of one net.
    """
    return Allocations(nets=_Trusted(locks))


class _Trusted(Mapping[str, NetAllocation]):
    """The allocations of locks that were read before, each parsed when it is first used."""

    def __init__(self, locks: Locks) -> None:
        self._locks = locks
        self._parsed: dict[str, NetAllocation] = {}

    def __getitem__(self, net: str) -> NetAllocation:
        if net not in self._parsed:
            directories = [f"clusters/{name}/nets/{net}" for name in self._locks.digests[net]]
            self._parsed[net] = _merge([self._locks.parse(path) for path in directories])
        return self._parsed[net]

    def __contains__(self, net: object) -> bool:
        return net in self._locks.digests

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._locks.digests))

    def __len__(self) -> int:
        return len(self._locks.digests)


def _check_ports(tree: Path, allocations: Allocations) -> None:
    """Refuse locks in which two daemons of a cluster hold one host port."""
    holders: dict[tuple[str, int], str] = {}
    for net, published in allocations.nets.items():
        for name, daemon in published.daemons.items():
            for port in range(daemon.port, daemon.port + daemon.ports) if daemon.port else ():
                if port in OWN_ADDRESS_PORTS:
                    continue
                first = holders.setdefault((daemon.cluster, port), f"{net}/{name}")
                if first != f"{net}/{name}":
                    path = tree / "clusters" / daemon.cluster / "nets" / net / LOCK
                    raise refuse(path, f"{first} and {net}/{name} both hold port {port}")


def is_published(tree: Path) -> bool:
    """Say whether a directory holds a tree that this program wrote: some cluster's bootstrap.

    Raises:
        UsageError: for a directory that cannot be read, so that nobody knows.
    """
    clusters = cluster_names(tree)
    return any(
        is_there(tree / "clusters" / name / "flux-system/kustomizations.yaml") for name in clusters
    ) or any(is_there(tree / directory / LOCK) for directory in net_directories(tree))


def read_builds(directory: Path, kustomize: str) -> Mapping[str, Build]:
    """Return what a version of kustomize built for a net on a cluster, by overlay.

    `directory` is the net's directory on the cluster; nothing where it has no lock, or
    where another version built it.
    """
    path = directory / LOCK
    if not path.is_file():
        return {}
    lock = parse_lock(path, read_content(path))
    return lock.builds if lock.kustomize == kustomize else {}


def read_expiries(tree: Path) -> Mapping[str, datetime]:
    """Return when each published net ends, by net; those without an end are left out.

    Where its clusters differ, as in a tree that is half-written, the last moment counts.
    """
    found = (tree / directory / LOCK for directory in net_directories(tree))
    locks = (parse_lock(path, read_content(path)) for path in found if is_there(path))
    ends = sorted((lock.net, lock.expires) for lock in locks if lock.expires)
    return dict(ends)


def _merge(locks: Sequence[Lock]) -> NetAllocation:
    """Return one allocation for a net.

    All clusters agree on everything but their daemons. While a tree is half-written, some may
    still be at an earlier generation: the latest one was decided and counts.
    """
    latest = max(locks, key=lambda lock: lock.allocation.generation)
    daemons: dict[str, DaemonAllocation] = {}
    for lock in locks:
        _compare(latest, lock)
        twice = daemons.keys() & lock.allocation.daemons.keys()
        if twice:
            raise refuse(lock.path, f'another lock of the net also has "{min(twice)}"')
        daemons.update(lock.allocation.daemons)
    return replace(
        latest.allocation,
        genesis=_read_genesis(locks, latest.allocation.genesis_digest),
        daemons=daemons,
        protected=any(lock.allocation.protected for lock in locks),
        driven={name: to for lock in locks for name, to in lock.allocation.driven.items()},
        keys={name: key for lock in locks for name, key in lock.allocation.keys.items()},
        drains={name: drain for lock in locks for name, drain in lock.allocation.drains.items()},
        leaving=frozenset(cluster for lock in locks for cluster in lock.allocation.leaving),
        traces={name: trace for lock in locks for name, trace in lock.allocation.traces.items()},
    )


def _compare(latest: Lock, lock: Lock) -> None:
    one, other = latest.allocation, lock.allocation
    if one.generation == other.generation and (
        (one.genesis_time, one.genesis_digest) != (other.genesis_time, other.genesis_digest)
    ):
        raise refuse(lock.path, f"not the genesis that {latest.path} names")


def _read_genesis(locks: Sequence[Lock], digest: str) -> str:
    """Return the published daemon.json from any cluster that has it; empty where none does.

    The planner then writes it anew, and compares the digest.
    """
    for lock in locks if digest else ():
        path = lock.path.parent / GENESIS
        try:
            documents = ryaml.loads_all(text_of(path, read_content(path)))
            text = "".join(document["data"]["part"] for document in documents)
        except UNREADABLE:
            continue
        if hashlib.sha256(text.encode()).hexdigest() == digest:
            return text
    return ""
