"""What is published, read back from the locks of a tree; nothing in them is taken on trust."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import ryaml

from generator.build import Build
from generator.errors import UsageError
from generator.flavour import FLAVOURS, FlavourName
from generator.library import VERSION
from generator.lock import LOCK
from generator.plan import Allocations, DaemonAllocation, NetAllocation, Phase, Trace
from generator.plan.command import OWN_ADDRESS_PORT

GENESIS = "shared-1/genesis.yaml"
# Behind load balancers daemons have addresses of their own, and all use the same ports.
OWN_ADDRESS_PORTS = range(OWN_ADDRESS_PORT, OWN_ADDRESS_PORT + 2)

_Content: TypeAlias = Mapping[str, Any]  # of a lock, checked by use
_UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_OVERLAY = re.compile(rf"({'|'.join(Phase)})-([1-9][0-9]{{0,4}})")


@dataclass(frozen=True)
class Locks:
    """The locks of a tree as they lie there, read once, by the directory of net and cluster.

    A directory is a path below the tree; its lock is None where it is missing or unreadable.
    """

    tree: Path
    contents: Mapping[str, bytes | None]

    @cached_property
    def digests(self) -> Mapping[str, Mapping[str, str]]:
        """The digests of the locks of each net, by cluster; of a missing one, it is empty."""
        digests: dict[str, dict[str, str]] = {}
        for directory, content in self.contents.items():
            _, cluster, _, net = directory.split("/")
            digest = "" if content is None else hashlib.sha256(content).hexdigest()
            digests.setdefault(net, {})[cluster] = digest
        return digests


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lock:
    """A lock as it was read; `allocation` holds the daemons of its cluster, and no genesis."""

    path: Path
    net: str
    kustomize: str
    expires: datetime | None
    allocation: NetAllocation
    builds: Mapping[str, Build]


def read_locks(tree: Path) -> Locks:
    """Read the locks of a published tree; none where there is no tree yet."""
    found = sorted(path for path in tree.glob("clusters/*/nets/*") if path.is_dir())
    return Locks(tree, {p.relative_to(tree).as_posix(): _content(p / LOCK) for p in found})


def read_allocations(tree: Path, locks: Locks | None = None) -> Allocations:
    """Read what is published in a directory, of which the `locks` may have been read before.

    Raises:
        UsageError: when a lock is missing, is not one that this program wrote, or does not
            go with the others; with its path, and what to do.
    """
    nets: dict[str, list[_Lock]] = {}
    for directory, content in (locks or read_locks(tree)).contents.items():
        lock = _parse_lock(tree / directory / LOCK, content)
        nets.setdefault(lock.net, []).append(lock)
    allocations = Allocations(nets={net: _merge(locks) for net, locks in sorted(nets.items())})
    _check_ports(tree, allocations)
    return allocations


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
                    raise _refuse(path, f"{first} and {net}/{name} both hold port {port}")


def is_published(tree: Path) -> bool:
    """Say whether a directory holds a tree that this program wrote: some cluster's bootstrap."""
    return any(tree.glob("clusters/*/flux-system/kustomizations.yaml")) or any(
        tree.glob(f"clusters/*/nets/*/{LOCK}")
    )


def read_builds(directory: Path, kustomize: str) -> Mapping[str, Build]:
    """Return what a version of kustomize built for a net on a cluster, by overlay.

    `directory` is the net's directory on the cluster; nothing where it has no lock, or
    where another version built it.
    """
    path = directory / LOCK
    if not path.is_file():
        return {}
    lock = _parse_lock(path, _content(path))
    return lock.builds if lock.kustomize == kustomize else {}


def read_expiries(tree: Path) -> Mapping[str, datetime]:
    """Return when each published net ends, by net; those without an end are left out.

    Where its clusters differ, as in a tree that is half-written, the last moment counts.
    """
    found = sorted(tree.glob(f"clusters/*/nets/*/{LOCK}"))
    locks = (_parse_lock(path, _content(path)) for path in found)
    ends = sorted((lock.net, lock.expires) for lock in locks if lock.expires)
    return dict(ends)


def _refuse(path: Path, reason: str) -> UsageError:
    return UsageError(f"{path}: {reason}. Restore it from the history of the published tree")


def _content(path: Path) -> bytes | None:
    """Return what is in a file; None where there is none, and for a pipe, which would not end."""
    try:
        return path.read_bytes() if path.is_file() else None
    except OSError:
        return None


def _text(path: Path, content: bytes | None) -> str:
    if content is None:
        if not path.is_file():
            raise FileNotFoundError(path)
        content = path.read_bytes()  # an error says why it could not be read
    return content.decode()


