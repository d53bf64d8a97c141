"""Facts about the daemons of one net as they were planned: keys, ports, pools, dependencies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from generator.check.facts.table import Row, Rows, billionths
from generator.check.places import Places
from generator.fleet import AddressMode
from generator.keys import Key, KeyInventory, KeyKind
from generator.plan import NETWORKED, Plan, Role
from generator.testnet import KeyUse, SnarkPool, Testnet


def full_name(plan: Plan, name: str) -> str:
    """Return the name of a daemon that no other net has."""
    return f"{plan.name}/{name}"


def daemon_rows(plan: Plan, places: Places) -> Rows:
    """Yield the daemons."""
    for daemon in plan.daemons:
        yield {
            "daemon": full_name(plan, daemon.name),
            "host": daemon.public_name,
            "at": places.number(daemon.at),
        }


def host_port_rows(plan: Plan, places: Places) -> Rows:
    """Yield the ports that daemons take of their nodes."""
    for daemon in plan.daemons:
        if daemon.role in NETWORKED and daemon.address is AddressMode.HOST_PORT:
            for port in daemon.ports:
                if port.public:
                    yield {
                        "cluster": daemon.cluster.name,
                        "protocol": port.protocol,
                        "number": port.number,
                        "daemon": full_name(plan, daemon.name),
                        "at": places.number(daemon.at),
                    }


def key_rows(plan: Plan, inventory: KeyInventory, stake: Mapping[str, int], places: Places) -> Rows:
    """Yield every use of a key, also of one that is in no pool; `stake` by public key."""
    daemons = {daemon.name: daemon for daemon in plan.daemons}
    for use, kind, name in _uses(plan.testnet):
        daemon = daemons.get(name)
        key = inventory.keys.get(use.name)
        provider = daemon.cluster.provider if daemon else None
        amount = stake.get(key.text, 0) if key else 0
        yield {
            "net": plan.name,
            "daemon": full_name(plan, name),
            "name": use.name,
            "kind": str(kind),
            "registered": key is not None,
            "registered_kind": str(key.kind) if key else "",
            "key": _short(key),
            "provider": str(provider) if provider else "",
            "reference": bool(key and provider in key.references),
            "role": _ROLES[kind],
            "stake": amount,
            "in_ledger": bool(key and key.text in stake),
            "at": places.number(use.at),
            "key_at": places.number(key.at if key else use.at),
        }


def _short(key: Key | None) -> str:
    """Return what tells keys apart, shorter than they are: a fleet has ten thousand of them."""
    return hashlib.blake2b(key.identity, digest_size=12).hexdigest() if key else ""


_ROLES = {
    KeyKind.LIBP2P: str(Role.SEED),
    KeyKind.BLOCK_PRODUCER: str(Role.BLOCK_PRODUCER),
    KeyKind.SNARK: str(Role.SNARK_COORDINATOR),
}


def _uses(testnet: Testnet) -> Iterable[tuple[KeyUse, KeyKind, str]]:
    """Yield every key that is named, what it must be, and the daemon that would hold it."""
    for kind, groups in (
        (KeyKind.LIBP2P, testnet.seeds),
        (KeyKind.BLOCK_PRODUCER, testnet.block_producers),
    ):
        for group in groups:
            for use in group.keys:
                yield use, kind, f"{group.name}-{use.name}"
    for pool in testnet.snark_pools:
        yield pool.key, KeyKind.SNARK, f"{pool.name}-coordinator"


def pool_rows(plan: Plan, wired: Mapping[str, bool], places: Places) -> Rows:
    """Yield the SNARK pools; `wired` says by name of the workers whether as built they work."""
    daemons = {daemon.name: daemon for daemon in plan.daemons}
    for pool in plan.testnet.snark_pools:
        coordinator = daemons.get(f"{pool.name}-coordinator")
        workers = daemons.get(f"{pool.name}-workers")
        yield _pool_row(plan, pool, places) | {
            "coordinator": full_name(plan, coordinator.name) if coordinator else "",
            "cluster": coordinator.cluster.name if coordinator else "",
            "worker_clusters": [workers.cluster.name] if workers else [],
            "wired": wired.get(f"{pool.name}-workers", True),
        }


def _pool_row(plan: Plan, pool: SnarkPool, places: Places) -> Row:
    flavour = plan.testnet.flavour
    return {
        "net": plan.name,
        "pool": pool.name,
        "workers": pool.workers,
        "selection": pool.work_selection,
        "selections": list(flavour.work_selections),
        "fee": billionths(pool.fee),
        "fee_text": pool.fee,
        "whole_fees": flavour.whole_fees,
        "at": places.number(pool.at),
        "fee_at": places.number(pool.places.get("fee", pool.at)),
        "selection_at": places.number(pool.places.get("work_selection", pool.at)),
    }


def dependency_rows(plan: Plan, places: Places) -> Rows:
    """Yield the daemons that cannot work without another one, by the names of both."""
    daemons = {daemon.name: daemon for daemon in plan.daemons}
    for daemon in plan.daemons:
        partner = daemons.get(daemon.partner) if daemon.partner else None
        if partner is not None:
            yield {
                "net": plan.name,
                "source": full_name(plan, daemon.name),
                "target": full_name(plan, partner.name),
                "kind": _DEPENDENCIES[daemon.role],
                "source_region": daemon.cluster.region,
                "target_region": partner.cluster.region,
                "at": places.number(daemon.at),
            }


_DEPENDENCIES: dict[Role, str] = {
    Role.SNARK_WORKER: "coordinator",
    Role.SERVICE: "driven daemon",
}
