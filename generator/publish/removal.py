"""What a publish would take away for good, and who has granted that."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from generator.expire import TRAILER
from generator.plan import Allocations, NetAllocation, Phase, Plan
from generator.report.wording import counted

# Volumes that may go in one publish without anybody saying so beside the files.
BUDGET = 5
# Volumes of a daemon, by its phase; the others have none.
_VOLUMES = {
    str(Phase.SEEDS): 1,
    str(Phase.COORDINATORS): 1,
    str(Phase.PRODUCERS): 1,
    str(Phase.ARCHIVE): 2,
}

_TRAILER = re.compile(r"[A-Za-z0-9-]+:[ \t]*(.*?)[ \t]*|[ \t].*")
_GRANT = re.compile(rf"{TRAILER}:[ \t]*([a-z0-9]([-a-z0-9]*[a-z0-9])?)[ \t]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What of a net would disappear: namespaces, by cluster, with all in them; daemons; volumes.

    A daemon that goes to another cluster, or starts a new chain, leaves its volumes behind.
    `granted` says by whom, empty where nobody did; `needed` whether it has to be.
    """

    net: str
    namespaces: tuple[str, ...]
    daemons: tuple[str, ...]
    volumes: int
    granted: str
    needed: bool

    @property
    def withheld(self) -> bool:
        """Whether the net stays as it is published for want of a grant."""
        return self.needed and not self.granted

    def __str__(self) -> str:
        parts = []
        if self.namespaces:
            many = "s" if len(self.namespaces) > 1 else ""
            parts.append(f"the namespace{many} on {', '.join(self.namespaces)}")
        for count, what in ((len(self.daemons), "daemon"), (self.volumes, "volume")):
            if count:
                parts.append(counted(count, what))
        *most, last = parts or ["its protection"]
        return f"{', '.join(most)} and {last}" if most else last


def read_grants(messages: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the nets that messages of commits let go, with the commits that do.

    A message says so by a line `Allow-removal: <net>` in its last paragraph, which is not its
    first, and in which there are only such lines: the trailers, as git has them.
    """
    grants: dict[str, list[str]] = {}
    for commit, message in messages:
        for line in _trailers(message):
            if match := _GRANT.fullmatch(line):
                grants.setdefault(match[1].lower(), []).append(commit)
    return grants


def _trailers(message: str) -> list[str]:
    _, between, last = message.strip().replace("\r\n", "\n").rpartition("\n\n")
    lines = last.split("\n") if between else []
    return lines if all(_TRAILER.fullmatch(line) for line in lines) else []


def find_removals(
    plans: Mapping[str, Plan],
    published: Allocations,
    grants: Mapping[str, str],
    draining: Collection[tuple[str, str]],
) -> tuple[Removal, ...]:
    """Return what would disappear of each net, in order of nets.

    `draining` are the daemons, by net and name, that were told to stop before: what they were
    granted by was asked for then. What nobody granted is counted over all nets together.
    """
    found = [
        _removal(name, net, plans.get(name), grants.get(name, ""), draining)
        for name, net in sorted(published.nets.items())
    ]
    over = sum(removal.volumes for removal in found if not removal.granted) > BUDGET
    return tuple(
        replace(removal, needed=removal.needed or (over and removal.volumes > 0))
        for removal in found
        if removal.namespaces or removal.daemons or removal.volumes or removal.needed
    )


def _removal(
    name: str,
    net: NetAllocation,
    plan: Plan | None,
    granted: str,
    draining: Collection[tuple[str, str]],
) -> Removal:
    after = {daemon.name: daemon for daemon in plan.daemons} if plan else {}
    restarts = plan is not None and plan.genesis.generation != net.generation
    # Those that were told to stop before were counted then.
    there = {
        daemon: found
        for daemon, found in net.daemons.items()
        if (name, daemon) not in draining and found.cluster not in net.leaving
    }
    gone = [daemon for daemon in there if daemon not in after]
    volumes = sum(
        _VOLUMES.get(found.phase, 0)
        for daemon, found in there.items()
        if restarts or daemon not in after or after[daemon].cluster.name != found.cluster
    )
    namespaces = _namespaces(plan, net)
    bare = net.protected and plan is not None and not plan.testnet.protected
    lost = bool(namespaces) or (net.protected and volumes > 0) or bare
    return Removal(
        net=name,
        namespaces=namespaces,
        daemons=tuple(sorted(gone)),
        volumes=volumes,
        granted=granted,
        needed=lost,
    )


def _namespaces(plan: Plan | None, net: NetAllocation) -> tuple[str, ...]:
    """Return the clusters that a net would leave, but for those that it was let leave before."""
    after = set(plan.by_cluster) if plan else set()
    return tuple(sorted(net.traces.keys() - after - net.leaving))
