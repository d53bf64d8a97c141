"""What can be judged wrong in a testnet file by itself, before fleet and keys are known."""

from __future__ import annotations

from collections.abc import Iterable

from generator.finding import Finding, Location, Related
from generator.flavour import MANAGED_FLAGS
from generator.fleet import AddressMode
from generator.guess import guess_sentence
from generator.latency import is_region
from generator.testnet.model import Group, KeyUse, Overrides, Service, Spread, Testnet

# The unit that the daemon counts in is a billionth.
DECIMALS = 9
# Characters of a flag that can stand for more.
SHORTEST = 3


def check_testnet(testnet: Testnet) -> tuple[Finding, ...]:
    """Return what is wrong with a testnet by itself."""
    return (
        *_names(testnet),
        *_keys_twice(testnet),
        *_spreads(testnet),
        *_seeds(testnet),
        *_ledger(testnet),
        *_amounts(testnet),
        *_pools(testnet),
        *_services(testnet),
        *(finding for place in _all_overrides(testnet) for finding in _overrides(testnet, *place)),
        *(finding for group in _groups(testnet) for finding in _exceptions(group, testnet)),
    )


def _groups(testnet: Testnet) -> tuple[Group, ...]:
    return (*testnet.seeds, *testnet.block_producers)


def _names(testnet: Testnet) -> Iterable[Finding]:
    named: list[tuple[str, Location]] = [(group.name, group.at) for group in _groups(testnet)]
    named += [(pool.name, pool.at) for pool in testnet.snark_pools]
    named += [(service.name, service.at) for service in testnet.services]
    seen: dict[str, Location] = {}
    for name, at in named:
        first = seen.setdefault(name, at)
        if first is not at:
            yield Finding(
                rule="testnet/name-twice",
                message=f'two groups of testnet "{testnet.name}" are named "{name}"',
                at=at,
                remediation="Give each group, pool and service a `name` of its own.",
                subject=name,
                related=(Related(at=first, message="the first of that name"),),
            )


def _keys_twice(testnet: Testnet) -> Iterable[Finding]:
    seen: dict[str, KeyUse] = {}
    for use in testnet.key_uses:
        first = seen.setdefault(use.name, use)
        if first is not use:
            yield Finding(
                rule="testnet/key-twice",
                message=f'key "{use.name}" is used twice in testnet "{testnet.name}"',
                at=use.at,
                remediation="Give each daemon a key of its own; `testnet keys --free` lists some.",
                subject=use.name,
                why="Two daemons that produce blocks with one key fork the chain.",
                related=(Related(at=first.at, message="used here first"),),
            )


def _spreads(testnet: Testnet) -> Iterable[Finding]:
    spreads: list[tuple[str, int, Spread]] = [(g.name, g.count, g.spread) for g in _groups(testnet)]
    spreads += [(pool.name, 1, pool.spread) for pool in testnet.snark_pools]
    if testnet.archive is not None:
        spreads.append(("archive", testnet.archive.count, testnet.archive.spread))
    for name, count, spread in spreads:
        for region, at in zip(spread.regions, spread.places, strict=True):
            if region not in testnet.regions:
                yield _foreign_region(name, region, at, testnet)
        if spread.counts and sum(spread.counts) != count:
            yield Finding(
                rule="testnet/region-counts",
                message=f'group "{name}" has {count} daemons but its regions add up to'
                f" {sum(spread.counts)}",
                at=spread.at,
                remediation=f"Make the counts of its regions add up to {count}.",
                subject=name,
            )


def _foreign_region(name: str, region: str, at: Location, testnet: Testnet) -> Finding:
    known = testnet.regions
    if is_region(region):  # then what is near to it and is none may be the mistake
        known = tuple(name for name in known if is_region(name))
    hint = guess_sentence(region, known)
    return Finding(
        rule="testnet/region",
        message=f'"{name}" goes to region "{region}", which is not one of the testnet\'s',
        at=at,
        remediation=f"Add it to the testnet's `regions`, or choose one of them.{hint}",
        subject=name,
    )


def _seeds(testnet: Testnet) -> Iterable[Finding]:
    flavour = testnet.flavour
    for group in testnet.seeds:
        if flavour.libp2p and not group.keys:
            yield Finding(
                rule="testnet/seed-keys",
                message=f'seeds "{group.name}" have no keys, and the address of a'
                f" {flavour.name} seed holds its peer id",
                at=group.at,
                remediation="List a libp2p key for each seed under `keys`.",
                subject=group.name,
            )
        if not flavour.libp2p and group.keys:
            yield Finding(
                rule="testnet/seed-keys",
                message=f'seeds "{group.name}" have keys, but {flavour.name} knows no identities',
                at=group.keys[0].at,
                remediation="Remove `keys` and say how many seeds there are with `count`.",
                subject=group.name,
            )


def _ledger(testnet: Testnet) -> Iterable[Finding]:
    genesis, flavour = testnet.genesis, testnet.flavour
    if genesis.ledger_file and not flavour.ledger_file:
        yield Finding(
            rule="genesis/ledger",
            message=f"{flavour.name} has its genesis ledger compiled in and reads no file",
            at=genesis.places["ledger"],
            remediation="Write `ledger: image`, or leave it out.",
            subject=testnet.name,
        )
    if genesis.ledger_file:
        return
    places = [group.stake_at for group in testnet.block_producers if group.stake]
    places += [account.at for account in genesis.accounts]
    for at in places:
        yield Finding(
            rule="genesis/ledger",
            message="stakes and accounts cannot be given where the ledger comes with the image",
            at=at,
            remediation="Remove the stake or account, or build it into the image's ledger.",
            subject=testnet.name,
        )


