"""Records of a plan: everything that was decided for a testnet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from generator.finding import Location
from generator.fleet import AddressMode, Cluster
from generator.keys import Key
from generator.testnet import Resources, Testnet


class Role(StrEnum):
    """What a daemon does."""

    SEED = "seed"
    BLOCK_PRODUCER = "block-producer"
    SNARK_COORDINATOR = "snark-coordinator"
    SNARK_WORKER = "snark-worker"
    ARCHIVE = "archive"
    SERVICE = "service"


class Phase(StrEnum):
    """A step of bringing a net up, in order; each has Kustomizations of its own."""

    SHARED = "shared"
    SEEDS = "seeds"
    COORDINATORS = "coordinators"
    PRODUCERS = "producers"
    ARCHIVE = "archive"
    WORKERS = "workers"
    SERVICES = "services"


PHASES: dict[Role, Phase] = {
    Role.SEED: Phase.SEEDS,
    Role.SNARK_COORDINATOR: Phase.COORDINATORS,
    Role.BLOCK_PRODUCER: Phase.PRODUCERS,
    Role.ARCHIVE: Phase.ARCHIVE,
    Role.SNARK_WORKER: Phase.WORKERS,
    Role.SERVICE: Phase.SERVICES,
}

# Roles whose daemons are members of the peer-to-peer network.
NETWORKED = frozenset({Role.SEED, Role.BLOCK_PRODUCER, Role.SNARK_COORDINATOR, Role.ARCHIVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port of a container; `public` says that the world may reach it."""

    name: str
    number: int
    protocol: str = "TCP"
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """One daemon, on its cluster.

    `port` is the first peer-to-peer port (0 for roles that have none); `claim` the volume
    that carries the net's genesis generation; `partner` the daemon that a worker or service
    talks to; `archive_image` and `postgres` belong to archive nodes.
    """

    name: str
    role: Role
    group: str
    cluster: Cluster
    overlay: int
    image: str
    replicas: int = 1
    port: int = 0
    ports: tuple[Port, ...] = ()
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    resources: Resources = Resources()
    address: AddressMode = AddressMode.HOST_PORT
    public_name: str = ""
    claim: str = ""
    key: Key | None = None
    identity: Key | None = None
    stake: str = ""
    partner: str = ""
    archive_image: str = ""
    archive_args: tuple[str, ...] = ()
    postgres: Resources = Resources()
    kind: str = ""
    driven: bool = False
    at: Location = field(compare=False, repr=False)

    @property
    def phase(self) -> Phase:
        """The phase in which the daemon comes up."""
        return PHASES[self.role]


@dataclass(frozen=True, slots=True, kw_only=True)
class GenesisPlan:
    """How the chain starts.

    `text` is daemon.json, empty where the image holds the ledger; `time` is empty where the
    image decides that too.
    """

    time: str
    generation: int
    text: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All decisions for one testnet; daemons in the order of phases and of the file.

    `standing` are clusters where the net stays although none of its daemons can be there yet.
    """

    testnet: Testnet
    genesis: GenesisPlan
    published: datetime
    expires: datetime | None
    overlays: str
    daemons: tuple[Daemon, ...]
    fleet_egress: tuple[str, ...]
    standing: tuple[Cluster, ...] = ()

    @property
    def name(self) -> str:
        """The net's name."""
        return self.testnet.name

    @property
    def namespace(self) -> str:
        """The namespace of the net on every cluster."""
        return f"net-{self.testnet.name}"

    @cached_property
    def by_cluster(self) -> dict[str, tuple[Daemon, ...]]:
        """Daemons by the name of their cluster, clusters in order of their name."""
        clusters: dict[str, list[Daemon]] = {cluster.name: [] for cluster in self.standing}
        for daemon in self.daemons:
            clusters.setdefault(daemon.cluster.name, []).append(daemon)
        return {name: tuple(clusters[name]) for name in sorted(clusters)}

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        """The clusters where the net is, in order of their name."""
        known = {cluster.name: cluster for cluster in self.standing}
        known |= {daemon.cluster.name: daemon.cluster for daemon in self.daemons}
        return tuple(known[name] for name in self.by_cluster)

    @cached_property
    def seeds(self) -> tuple[Daemon, ...]:
        """The seeds, in order."""
        return tuple(daemon for daemon in self.daemons if daemon.role is Role.SEED)
