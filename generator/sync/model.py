"""What was seen of one cluster: plain values, as its API server answered, judged elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

# Where the Flux objects of all nets are, and the source that they apply.
NAMESPACE = "testnets"
# Where those are that set a cluster up, and what the namespace of a net begins with.
FLUX_NAMESPACE = "flux-system"
NET_PREFIX = "net-"
SOURCE = "GitRepository/environments"
KEY_LABEL = "testnet/key"
DRAIN_LABEL = "testnet/drain"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Question:
    """One daemon to look for: what applies it, where it is, the label of its key's pods."""

    kustomization: str
    namespace: str
    name: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A Flux Kustomization and the revision that it applied last, as Flux writes it.

    `generation` and `observed` are equal once Flux has seen the object as it is; `source` is
    kind and name of what it applies, with the namespace before it where that is another one.
    """

    name: str
    revision: str
    generation: int
    observed: int
    suspended: bool
    deleting: bool
    path: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A StatefulSet: the replicas that it wants, and those that its controller counts.

    `drain` is the label of its drain, "" without one; `generation` and `observed` as above.
    """

    namespace: str
    name: str
    drain: str
    generation: int
    observed: int
    replicas: int
    counted: int


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Pod:
    """A pod with a label of a key that was asked for, in whatever namespace and phase."""

    namespace: str
    name: str
    label: str
    phase: str
    deleting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one cluster answered, read in the order of these fields.

    What was asked for and is in none of them is not there.
    """

    cluster: str
    context: str
    questions: tuple[Question, ...]
    kustomizations: tuple[Applied, ...]
    workloads: tuple[Workload, ...]
    pods: tuple[Pod, ...]
