"""Records of `environments/fleet.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from generator.finding import Location
from generator.waiver import Waiver


class Provider(StrEnum):
    """Who runs a cluster."""

    AWS = "aws"
    GCP = "gcp"


class AddressMode(StrEnum):
    """How the world reaches a daemon: on its node's own address, or through a load balancer."""

    HOST_PORT = "host-port"
    LOAD_BALANCER = "load-balancer"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceClass:
    """Indicative prices in US dollars: per core and GiB by the hour, storage by the month."""

    name: str
    cpu_hour: Decimal
    memory_gib_hour: Decimal
    storage_gib_month: Decimal
    load_balancer_hour: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretAccess:
    """How a cluster reaches its provider's secret manager; references, never values.

    AWS: `role` is the IAM role. GCP: `project`, `service_account` and the GKE cluster's name.
    """

    role: str = ""
    project: str = ""
    service_account: str = ""
    cluster: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One cluster of the fleet; `ports` is its half-open range of host ports.

    `places` says where its networks are written: `pods`, and each of `egress`.
    """

    name: str
    provider: Provider
    region: str
    kubernetes: str
    flux: str
    public_zone: str
    internal_zone: str
    secrets: SecretAccess
    addresses: AddressMode
    ports: range
    pods: str
    egress: tuple[str, ...]
    storage_class: str
    cpu: Decimal
    memory: int
    storage: int
    load_balancers: int
    prices: PriceClass
    notification_secret: str
    at: Location = field(compare=False, repr=False)
    places: Mapping[str, Location] = field(default_factory=dict, compare=False, repr=False)


class MergeMethod(StrEnum):
    """What becomes of the commits of a pull request."""

    MERGE = "merge"
    SQUASH = "squash"
    REBASE = "rebase"


@dataclass(frozen=True, slots=True, kw_only=True)
class Automatic:
    """The bounds within which a pull request merges without a person.

    `purposes` and `owners` are those of the nets that it touches, any owner where none is named;
    `budget_month` is by how many US dollars a month they may cost more, `daemons` how many it may
    add. The others say what it may also do.
    """

    budget_month: Decimal
    daemons: int
    purposes: tuple[str, ...] = ("qa",)
    owners: tuple[str, ...] = ()
    deletions: bool = False
    restarts: bool = False
    handovers: bool = False
    warnings: bool = False
    forks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Merging:
    """How pull requests are merged; without `automatic`, only by people."""

    method: MergeMethod = MergeMethod.SQUASH
    automatic: Automatic | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """All clusters in the order of the file, and what they have in common.

    `flux_identity` is the login as which Flux writes commit statuses, empty where nobody says;
    `merging` is None where people merge everything.
    """

    url: str
    branch: str
    notification_type: str
    clusters: tuple[Cluster, ...]
    waivers: tuple[Waiver, ...] = ()
    flux_identity: str = ""
    merging: Merging | None = None
    at: Location = field(compare=False, repr=False)

    @property
    def by_name(self) -> dict[str, Cluster]:
        """Clusters by their name."""
        return {cluster.name: cluster for cluster in self.clusters}

    @property
    def by_region(self) -> dict[str, Cluster]:
        """Clusters by the region that they serve; one cluster a region."""
        return {cluster.region: cluster for cluster in self.clusters}

    @property
    def egress(self) -> tuple[str, ...]:
        """Every address from which pods of the fleet reach the world, sorted, as CIDRs."""
        return tuple(sorted({cidr for cluster in self.clusters for cidr in cluster.egress}))
