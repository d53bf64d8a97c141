"""Nets whose time is over, and how their removal is proposed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from generator.plan import Allocations
from generator.plan.genesis import utc_text
from generator.testnet import Testnet

# What `testnet publish` wants to see in a commit that takes a net away.
TRAILER = "Allow-removal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """A net that lives longer than it asked for; `file` is its testnet file, from the root."""

    net: str
    owner: str
    expires: datetime
    file: str


def passed(expiries: Mapping[str, datetime], now: datetime) -> tuple[str, ...]:
    """Return the nets that are published to end by now, in order of their names."""
    return tuple(sorted(net for net, end in expiries.items() if end <= now))


def find_expired(
    testnets: Iterable[Testnet],
    published: Allocations,
    expiries: Mapping[str, datetime],
    now: datetime,
) -> tuple[Expired, ...]:
    """Return the nets of `testnets` whose time is over, those that ended first at the front.

    Both must have passed: the end that is published, and the one that the file asks for now,
    which may have been put off and not be published yet. What is protected, never ends.
    """
    found: list[Expired] = []
    for testnet in testnets:
        net = published.nets.get(testnet.name)
        if net is None or testnet.name not in expiries or testnet.protected or not testnet.ttl:
            continue
        end = max(expiries[testnet.name], net.published + timedelta(seconds=testnet.ttl))
        if end <= now:
            found.append(
                Expired(net=testnet.name, owner=testnet.owner, expires=end, file=testnet.at.path)
            )
    return tuple(sorted(found, key=lambda expired: (expired.expires, expired.net)))


def removal_message(expired: Sequence[Expired]) -> str:
    """Return the message of a commit that removes nets: a trailer grants each removal."""
    what = expired[0].net if len(expired) == 1 else f"{len(expired)} nets"
    whose = "its" if len(expired) == 1 else "their"
    lines = [f"Remove {what}: {whose} time is over", ""]
    lines += [f"{e.net} (owner {e.owner}) ended {utc_text(e.expires)}." for e in expired]
    lines += ["", *(f"{TRAILER}: {e.net}" for e in expired), ""]
    return "\n".join(lines)
