"""The daemons that a testnet file asks for, before anyone knows where they run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
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


def list_batches(testnet: Testnet) -> tuple[Batch, ...]:
    """Return every daemon of the net, in the order of phases and of the file."""
    workers = [_workers(testnet, pool) for pool in testnet.snark_pools if pool.workers]
    return (
        *(_group(testnet, group, Role.SEED) for group in testnet.seeds),
        *(_coordinator(testnet, pool) for pool in testnet.snark_pools),
        *(_group(testnet, group, Role.BLOCK_PRODUCER) for group in testnet.block_producers),
        *([_archive(testnet, testnet.archive)] if testnet.archive else []),
        *workers,
        *_services(testnet),
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


def _services(testnet: Testnet) -> Iterable[Batch]:
    """Each service drives a daemon of its own: two that sign with one key would take turns.

    `check_testnet` refuses more services of a group than it has daemons.
    """
    groups = {group.name: group for group in testnet.block_producers if group.keys}
    taken: Counter[str] = Counter()
    for service in testnet.services:
        group = groups.get(service.target) or next(iter(groups.values()), None)
        if group is None or taken[group.name] >= len(group.keys):
            continue
        target = group.keys[taken[group.name]].name
        taken[group.name] += 1
        member = Member(
            name=service.name,
            role=Role.SERVICE,
            group=service.name,
            overrides=service.overrides.over(role_defaults(testnet, Role.SERVICE)),
            partner=f"{group.name}-{target}",
            source=service,
            at=service.at,
        )
        yield Batch(spread=group.spread, members=(member,))
