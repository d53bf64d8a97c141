"""The daemons that a testnet file asks for, before anyone knows where they run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from generator.finding import Location
from generator.plan.defaults import role_defaults
from generator.plan.model import Role
from generator.testnet import (
    Archive,
    Group,
    KeyUse,
    Overrides,
    Service,
    SnarkPool,
    Spread,
    Testnet,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One daemon to be placed; `partner` is the daemon whose cluster it shares."""

    name: str
    role: Role
    group: str
    overrides: Overrides
    key: KeyUse | None = None
    identity: KeyUse | None = None
    stake: str = ""
    region: str = ""
    replicas: int = 1
    partner: str = ""
    source: SnarkPool | Archive | Service | None = None
    at: Location = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Members that are placed together over the same regions."""

    spread: Spread
    members: tuple[Member, ...]


def list_batches(testnet: Testnet, driven: Mapping[str, str]) -> tuple[Batch, ...]:
    """Return every daemon of the net, in the order of phases and of the file.

    `driven` says which daemon each published service drives: it stays with it.
    """
    workers = [_workers(testnet, pool) for pool in testnet.snark_pools if pool.workers]
    return (
        *(_group(testnet, group, Role.SEED) for group in testnet.seeds),
        *(_coordinator(testnet, pool) for pool in testnet.snark_pools),
        *(_group(testnet, group, Role.BLOCK_PRODUCER) for group in testnet.block_producers),
        *([_archive(testnet, testnet.archive)] if testnet.archive else []),
        *workers,
        *_services(testnet, driven),
    )


def _layers(testnet: Testnet, role: Role, *layers: Overrides) -> Overrides:
    """Defaults of the role, then of the net, the group, the single daemon: the last one wins."""
    overrides = role_defaults(testnet, role)
    for layer in (testnet.defaults, *layers):
        overrides = layer.over(overrides)
    return overrides


def _group(testnet: Testnet, group: Group, role: Role) -> Batch:
    shared = _layers(testnet, role, group.overrides)
    singles = dict(group.exceptions)
    members = []
    for use in group.keys or _numbered(group):
        single = singles.get(use.name)
        named = use if group.keys else None
        members.append(
            Member(
                name=f"{group.name}-{use.name}",
                role=role,
                group=group.name,
                overrides=single.overrides.over(shared) if single else shared,
                key=named if role is Role.BLOCK_PRODUCER else None,
                identity=named if role is Role.SEED else None,
                stake=group.stake,
                region=single.region if single else "",
                at=use.at,
            )
        )
    return Batch(spread=group.spread, members=tuple(members))


def _numbered(group: Group) -> Iterable[KeyUse]:
    return (KeyUse(name=str(number), at=group.at) for number in range(1, group.count + 1))


def _coordinator(testnet: Testnet, pool: SnarkPool) -> Batch:
    member = Member(
        name=f"{pool.name}-coordinator",
        role=Role.SNARK_COORDINATOR,
        group=pool.name,
        overrides=_layers(testnet, Role.SNARK_COORDINATOR, pool.overrides),
        key=pool.key,
        source=pool,
        at=pool.at,
    )
    return Batch(spread=pool.spread, members=(member,))


def _workers(testnet: Testnet, pool: SnarkPool) -> Batch:
    layers = Overrides(
        image=pool.overrides.image,
        log_level=pool.overrides.log_level,
        resources=pool.worker_resources,
    )
    # The net's defaults speak of daemons; a worker takes only their image.
    base = Overrides(image=testnet.defaults.image).over(role_defaults(testnet, Role.SNARK_WORKER))
    member = Member(
        name=f"{pool.name}-workers",
        role=Role.SNARK_WORKER,
        group=pool.name,
        overrides=layers.over(base),
        replicas=pool.workers,
        partner=f"{pool.name}-coordinator",
        source=pool,
        at=pool.at,
    )
    return Batch(spread=pool.spread, members=(member,))


def _archive(testnet: Testnet, archive: Archive) -> Batch:
    shared = _layers(testnet, Role.ARCHIVE, archive.overrides)
    members = tuple(
        Member(
            name=f"archive-{number}",
            role=Role.ARCHIVE,
            group="archive",
            overrides=shared,
            source=archive,
            at=archive.at,
        )
        for number in range(1, archive.count + 1)
    )
    return Batch(spread=archive.spread, members=members)


def _services(testnet: Testnet, driven: Mapping[str, str]) -> Iterable[Batch]:
    spreads = {
        f"{group.name}-{use.name}": group.spread
        for group in testnet.block_producers
        for use in group.keys
    }
    partners = assign_services(testnet, driven)
    for service in testnet.services:
        # `check_testnet` refuses a service that finds no daemon.
        if service.name not in partners:
            continue
        partner = partners[service.name]
        member = Member(
            name=service.name,
            role=Role.SERVICE,
            group=service.name,
            overrides=service.overrides.over(role_defaults(testnet, Role.SERVICE)),
            partner=partner,
            source=service,
            at=service.at,
        )
        yield Batch(spread=spreads[partner], members=(member,))


def assign_services(testnet: Testnet, driven: Mapping[str, str]) -> dict[str, str]:
    """Return the daemon that each service drives, by the names of both.

    Each has one of its own: two that sign with one key would take turns. One that was
    published keeps its daemon; the others take the first of their group, or of all groups.
    """
    free = {
        group.name: [f"{group.name}-{use.name}" for use in group.keys]
        for group in testnet.block_producers
    }
    held = set(driven.values())
    partners: dict[str, str] = {}
    # Those with a target choose first, and of these the published ones.
    for service in sorted(testnet.services, key=lambda s: (not s.target, s.name not in driven)):
        groups = [free.get(service.target, [])] if service.target else list(free.values())
        names = [name for group in groups for name in group]
        old = driven.get(service.name, "")
        fresh = next((name for name in names if name not in held), "".join(names[:1]))
        partner = old if old in names else fresh
        if partner:
            partners[service.name] = partner
            next(group for group in groups if partner in group).remove(partner)
    return partners
