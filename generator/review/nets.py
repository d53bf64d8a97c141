"""What a change does to one net, from its plans before and after it, and what is published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from generator.plan import Allocations, Daemon, Plan, Role
from generator.plan.genesis import utc_text
from generator.quantity import decimal_text
from generator.render.join import render_join
from generator.report.summary import HOURS_A_MONTH, summarise
from generator.review.manifests import Applied, Pair
from generator.review.model import (
    ChangeOf,
    Delta,
    HandOver,
    ImageChange,
    Move,
    NetReview,
    RegionReview,
    Removal,
    TopologyCluster,
    TopologyGroup,
)
from generator.testnet import Purpose
from generator.testnet.model import amount

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Where a block-producer key is by the published tree, and whether it is being drained."""

    cluster: str
    net: str
    daemon: str
    draining: bool = False

    def __str__(self) -> str:
        return f"{self.cluster}/{self.net}/{self.daemon}"


def read_holders(published: Allocations) -> Mapping[str, Holder]:
    """Return where each block-producer key is that is published, by its public part."""
    return {
        key: Holder(
            cluster=net.daemons[daemon].cluster,
            net=name,
            daemon=daemon,
            draining=daemon in net.drains,
        )
        for name, net in published.nets.items()
        for daemon, key in net.keys.items()
        if daemon in net.daemons
    }


def review_net(
    pair: Pair,
    change: ChangeOf,
    applied: Applied,
    removal: Removal | None,
    holders: Mapping[str, Holder],
) -> NetReview:
    """Return what a change does to a net; of one that cannot be planned, only that it changes."""
    before, after = pair.before, pair.after
    if after is None and change is not ChangeOf.REMOVED:
        return _unplanned(pair, change)
    shown = after or before
    return NetReview(
        name=pair.name,
        change=change,
        owner=shown.testnet.owner if shown else "",
        owner_before=before.testnet.owner if before else "",
        purpose=str(shown.testnet.purpose) if shown else "",
        purpose_before=str(before.testnet.purpose) if before else "",
        protected=any(plan.testnet.protected for plan in (before, after) if plan),
        waivers=tuple(_waivers(before, after)),
        expires=utc_text(shown.expires) if shown and shown.expires else "",
        regions=tuple(_regions(before, after)),
        restarts=applied.restarts,
        moves=tuple(_moves(before, after)),
        handovers=tuple(_handovers(before, after, holders)),
        chain=_chain(before, after),
        removals=removal,
        images=tuple(_images(before, after)),
        topology=tuple(_topology(after)) if after else (),
        join=_join(after) if after else "",
        manifests=applied.diffs,
    )


def _unplanned(pair: Pair, change: ChangeOf) -> NetReview:
    before = pair.before.testnet if pair.before else None
    return NetReview(
        name=pair.name,
        change=change,
        owner=before.owner if before else "",
        owner_before=before.owner if before else "",
        purpose="",
        purpose_before=str(before.purpose) if before else "",
        protected=before is not None and before.protected,
        expires="",
    )


