"""The locks of a published tree, read back with distrust: anybody may have written in them."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import ryaml

from generator.build import Build
from generator.cache import key_of
from generator.errors import UsageError, reason_of
from generator.flavour import FLAVOURS, FlavourName
from generator.library import VERSION
from generator.lock import LOCK
from generator.plan import DaemonAllocation, NetAllocation, Phase, Trace

UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""What reading a lock raises that this program did not write."""

_Content: TypeAlias = Mapping[str, Any]  # of a lock, checked by use
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

    @cached_property
    def digest(self) -> str:
        """The digest of all of them."""
        return key_of("locks", {"": json.dumps(self.digests)})

    def parse(self, directory: str) -> Lock:
        """Return what the lock in a directory says; errors as in `read_allocations`."""
        return parse_lock(self.tree / directory / LOCK, self.contents[directory])


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A lock as it was read; `allocation` holds the daemons of its cluster, and no genesis."""

    path: Path
    net: str
    kustomize: str
    expires: datetime | None
    allocation: NetAllocation
    builds: Mapping[str, Build]


def read_locks(tree: Path) -> Locks:
    """Read the locks of a published tree; none where there is no tree yet.

    Raises:
        UsageError: for a directory that cannot be read: what is in there is published too.
    """
    return Locks(tree, {path: read_content(tree / path / LOCK) for path in net_directories(tree)})


def net_directories(tree: Path) -> list[str]:
    """Return the directory of each net on each cluster, below the tree; errors as `read_locks`."""
    return [
        f"{base}/{net}"
        for base in (f"clusters/{cluster}/nets" for cluster in cluster_names(tree))
        for net in _directories(tree / base)
    ]


def cluster_names(tree: Path) -> list[str]:
    """Return the clusters that have a directory in a published tree; errors as `read_locks`."""
    return _directories(tree / "clusters")


def is_there(path: Path) -> bool:
    """Say whether there is something at a path of a published tree; errors as `read_locks`."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _unreadable(path, error) from error
    return True


def _directories(path: Path) -> list[str]:
    try:
        with os.scandir(path) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> UsageError:
    reason = reason_of(error)
    message = f"{path}: cannot be read: {reason}. Make it readable: what is published must be known"
    return UsageError(message)


def read_content(path: Path) -> bytes | None:
    """Return what is in a file; None where there is none, and for a pipe, which would not end."""
    try:
        return path.read_bytes() if path.is_file() else None
    except OSError:
        return None


def text_of(path: Path, content: bytes | None) -> str:
    """Return what `read_content` returned, as text.

    Raises:
        OSError: where there is none, with the reason.
        UnicodeDecodeError: for what is none.
    """
    if content is None:
        if not path.is_file():
            raise FileNotFoundError(path)
        content = path.read_bytes()  # an error says why it could not be read
    return content.decode()


def parse_lock(path: Path, data: bytes | None) -> Lock:
    """Return what a lock at a path says.

    Raises:
        UsageError: when it is missing, or is not one that this program wrote.
    """
    try:
        content = ryaml.loads(text_of(path, data))
        lock = Lock(
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
    except PermissionError as error:
        raise _unreadable(path, error) from error
    except UNREADABLE as error:
        reason = f"not a lock that this program wrote ({type(error).__name__}: {error})"
        raise refuse(path, reason) from error
    if (content["cluster"], lock.net) != (path.parts[-4], path.parts[-2]):
        raise refuse(path, f'the lock of net "{lock.net}" on "{content["cluster"]}"')
    return lock


def refuse(path: Path, reason: str) -> UsageError:
    """Return the error for a lock that cannot be believed."""
    return UsageError(f"{path}: {reason}. Restore it from the history of the published tree")


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
