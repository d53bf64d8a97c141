"""Facts about one net as it was planned: what it is, and where its stake and daemons are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import combinations

from generator.check.facts.table import Row, Rows, billionths, parse_seconds, seconds, thousandths
from generator.check.places import Places
from generator.fleet import Fleet
from generator.keys import KeyInventory
from generator.latency import round_trip
from generator.plan import NetAllocation, Plan, Role
from generator.plan.genesis import chain_identity, wanted_digest
from generator.report.summary import HOURS_A_MONTH, summarise


def net_row(  # noqa: PLR0913 - what the columns of one row follow from
    plan: Plan,
    published: NetAllocation | None,
    inventory: KeyInventory,
    *,
    total: int,
    thaws: bool,
    built: bool,
    places: Places,
) -> Row:
    """Return the net itself; `total` is all stake of its ledger in billionths.

    `thaws` says that its file asks for another genesis than the published one, `built` that its
    plan said enough to be rendered.
    """
    testnet, genesis = plan.testnet, plan.genesis

    def place(name: str) -> int:
        return places.number(testnet.places.get(name, testnet.at))

    # The plan keeps what is published: what the file now asks for is what is judged.
    digest = wanted_digest(testnet, inventory, genesis.time) if thaws else genesis.digest
    return {
        "net": plan.name,
        "owner": testnet.owner,
        "purpose": str(testnet.purpose),
        "availability": str(testnet.availability),
        "flavour": str(testnet.flavour_name),
        "ttl": testnet.ttl,
        "expires": seconds(plan.expires),
        "is_published": published is not None,
        "built": built,
        "stake": total,
        "ledger": testnet.genesis.ledger_file,
        "generation": genesis.generation,
        "genesis_time": parse_seconds(genesis.time),
        "digest": digest,
        "published_generation": published.generation if published else 0,
        "published_digest": published.genesis_digest if published else "",
        "published_time": parse_seconds(published.genesis_time) if published else 0,
        "identity": chain_identity(plan),
        "at": places.number(testnet.at),
        "owner_at": place("owner"),
        "ttl_at": place("ttl"),
        "genesis_at": place("genesis"),
        "regions_at": place("regions"),
    }


def produced_stake(plan: Plan, inventory: KeyInventory) -> tuple[int, Mapping[str, int]]:
    """Return all stake of the ledger, and what each public key produces with; in billionths.

    A producer produces with its own account and with those that delegate to it.
    """
    held: Counter[str] = Counter()
    for group in plan.testnet.block_producers:
        stake = billionths(group.stake)
        for use in group.keys if stake else ():
            if key := inventory.keys.get(use.name):
                held[key.text] += stake

    def text(name: str) -> str:
        key = inventory.keys.get(name)
        return key.text if key else name

    for account in plan.testnet.genesis.accounts:
        holder = account.delegate or account.key or account.public_key
        held[text(holder)] += billionths(account.balance)
    return held.total(), held


def region_rows(plan: Plan, fleet: Fleet, stake: Mapping[str, int], places: Places) -> Rows:
    """Yield what runs in each region that the net names; a region without a cluster too."""
    testnet = plan.testnet
    clusters = fleet.by_region
    for region, at in zip(testnet.regions, testnet.region_places, strict=True):
        cluster = clusters.get(region)
        daemons = [d for d in plan.daemons if d.cluster.region == region]
        producers = [d for d in daemons if d.role is Role.BLOCK_PRODUCER]
        yield {
            "net": plan.name,
            "region": region,
            "cluster": cluster.name if cluster else "",
            "stake": sum(stake.get(d.key.text, 0) for d in producers if d.key),
            "seeds": sum(d.role is Role.SEED for d in daemons),
            "daemons": len(daemons),
            "at": places.number(at),
        }


def distance_rows(plan: Plan, places: Places) -> Rows:
    """Yield the pairs of regions of a net that asks for real distance."""
    testnet = plan.testnet
    if not testnet.min_rtt:
        return
    at = places.number(testnet.places.get("distance", testnet.at))
    for one, other in combinations(testnet.regions, 2):
        trip = round_trip(one, other)
        if trip is not None:
            yield {
                "net": plan.name,
                "one": one,
                "other": other,
                "rtt": trip.milliseconds,
                "wanted": testnet.min_rtt,
                "measured": trip.measured,
                "at": at,
            }


def usage_rows(plan: Plan, places: Places) -> Rows:
    """Yield what the net asks for on each cluster, and what that costs in a month."""
    for part in summarise(plan):
        yield {
            "net": plan.name,
            "owner": plan.testnet.owner,
            "cluster": part.cluster.name,
            "cpu": thousandths(part.cpu),
            "memory": part.memory,
            "storage": part.storage,
            "load_balancers": part.balancers,
            "cents": int(part.cost * HOURS_A_MONTH * 100),
            "owner_at": places.number(plan.testnet.places.get("owner", plan.testnet.at)),
            "at": places.number(plan.testnet.at),
        }
