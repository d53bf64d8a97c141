"""The claims of a state of `environments/`, from its plans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.claims.budgets import read_budgets, takes_ports
from generator.claims.limits import IDENTITY, Limits
from generator.claims.model import Claim, Kind
from generator.fleet import Fleet
from generator.keys import KeyInventory
from generator.plan import Allocations, Daemon, Plan
from generator.plan.genesis import chain_identity
from generator.testnet import Purpose

_NOTHING = Allocations()


def read_claims(
    plans: Sequence[Plan],
    fleet: Fleet,
    inventory: KeyInventory,
    *,
    limits: Limits,
    published: Allocations = _NOTHING,
) -> tuple[Claim, ...]:
    """Return what some nets, their fleet and their key pools claim, in order.

    What planning decides by itself is no claim: a port, or the start of a chain, that is not
    published yet is chosen again beside whatever else is merged.
    """
    found = [
        *(claim for plan in plans for claim in _of_net(plan, published, limits)),
        *_of_pools(inventory),
        *read_budgets(plans, fleet, limits),
    ]
    return tuple(sorted(found))


def _of_net(plan: Plan, published: Allocations, limits: Limits) -> Iterator[Claim]:
    net = plan.name
    yield Claim(kind=Kind.NAME, subject=net, net=net, holder=plan.testnet.digest)
    for daemon in plan.daemons:
        for key in filter(None, (daemon.key, daemon.identity)):
            yield Claim(
                kind=Kind.KEY,
                subject=key.identity.hex(),
                net=net,
                holder=daemon.name,
                label=key.name,
            )
        if daemon.public_name:
            yield Claim(kind=Kind.DNS, subject=daemon.public_name, net=net, holder=daemon.name)
        yield from _of_ports(plan, daemon, published)
    if limits.binds(IDENTITY) and has_chain(plan, published):
        yield Claim(
            kind=Kind.CHAIN,
            subject=chain_identity(plan),
            net=net,
            label=f'the genesis of "{net}"',
            shared=plan.testnet.purpose is not Purpose.PUBLIC,
        )


def has_chain(plan: Plan, published: Allocations) -> bool:
    """Say whether the chain of a net is known: it is published, or does not wait for that."""
    genesis = plan.testnet.genesis
    old = published.nets.get(plan.name)
    frozen = old is not None and old.generation == plan.genesis.generation
    return frozen or genesis.time != "auto" or not genesis.ledger_file


def _of_ports(plan: Plan, daemon: Daemon, published: Allocations) -> Iterator[Claim]:
    net = published.nets.get(plan.name)
    old = net.daemons.get(daemon.name) if net else None
    if not takes_ports(daemon) or old is None:
        return
    if (old.cluster, old.port) != (daemon.cluster.name, daemon.port):
        return
    for port in daemon.ports:
        if port.public:
            yield Claim(
                kind=Kind.HOST_PORT,
                subject=f"{daemon.cluster.name} {port.protocol}/{port.number}",
                net=plan.name,
                holder=daemon.name,
            )


def _of_pools(inventory: KeyInventory) -> Iterator[Claim]:
    """Yield names and public parts of keys: over all pools, each is there once."""
    for key in inventory.keys.values():
        entry = f"{key.pool}/{key.name} {key.identity.hex()}"
        yield Claim(
            kind=Kind.POOL,
            subject=f"name {key.name}",
            net="",
            holder=entry,
            label=f'a key named "{key.name}"',
        )
        yield Claim(
            kind=Kind.POOL,
            subject=f"key {key.identity.hex()}",
            net="",
            holder=entry,
            label=f'the public key of "{key.name}"',
        )
