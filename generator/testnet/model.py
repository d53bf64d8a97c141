"""Records of a testnet file; every one knows its place in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from generator.finding import Location
from generator.flavour import FLAVOURS, Flavour, FlavourName
from generator.fleet import AddressMode
from generator.waiver import Waiver

FlagValue = str | bool | tuple[str, ...] | None


class Purpose(StrEnum):
    """`qa` is isolated and expires; `public` is open to peers from outside."""

    QA = "qa"
    PUBLIC = "public"


class Availability(StrEnum):
    """`high` outlives the loss of a region; `single` promises nothing of the kind."""

    HIGH = "high"
    SINGLE = "single"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """A key's name at the place where the testnet file uses it."""

    name: str
    at: Location = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a container asks for, in Kubernetes quantities; empty where nothing is said."""

    cpu: str = ""
    memory: str = ""
    storage: str = ""

    def over(self, base: Resources) -> Resources:
        """Return `base` with what is said here written over it."""
        return Resources(
            cpu=self.cpu or base.cpu,
            memory=self.memory or base.memory,
            storage=self.storage or base.storage,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What may be said at every level: of the net, a group, or a single daemon.

    A flag whose value is None removes the default of that name. `places` says where each flag,
    `address` and `image` are written.
    """

    image: str = ""
    log_level: str = ""
    address: AddressMode | None = None
    resources: Resources = Resources()
    flags: tuple[tuple[str, FlagValue], ...] = ()
    places: Mapping[str, Location] = field(default_factory=dict, compare=False, repr=False)

    def over(self, base: Overrides) -> Overrides:
        """Return `base` with what is said here written over it."""
        if self is _NOTHING:
            return base
        return Overrides(
            image=self.image or base.image,
            log_level=self.log_level or base.log_level,
            address=self.address or base.address,
            resources=self.resources.over(base.resources),
            flags=tuple((dict(base.flags) | dict(self.flags)).items()),
            places={**base.places, **self.places},
        )

    def without_image(self) -> Overrides:
        """Return these overrides without their image."""
        places = {name: at for name, at in self.places.items() if name != "image"}
        return replace(self, image="", places=places)


_NOTHING = Overrides()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Where the daemons of a group go: round-robin over regions, or a count for each.

    `places` says where each of the regions is written.
    """

    regions: tuple[str, ...]
    counts: tuple[int, ...] = ()
    at: Location = field(compare=False, repr=False)
    places: tuple[Location, ...] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    """What is said of a single daemon of a group: overrides and perhaps its region."""

    overrides: Overrides = _NOTHING
    region: str = ""
    at: Location = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Seeds, or block producers with one stake; one daemon a key, or `count` without keys.

    `stake` is the amount in the genesis ledger for each key: a decimal string, or empty;
    `stake_at` where it is written.
    """

    name: str
    keys: tuple[KeyUse, ...] = ()
    count: int = 0
    stake: str = ""
    spread: Spread
    overrides: Overrides = _NOTHING
    exceptions: tuple[tuple[str, Single], ...] = ()
    at: Location = field(compare=False, repr=False)
    stake_at: Location = field(compare=False, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """What tells the daemons of the group apart: their keys, or numbers from 1."""
        return tuple(use.name for use in self.keys) or tuple(
            str(number) for number in range(1, self.count + 1)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SnarkPool:
    """One coordinator and its workers, together in one region; `fee` is a decimal string.

    `places` says where fee and work selection are written.
    """

    name: str
    key: KeyUse
    workers: int
    work_selection: str
    fee: str
    spread: Spread
    overrides: Overrides = _NOTHING
    worker_resources: Resources = Resources()
    at: Location = field(compare=False, repr=False)
    places: Mapping[str, Location] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Daemons that record the chain, each with its own PostgreSQL; `image` of the archive.

    `image_at` says where that image is written, or the group where it is not.
    """

    count: int
    image: str
    postgres: Resources
    spread: Spread
    overrides: Overrides = _NOTHING
    at: Location = field(compare=False, repr=False)
    image_at: Location = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A test service from the catalogue; `target` names the group of which it drives a daemon."""

    name: str
    kind: str
    target: str = ""
    overrides: Overrides = _NOTHING
    at: Location = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An extra account of the genesis ledger; `public_key` or `delegate` may name a key."""

    key: str
    public_key: str
    balance: str
    delegate: str
    at: Location = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis:
    """How the chain starts; `time` is "auto" or RFC 3339, `slot` in seconds.

    `places` says where each field is written.
    """

    time: str
    slot: int
    generation: int
    ledger_file: bool
    constants: tuple[tuple[str, int], ...]
    accounts: tuple[Account, ...]
    at: Location = field(compare=False, repr=False)
    places: Mapping[str, Location] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Testnet:
    """One testnet file; `ttl` in seconds, `min_rtt` in milliseconds, 0 where not asked for.

    `overlays` is the version of the library that the net wants, empty where it is not said. The
    volumes of a `protected` net are never pruned. `places` says where the value of each
    top-level field is that is written.
    """

    name: str
    owner: str
    purpose: Purpose
    ttl: int
    flavour_name: FlavourName
    image: str
    overlays: str
    availability: Availability
    regions: tuple[str, ...]
    min_rtt: int
    open_udp: bool
    defaults: Overrides
    genesis: Genesis
    seeds: tuple[Group, ...]
    block_producers: tuple[Group, ...]
    snark_pools: tuple[SnarkPool, ...]
    archive: Archive | None
    services: tuple[Service, ...]
    protected: bool
    waivers: tuple[Waiver, ...]
    digest: str
    at: Location = field(compare=False, repr=False)
    region_places: tuple[Location, ...] = field(compare=False, repr=False)
    places: Mapping[str, Location] = field(default_factory=dict, compare=False, repr=False)

    @property
    def flavour(self) -> Flavour:
        """The generation of daemon that the net runs."""
        return FLAVOURS[self.flavour_name]

    @property
    def key_uses(self) -> tuple[KeyUse, ...]:
        """Every key that a daemon of the net holds."""
        groups = (*self.seeds, *self.block_producers)
        return (
            *(key for group in groups for key in group.keys),
            *(pool.key for pool in self.snark_pools),
        )


def amount(value: str) -> Decimal:
    """Return an amount's decimal string as a number, 0 for an empty one."""
    return Decimal(value or "0")