def _amounts(testnet: Testnet) -> Iterable[Finding]:
    """Amounts that were written as numbers: their pattern cannot be checked by the schema."""
    places = [(group.name, group.stake, group.stake_at) for group in testnet.block_producers]
    places += [(p.name, p.fee, p.places.get("fee", p.at)) for p in testnet.snark_pools]
    places += [(a.key or "account", a.balance, a.at) for a in testnet.genesis.accounts]
    for name, amount, at in places:
        if len(amount.partition(".")[2]) > DECIMALS:
            yield Finding(
                rule="testnet/amount",
                message=f'"{name}": the amount {amount} has more than {DECIMALS} decimals',
                at=at,
                remediation="Round it: the smallest unit is 0.000000001.",
                subject=name,
            )


def _pools(testnet: Testnet) -> Iterable[Finding]:
    flavour = testnet.flavour
    for pool in testnet.snark_pools:
        if pool.work_selection not in flavour.work_selections:
            yield Finding(
                rule="pools/work-selection",
                message=f'pool "{pool.name}": {flavour.name} knows no work selection'
                f' "{pool.work_selection}"',
                at=pool.places["work_selection"],
                remediation=f"Choose one of: {', '.join(flavour.work_selections)}.",
                subject=pool.name,
            )
        if flavour.whole_fees and not pool.fee.isdigit():
            yield Finding(
                rule="pools/fee",
                message=f'pool "{pool.name}": {flavour.name} takes whole fees, not {pool.fee}',
                at=pool.places["fee"],
                remediation="Write a whole number; decimal fees came with coda-libp2p.",
                subject=pool.name,
            )


def _services(testnet: Testnet) -> Iterable[Finding]:
    room = {group.name: len(group.keys) for group in testnet.block_producers if group.keys}
    # Those without a target take what is left.
    for service in sorted(testnet.services, key=lambda service: not service.target):
        left = [name for name, count in room.items() if count]
        target = service.target or next(iter(left or room), "")
        if target not in room:
            yield _no_target(service, list(room))
        elif target in left:
            room[target] -= 1
        else:
            yield Finding(
                rule="testnet/service-target",
                message=f'service "{service.name}" has no daemon of group "{target}" to itself',
                at=service.at,
                remediation="Add a producer to the group, or choose another `target`.",
                subject=service.name,
                why="Two services that sign with one key get in each other's way.",
            )


def _no_target(service: Service, groups: list[str]) -> Finding:
    if not groups:
        return Finding(
            rule="testnet/service-target",
            message=f'service "{service.name}" has no daemon to drive',
            at=service.at,
            remediation="Add a group of block producers, or remove the service.",
            subject=service.name,
        )
    hint = guess_sentence(service.target, groups)
    return Finding(
        rule="testnet/service-target",
        message=f'service "{service.name}" drives "{service.target}", which is no group of'
        " block producers",
        at=service.at,
        remediation=f"Choose one of: {', '.join(groups)}.{hint}",
        subject=service.name,
    )


def _all_overrides(testnet: Testnet) -> Iterable[tuple[str, Overrides]]:
    yield testnet.name, testnet.defaults
    for group in _groups(testnet):
        yield group.name, group.overrides
        yield from ((name, single.overrides) for name, single in group.exceptions)
    for pool in testnet.snark_pools:
        yield pool.name, pool.overrides
    if testnet.archive is not None:
        yield "archive", testnet.archive.overrides


def _overrides(testnet: Testnet, name: str, overrides: Overrides) -> Iterable[Finding]:
    for flag, value in overrides.flags:
        managed = [f for f in sorted(MANAGED_FLAGS) if f == flag or _abbreviates(flag, f)]
        if managed:
            yield Finding(
                rule="testnet/managed-flag",
                message=f'"{name}" sets the flag "{flag}", which the planner sets itself'
                + ("" if flag in MANAGED_FLAGS else f": the daemon reads it as {managed[0]}"),
                at=overrides.places[flag],
                remediation=f"Remove `{flag}`: its value follows from the rest of the file.",
                subject=name,
            )
        words = value if isinstance(value, tuple) else (value,)
        if any(isinstance(word, str) and word.startswith("-") for word in words):
            yield Finding(
                rule="testnet/managed-flag",
                message=f'"{name}" gives the flag "{flag}" a value that is a flag itself',
                at=overrides.places[flag],
                remediation="Write each flag as an entry of its own, without dashes.",
                subject=name,
            )
    if overrides.address is AddressMode.LOAD_BALANCER and not testnet.flavour.load_balancer:
        yield Finding(
            rule="network/address",
            message=f'"{name}" asks for load balancers, which {testnet.flavour.name} cannot use',
            at=overrides.places["address"],
            remediation="Use `host-port`: one address must carry the TCP and the UDP port.",
            subject=name,
        )


def _abbreviates(flag: str, managed: str) -> bool:
    """Say whether the daemon could read a flag as another: it takes any beginning that is unique.

    What is shorter begins too many.
    """
    return len(flag) > SHORTEST and managed.startswith(flag)


def _exceptions(group: Group, testnet: Testnet) -> Iterable[Finding]:
    known = set(group.names)
    for name, single in group.exceptions:
        if single.region and single.region not in testnet.regions:
            yield _foreign_region(name, single.region, single.at, testnet)
        if name not in known:
            hint = guess_sentence(name, group.names)
            yield Finding(
                rule="testnet/override",
                message=f'group "{group.name}" has overrides for "{name}", which is not one'
                f" of its {'keys' if group.keys else 'numbers'}",
                at=single.at,
                remediation=f"Name one of the group's {'keys' if group.keys else 'numbers'}.{hint}",
                subject=group.name,
            )
