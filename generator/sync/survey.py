"""All that one cluster says of the nets on it: plain values, judged elsewhere.

This is for people. It is read in pages and in no order that would make it evidence: that is what
`Observation` is for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Images = tuple[tuple[str, str], ...]
"""The containers of a pod with their images, init containers too, in order of their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The condition Ready of a Flux object; all empty where it has none."""

    status: str = ""
    reason: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A GitRepository: the revision that it fetched last, as Flux writes it."""

    namespace: str
    name: str
    revision: str
    suspended: bool
    ready: Ready


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What Flux says about one reconciliation: digest of what it built, revision, how it ended."""

    digest: str
    revision: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kustomization:
    """A Flux Kustomization; `revision` is the last one with which it became healthy.

    `net` and `drain` are its labels; `generation`, `observed` and `source` as in `Applied`;
    `history` begins with the newest.
    """

    namespace: str
    name: str
    net: str
    drain: str
    revision: str
    generation: int
    observed: int
    suspended: bool
    deleting: bool
    path: str
    source: str
    ready: Ready
    history: tuple[Snapshot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A StatefulSet or Deployment: what it wants, and how many pods it counts.

    `counted` are all of its pods, `updated` those of its newest template, `ready` the ready ones.
    """

    kind: str
    namespace: str
    name: str
    drain: str
    generation: int
    observed: int
    deleting: bool
    replicas: int
    counted: int
    updated: int
    ready: int
    images: Images


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """A pod: `owner` is kind and name of its workload, `why` says why it is not ready."""

    namespace: str
    name: str
    owner: str
    key: str
    phase: str
    deleting: bool
    node: str
    why: str
    images: Images


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A Service of type LoadBalancer, and the addresses or names that it was given."""

    namespace: str
    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node, and its public addresses."""

    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What one cluster answered: everything of the namespaces of nets, and of Flux."""

    cluster: str
    context: str
    sources: tuple[Source, ...] = field(default=(), repr=False)
    kustomizations: tuple[Kustomization, ...] = field(default=(), repr=False)
    workloads: tuple[Workload, ...] = field(default=(), repr=False)
    pods: tuple[Pod, ...] = field(default=(), repr=False)
    services: tuple[Service, ...] = field(default=(), repr=False)
    nodes: tuple[Node, ...] = field(default=(), repr=False)
