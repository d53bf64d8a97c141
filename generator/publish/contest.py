"""What several nets of main ask for and only some of them can have."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from generator.claims import Claim, Limits
from generator.claims.budgets import read_budgets
from generator.claims.limits import IDENTITY
from generator.claims.read import has_chain
from generator.fleet import Fleet
from generator.keys import Key
from generator.plan import Allocations, Daemon, Phase, Plan, Role
from generator.plan.genesis import chain_identity
from generator.publish.state import Published, overlay_name
from generator.register import State
from generator.testnet import Purpose

# In the overlays of these stand the public parts of the keys that no register guards.
_UNGUARDED = (Phase.SEEDS, Phase.COORDINATORS)
_WORD = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """One thing, and the nets that ask for it; `settled` have it in the published tree.

    `shared` are nets that may have it together.
    """

    what: str
    nets: tuple[str, ...]
    settled: frozenset[str]
    shared: frozenset[str] = frozenset()

    def excludes(self, one: str, other: str) -> bool:
        """Say whether two nets cannot both have it."""
        return one != other and not {one, other} <= self.shared


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdraft:
    """A budget that all nets together exceed, and by how much each net adds to what is published.

    `left` is what the published daemons of all nets leave, and may be negative.
    """

    claim: Claim
    left: int
    more: Mapping[str, int] = field(default_factory=dict)


class Tree:
    """The public parts of keys in what is published of nets, each net read once."""

    def __init__(self, published: Published) -> None:
        self._published = published
        self._words: dict[str, frozenset[str]] = {}

    def holds(self, net: str, key: Key) -> bool:
        """Say whether a net is published with a key; one that is told to stop has lost it."""
        record = self._published.records.get(key.identity)
        if record and record.net == net and record.state is State.HELD:
            return True
        return self.uses(net, key)

    def uses(self, net: str, key: Key) -> bool:
        """Say whether a seed or a coordinator of a net is published with a key."""
        if net not in self._words:
            self._words[net] = frozenset(self._read(net))
        return key.text in self._words[net]

    def _read(self, net: str) -> Iterator[str]:
        known = self._published.allocations.nets.get(net)
        overlays = {
            f"clusters/{daemon.cluster}/nets/{net}/{overlay_name(daemon)}"
            for daemon in (known.daemons.values() if known else ())
            if daemon.phase in _UNGUARDED
        }
        for overlay in overlays:
            file = self._published.tree / overlay / "daemons.yaml"
            if file.is_file():
                yield from _WORD.findall(file.read_text("utf-8", errors="replace"))


def find_contests(
    plans: Sequence[Plan], published: Published, limits: Limits, tree: Tree
) -> tuple[Contest, ...]:
    """Return the keys and the chains that more than one net asks for."""
    return (*_keys(plans, tree), *_chains(plans, published.allocations, limits))


def _keys(plans: Sequence[Plan], tree: Tree) -> Iterator[Contest]:
    uses: dict[bytes, dict[str, Key]] = defaultdict(dict)
    for plan in plans:
        for _, key in _keys_of(plan):
            uses[key.identity][plan.name] = key
    for nets in uses.values():
        if len(nets) > 1:
            name = next(iter(nets.values())).name
            settled = frozenset(net for net, key in nets.items() if tree.holds(net, key))
            yield Contest(what=f'key "{name}"', nets=tuple(nets), settled=settled)


def _keys_of(plan: Plan) -> Iterator[tuple[Daemon, Key]]:
    for daemon in plan.daemons:
        for key in (daemon.key, daemon.identity):
            if key:
                yield daemon, key


def _chains(plans: Sequence[Plan], allocations: Allocations, limits: Limits) -> Iterator[Contest]:
    chains: dict[str, list[Plan]] = defaultdict(list)
    for plan in plans if limits.binds(IDENTITY) else ():
        if has_chain(plan, allocations):
            chains[chain_identity(plan)].append(plan)
    for nets in chains.values():
        shared = frozenset(p.name for p in nets if p.testnet.purpose is not Purpose.PUBLIC)
        if len(nets) > 1 and len(shared) < len(nets):
            known = allocations.nets
            settled = frozenset(
                plan.name
                for plan in nets
                if plan.name in known and known[plan.name].generation == plan.genesis.generation
            )
            names = tuple(plan.name for plan in nets)
            yield Contest(what="the genesis", nets=names, settled=settled, shared=shared)


def find_overdrafts(
    plans: Sequence[Plan], fleet: Fleet, allocations: Allocations, limits: Limits
) -> tuple[Overdraft, ...]:
    """Return the budgets that are exceeded, and to which some net adds daemons.

    Counted is by daemons: what one that is published asks for more is not seen.
    """
    old = [_published_part(plan, allocations) for plan in plans]
    if all(len(one.daemons) == len(plan.daemons) for one, plan in zip(old, plans, strict=True)):
        return ()
    asked, settled = (_by_subject(read_budgets(state, fleet, limits)) for state in (plans, old))
    found: list[Overdraft] = []
    for subject, claims in asked.items():
        before = {claim.net: claim.amount for claim in settled.get(subject, ())}
        limit = claims[0].limit
        if sum(claim.amount for claim in claims) > limit:
            more = {claim.net: claim.amount - before.get(claim.net, 0) for claim in claims}
            growing = {net: amount for net, amount in more.items() if amount > 0}
            left = limit - sum(before.values())
            found.append(Overdraft(claim=claims[0], left=left, more=growing))
    return tuple(draft for draft in found if draft.more)


def _published_part(plan: Plan, allocations: Allocations) -> Plan:
    net = allocations.nets.get(plan.name)
    known = net.daemons if net else {}
    daemons = tuple(
        daemon
        for daemon in plan.daemons
        if daemon.name in known and known[daemon.name].cluster == daemon.cluster.name
    )
    return replace(plan, daemons=daemons)


def _by_subject(claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    found: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        found[claim.subject].append(claim)
    return found


def find_dependents(
    plans: Sequence[Plan], kept: Collection[str], tree: Tree
) -> Iterator[tuple[str, str, str]]:
    """Yield the nets that ask for a key of a net that stays as it is published.

    With each the name of the key, and the net that has it. Keys of block producers are left out:
    their daemons wait, by the register, and everything else of their net goes ahead.
    """
    for plan in plans if kept else ():
        for daemon, key in _keys_of(plan):
            if daemon.role is not Role.BLOCK_PRODUCER and not tree.uses(plan.name, key):
                holders = [net for net in sorted(kept) if net != plan.name and tree.uses(net, key)]
                if holders:
                    yield plan.name, key.name, holders[0]
                    break