def _parse_lock(path: Path, data: bytes | None) -> _Lock:
    try:
        content = ryaml.loads(_text(path, data))
        lock = _Lock(
            path=path,
            net=str(content["net"]),
            kustomize=str(content["kustomize"]),
            expires=_moment(content["expires"]) if "expires" in content else None,
            allocation=_read_allocation(content),
            builds={
                _overlay(name)[2]: Build(int(build["objects"]), _hex(build["digest"]))
                for name, build in content["builds"].items()
            },
        )
    except _UNREADABLE as error:
        reason = f"not a lock that this program wrote ({type(error).__name__}: {error})"
        raise _refuse(path, reason) from error
    if (content["cluster"], lock.net) != (path.parts[-4], path.parts[-2]):
        raise _refuse(path, f'the lock of net "{lock.net}" on "{content["cluster"]}"')
    return lock


def _hex(digest: object) -> str:
    text = str(digest)
    if not _DIGEST.fullmatch(text):
        message = f"no digest: {text[:80]}"
        raise ValueError(message)
    return text.removeprefix("sha256:")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _overlay(name: object) -> tuple[str, int, str]:
    """Return phase and number of an overlay, and its name again."""
    match = _OVERLAY.fullmatch(str(name))
    if match is None:
        message = f"no overlay: {str(name)[:80]}"
        raise ValueError(message)
    return match[1], int(match[2]), match[0]


def _read_allocation(content: _Content) -> NetAllocation:
    genesis = content["genesis"]
    version = str(content["overlays"])
    if not VERSION.fullmatch(version) or int(genesis["generation"]) < 1:
        message = "no version of the library, or no generation"
        raise ValueError(message)
    return NetAllocation(
        published=_moment(content["published"]),
        source_digest=_hex(content["source_digest"]),
        overlays=version,
        generation=int(genesis["generation"]),
        genesis_time=str(genesis["time"]),
        genesis_digest=_hex(genesis["digest"]) if "digest" in genesis else "",
        daemons=_once(_daemons(content)),
        driven=_texts(content, "drives"),
        protected=bool(content.get("protected")),
        keys=_texts(content, "keys"),
        drains=_texts(content, "drains"),
        leaving=frozenset({str(content["cluster"])} if content.get("leaving") else ()),
        traces={
            str(content["cluster"]): Trace(
                inputs=_hex(content["inputs"]),
                kustomize=str(content["kustomize"]),
                files=_hex(content["files"]),
            )
        },
    )


def _texts(content: _Content, field: str) -> dict[str, str]:
    return {str(name): str(value) for name, value in content.get(field, {}).items()}


def _once(daemons: Iterable[tuple[str, DaemonAllocation]]) -> dict[str, DaemonAllocation]:
    found: dict[str, DaemonAllocation] = {}
    for name, daemon in daemons:
        if found.setdefault(name, daemon) is not daemon:
            message = f'"{name}" is in two overlays'
            raise ValueError(message)
    return found


def _daemons(content: _Content) -> Iterable[tuple[str, DaemonAllocation]]:
    ports = len(FLAVOURS[FlavourName(content["flavour"])].ports)
    for overlay, daemons in content["allocations"].items():
        phase, number, _ = _overlay(overlay)
        for name, port in daemons.items():
            allocation = DaemonAllocation(
                cluster=str(content["cluster"]),
                phase=phase,
                overlay=number,
                port=int(port),
                ports=ports,
            )
            yield str(name), allocation


def _merge(locks: Sequence[_Lock]) -> NetAllocation:
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
            raise _refuse(lock.path, f'another lock of the net also has "{min(twice)}"')
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


def _compare(latest: _Lock, lock: _Lock) -> None:
    one, other = latest.allocation, lock.allocation
    if one.generation == other.generation and (
        (one.genesis_time, one.genesis_digest) != (other.genesis_time, other.genesis_digest)
    ):
        raise _refuse(lock.path, f"not the genesis that {latest.path} names")


def _read_genesis(locks: Sequence[_Lock], digest: str) -> str:
    """Return the published daemon.json from any cluster that has it; empty where none does.

    The planner then writes it anew, and compares the digest.
    """
    for lock in locks if digest else ():
        path = lock.path.parent / GENESIS
        try:
            documents = ryaml.loads_all(_text(path, _content(path)))
            text = "".join(document["data"]["part"] for document in documents)
        except _UNREADABLE:
            continue
        if hashlib.sha256(text.encode()).hexdigest() == digest:
            return text
    return ""
