"""What a publish would take away for good, and who has granted that."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from generator.expire import TRAILER
from generator.plan import Allocations, NetAllocation, Plan

# Daemons that may leave a net, with their volumes, without anybody saying so beside the file.
BUDGET = 5

_TRAILER = re.compile(r"[A-Za-z0-9-]+:[ \t]*(.*?)[ \t]*|[ \t].*")
_GRANT = re.compile(rf"{TRAILER}:[ \t]*([a-z0-9]([-a-z0-9]*[a-z0-9])?)[ \t]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What of a net would disappear: namespaces, by cluster, with all in them; and daemons.

    `granted` says by whom, empty where nobody did; `needed` whether it has to be.
    """

    net: str
    namespaces: tuple[str, ...]
    daemons: tuple[str, ...]
    granted: str
    needed: bool

    @property
    def withheld(self) -> bool:
        """Whether the net stays as it is published for want of a grant."""
        return self.needed and not self.granted

    def __str__(self) -> str:
        count = len(self.daemons)
        parts = [f"{count} daemon{'' if count == 1 else 's'} with their volumes"] if count else []
        if self.namespaces:
            many = "s" if len(self.namespaces) > 1 else ""
            parts.insert(0, f"the namespace{many} on {', '.join(self.namespaces)}")
        return " and ".join(parts)


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
    granted by was asked for then.
    """
    removals = []
    for name, net in sorted(published.nets.items()):
        plan = plans.get(name)
        namespaces = _namespaces(plan, net)
        daemons = _daemons(plan, net, [daemon for other, daemon in draining if other == name])
        if namespaces or daemons:
            protected = plan is not None and plan.testnet.protected
            removals.append(
                Removal(
                    net=name,
                    namespaces=namespaces,
                    daemons=daemons,
                    granted=grants.get(name, ""),
                    needed=bool(namespaces) or protected or len(daemons) > BUDGET,
                )
            )
    return tuple(removals)


def _namespaces(plan: Plan | None, net: NetAllocation) -> tuple[str, ...]:
    """Return the clusters that a net would leave, but for those that it was let leave before."""
    after = set(plan.by_cluster) if plan else set()
    return tuple(sorted(net.traces.keys() - after - net.leaving))


def _daemons(plan: Plan | None, net: NetAllocation, draining: Collection[str]) -> tuple[str, ...]:
    after = {daemon.name for daemon in plan.daemons} if plan else set()
    return tuple(
        sorted(
            name
            for name, daemon in net.daemons.items()
            if name not in after and name not in draining and daemon.cluster not in net.leaving
        )
    )
