"""What was seen of how a cluster is set up: plain values, judged elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unseen:
    """Why something could not be read: no right to, no answer, or one that is of no use."""

    why: str


# What is not there was seen too: None, false, or in no list.
Seen: TypeAlias = T | Unseen


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Right:
    """Something that an account may or may not do; no namespace means in all of them.

    `account` is the namespace and name of a ServiceAccount, or without a slash the name of a
    program, whose Deployment says as whom it runs.
    """

    account: str
    verb: str
    resource: str
    group: str = ""
    namespace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to look for: `versions` of API groups, `secrets` and `sources` by namespace and name.

    `guarded` is the namespace that Pod Security is to guard.
    """

    versions: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    reconcilers: tuple[tuple[str, str], ...]
    provider: tuple[str, str]
    facts: tuple[str, str]
    secrets: tuple[tuple[str, str], ...]
    roles: tuple[str, ...]
    rights: tuple[Right, ...]
    guarded: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """A Deployment: `program` is the last part of its image's name, `version` its own label.

    `account` is the ServiceAccount that it runs as, `arguments` are of its first container.
    """

    namespace: str
    name: str
    program: str
    image: str
    version: str
    account: str
    arguments: tuple[str, ...]
    wanted: int
    ready: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A GitRepository; `updated` is when it fetched what it has.

    `busy` says that Flux is at it now, `why` is Flux's message.
    """

    url: str
    branch: str
    revision: str
    updated: datetime | None
    suspended: bool
    ready: bool
    busy: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciler:
    """A Kustomization of Flux, and how it stands; `source` is kind and name, `busy` as above."""

    path: str
    source: str
    revision: str
    prune: bool
    wait: bool
    suspended: bool
    ready: bool
    busy: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A Provider of notifications."""

    type: str
    address: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A namespace: the net that it is of, and the level of Pod Security that it enforces."""

    name: str
    net: str
    enforce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageClass:
    """A StorageClass; `waits` says that a volume is made where its pod is."""

    name: str
    provisioner: str
    waits: bool
    expands: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node; `open` says that any pod may go there, `addresses` are its external ones.

    `cpu` counts cores and `memory` bytes that pods may have.
    """

    name: str
    region: str
    zone: str
    addresses: tuple[str, ...]
    cpu: Decimal
    memory: int
    ready: bool
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How a cluster is set up, as it said itself.

    `moment` is the time by the API server's clock and `ahead` the seconds by which that is before
    ours; None where it does not say. `versions` holds kinds by group and version, `guards` whether
    Pod Security refused a pod on trial.
    """

    cluster: str
    context: str
    version: str
    moment: datetime | None
    ahead: float | None
    name: Seen[str | None]
    controllers: Seen[tuple[Controller, ...]]
    versions: Mapping[str, Seen[frozenset[str]]]
    sources: Mapping[tuple[str, str], Seen[Source | None]]
    reconcilers: Mapping[tuple[str, str], Seen[Reconciler | None]]
    provider: Seen[Provider | None]
    spaces: Seen[tuple[Space, ...]]
    secrets: Mapping[tuple[str, str], Seen[bool]]
    storage: Seen[tuple[StorageClass, ...]]
    nodes: Seen[tuple[Node, ...]]
    roles: Mapping[str, Seen[bool]]
    rights: Mapping[Right, Seen[bool]]
    guards: Seen[bool]