def _waivers(before: Plan | None, after: Plan | None) -> Iterator[str]:
    known = before.testnet.waivers if before else ()
    for waiver in after.testnet.waivers if after else ():
        if waiver not in known:
            yield f"{waiver.rule} {waiver.subject}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """What a net has in a region."""

    clusters: tuple[str, ...] = ()
    daemons: int = 0
    stake: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)


def _regions(before: Plan | None, after: Plan | None) -> Iterator[RegionReview]:
    then, now = _shares(before), _shares(after)
    for region in sorted(then.keys() | now.keys()):
        old, new = then.get(region, _Share()), now.get(region, _Share())
        yield RegionReview(
            region=region,
            clusters=tuple(sorted({*old.clusters, *new.clusters})),
            daemons=Delta(before=old.daemons, after=new.daemons),
            stake=Delta(before=decimal_text(old.stake), after=decimal_text(new.stake)),
            cost_month=Delta(before=_money(old.cost), after=_money(new.cost)),
        )


def _shares(plan: Plan | None) -> dict[str, _Share]:
    if plan is None:
        return {}
    shares: dict[str, _Share] = {}
    for summary in summarise(plan):
        cluster = summary.cluster
        daemons = plan.by_cluster[cluster.name]
        share = shares.get(cluster.region, _Share())
        shares[cluster.region] = _Share(
            clusters=(*share.clusters, cluster.name),
            daemons=share.daemons + sum(daemon.replicas for daemon in daemons),
            stake=share.stake + sum((amount(d.stake) for d in daemons), Decimal(0)),
            cost=share.cost + summary.cost * HOURS_A_MONTH,
        )
    return shares


def _money(value: Decimal) -> str:
    return str(value.quantize(_CENT, ROUND_HALF_UP))


def _by_name(plan: Plan | None) -> dict[str, Daemon]:
    return {daemon.name: daemon for daemon in plan.daemons} if plan else {}


def _moves(before: Plan | None, after: Plan | None) -> Iterator[Move]:
    then = _by_name(before)
    for name, daemon in sorted(_by_name(after).items()):
        old = then.get(name)
        if old and old.cluster.name != daemon.cluster.name:
            yield Move(daemon=name, before=old.cluster.name, after=daemon.cluster.name)


def _producers(plan: Plan | None) -> dict[str, tuple[Holder, str]]:
    """Return where a plan has each block-producer key, with its name, by its public part."""
    return {
        daemon.key.text: (
            Holder(cluster=daemon.cluster.name, net=plan.name, daemon=daemon.name),
            daemon.key.name,
        )
        for daemon in (plan.daemons if plan else ())
        if plan and daemon.role is Role.BLOCK_PRODUCER and daemon.key
    }


def _handovers(
    before: Plan | None, after: Plan | None, holders: Mapping[str, Holder]
) -> Iterator[HandOver]:
    """Yield the keys that this net loses, or gets from where they run by now."""
    then, now = _producers(before), _producers(after)
    for text in sorted(then.keys() | now.keys(), key=lambda key: (now.get(key) or then[key])[1]):
        old = str(then[text][0]) if text in then else ""
        new, name = (str(now[text][0]), now[text][1]) if text in now else ("", then[text][1])
        held = holders.get(text)
        runs = str(held) if held else old
        if old == new or not runs or runs == new:
            continue
        yield HandOver(key=name, before=runs, after=new, waits_for=_waits_for(held))


def _waits_for(held: Holder | None) -> str:
    """Return what has to be proved before a key may be used elsewhere; "" where it never ran."""
    if held is None:
        return ""
    told = ", which is told to already" if held.draining else ""
    return f"proof from {held.cluster} that {held.daemon} has stopped{told}"


def _chain(before: Plan | None, after: Plan | None) -> str:
    if not before or not after or before.genesis.generation == after.genesis.generation:
        return ""
    return (
        f"the genesis generation goes from {before.genesis.generation} to"
        f" {after.genesis.generation}: every daemon begins a new chain, on new volumes"
    )


def _images(before: Plan | None, after: Plan | None) -> Iterator[ImageChange]:
    then, now = _by_name(before), _by_name(after)
    counts: Counter[tuple[str, str]] = Counter()
    for name in then.keys() | now.keys():
        pairs = zip(_images_of(then.get(name)), _images_of(now.get(name)), strict=True)
        counts.update(pair for pair in pairs if pair[0] != pair[1])
    # One more daemon, or one fewer, with an image that the net has anyway is no news.
    had, has = ({i for d in s.values() for i in _images_of(d)} for s in (then, now))
    had |= {new for old, new in counts if old}
    has |= {old for old, new in counts if new}
    for (old, new), count in sorted(counts.items()):
        if (not old and new in had) or (not new and old in has):
            continue
        yield ImageChange(before=old, after=new, count=count)


def _images_of(daemon: Daemon | None) -> tuple[str, str]:
    return (daemon.image, daemon.archive_image) if daemon else ("", "")


def _topology(plan: Plan) -> Iterator[TopologyCluster]:
    groups = {daemon.name: daemon.group for daemon in plan.daemons}
    for cluster, daemons in plan.by_cluster.items():
        yield TopologyCluster(
            cluster=cluster,
            region=daemons[0].cluster.region,
            groups=tuple(_groups(daemons, groups)),
        )


def _groups(daemons: Iterable[Daemon], groups: Mapping[str, str]) -> Iterator[TopologyGroup]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for daemon in daemons:
        drives = groups.get(daemon.partner, "") if daemon.partner else ""
        counts[str(daemon.role), daemon.group, drives] += daemon.replicas
    order = {str(role): number for number, role in enumerate(Role)}
    for (role, name, drives), count in sorted(counts.items(), key=lambda i: (order[i[0][0]], i[0])):
        yield TopologyGroup(name=name, role=role, count=count, drives=drives)


def _join(plan: Plan) -> str:
    if plan.testnet.purpose is not Purpose.PUBLIC:
        return ""
    files = render_join(plan)
    return f"{files['README.md']}\npeers.txt:\n{files['peers.txt']}"
