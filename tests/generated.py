"""Testnets of every flavour and shape, drawn by Hypothesis; several share one fleet and keys."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from generator.yaml import emit
from tests.repository import IMAGE

Net = dict[str, Any]

REGIONS = ("us-west-2", "eu-central-1", "us-east1")
# One name begins like another, and one is as long as a name may be.
NAMES = ("alpha", "alpha-b", "z" * 30)
# The letters that names of producers and of SNARK keys begin with, see tests.repository.pools.
KEYS = {
    "coda-kademlia": ("d", "ds"),
    "coda-dual": ("v", "vs"),
    "coda-libp2p": ("v", "vs"),
    "mina": ("b", "s"),
}
STAKES = ("0", "1", "0.00000006", "1000000.5", "9999999999")
PRODUCERS, SNARKS, SEEDS = 20, 4, 8  # keys that each net has to itself


def text_of(net: Net) -> str:
    """Return a drawn net as the text of its file."""
    return emit([net], header="Drawn for a test.")


@st.composite
def nets(draw: st.DrawFn, *, most: int = 3) -> list[Net]:
    """Draw one to three nets that share no key and no name."""
    names = draw(st.permutations(NAMES))
    count = draw(st.integers(1, most))
    return [draw(_net(names[index], index)) for index in range(count)]


@st.composite
def _net(draw: st.DrawFn, name: str, index: int) -> Net:
    flavour = draw(st.sampled_from(sorted(KEYS)))
    regions = draw(_some(REGIONS))
    numbers = draw(st.permutations(range(1, PRODUCERS + 1)))
    letter, snark = KEYS[flavour]
    keys = [f"{letter}{index * PRODUCERS + number:02d}" for number in numbers]
    from_file = flavour in {"mina", "coda-libp2p"} and draw(st.booleans())
    net: Net = {
        "name": name,
        "owner": "tests",
        **draw(st.sampled_from([{"purpose": "qa", "ttl": "1d"}, {"purpose": "public"}])),
        "flavour": flavour,
        "image": IMAGE,
        "regions": regions,
        "seeds": draw(_seeds(flavour, index, regions)),
        "block_producers": draw(_producers(keys, flavour, regions, stakes=from_file)),
        "snark_pools": draw(_pools(snark, index, flavour, regions)),
    }
    if not from_file:
        net["genesis"] = {"ledger": "image"}
    net |= draw(_optional("open_udp", st.booleans()))
    net |= draw(_optional("archive", _archive(regions)))
    producers = sum(len(group["keys"]) for group in net["block_producers"])
    services = draw(st.integers(0, max(0, min(2, producers - 2))))
    names = ["payments", "pay-2"][:services]
    net["services"] = [{"name": service, "kind": "payments"} for service in names]
    return net


def _some(values: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=len(values), unique=True)


def _optional(name: str, value: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(st.just({}), value.map(lambda drawn: {name: drawn}))


@st.composite
def _settings(draw: st.DrawFn, flavour: str) -> dict[str, Any]:
    """Draw what a group may say of all its daemons."""
    modes = ["host-port"] if flavour == "coda-kademlia" else ["host-port", "load-balancer"]
    flags = st.sampled_from([{"max-connections": 9}, {"log-json": None}, {"x": ["1e3", "no"]}])
    return {
        **draw(_optional("address", st.sampled_from(modes))),
        **draw(_optional("log_level", st.sampled_from(["Debug", "Warn"]))),
        **draw(_optional("resources", st.just({"cpu": 1, "memory": "1Gi"}))),
        **draw(_optional("flags", flags)),
    }


@st.composite
def _spread(draw: st.DrawFn, keys: Sequence[str], regions: Sequence[str]) -> dict[str, Any]:
    """Draw where a group goes, and where single daemons of it are pinned."""
    kind = draw(st.sampled_from(["default", "list", "counts", "region"]))
    if kind == "region":
        return {"region": draw(st.sampled_from(regions))}
    place = st.sampled_from(regions)
    placed = {key: draw(place) for key in keys}
    pinned = {key: {"region": placed[key]} for key in keys if draw(st.integers(0, 4)) == 0}
    spread: dict[str, Any] = {"overrides": pinned} if pinned else {}
    if kind == "counts":
        return {"regions": dict(Counter(placed.values()))} | spread
    return ({"regions": draw(_some(regions))} if kind == "list" else {}) | spread


@st.composite
def _seeds(draw: st.DrawFn, flavour: str, index: int, regions: Sequence[str]) -> list[Net]:
    count = draw(st.integers(1, 3))
    group: Net = {"name": "seed", **draw(_settings(flavour))}
    if flavour == "coda-kademlia":
        return [group | {"count": count}]
    keys = [f"l{index * SEEDS + number:02d}" for number in range(1, count + 1)]
    return [group | {"keys": keys} | draw(_spread(keys, regions))]


@st.composite
def _producers(
    draw: st.DrawFn, keys: Sequence[str], flavour: str, regions: Sequence[str], *, stakes: bool
) -> list[Net]:
    groups: list[Net] = []
    for name in draw(st.lists(st.sampled_from(["p", "p-b", "whale"]), max_size=3, unique=True)):
        size = draw(st.integers(1, 6))
        own, keys = list(keys[:size]), keys[size:]
        group: Net = {"name": name, "keys": own, **draw(_settings(flavour))}
        if stakes:
            group |= draw(_optional("stake", st.sampled_from(STAKES)))
        groups.append(group | draw(_spread(own, regions)))
    return groups


@st.composite
def _pools(
    draw: st.DrawFn, letter: str, index: int, flavour: str, regions: Sequence[str]
) -> list[Net]:
    whole = flavour in {"coda-kademlia", "coda-dual"}
    fees = st.sampled_from(["0", "10"] if whole else ["0.025", "0.00000006"])
    return [
        {
            "name": f"pool-{number}",
            "key": f"{letter}{index * SNARKS + number:02d}",
            "workers": draw(st.integers(0, 3)),
            "fee": draw(fees),
            **draw(_optional("region", st.sampled_from(regions))),
        }
        for number in range(1, draw(st.integers(0, 2)) + 1)
    ]


@st.composite
def _archive(draw: st.DrawFn, regions: Sequence[str]) -> Net:
    return {"count": draw(st.integers(0, 2)), "regions": draw(_some(regions))}


@dataclass(frozen=True)
class Removal:
    """Nets, and the same without one thing; `key` is that of a single daemon."""

    full: list[Net]
    reduced: list[Net]
    net: str
    what: str
    key: str = ""


@st.composite
def removals(draw: st.DrawFn) -> Removal:
    """Draw nets, and take away one net, group, pool, service or daemon."""
    full = draw(nets())
    index = draw(st.integers(0, len(full) - 1))
    name = full[index]["name"]
    reduced = copy.deepcopy(full)
    net = reduced[index]
    ways = [way for way, possible in _ways(net).items() if possible]
    what = draw(st.sampled_from([*ways, "net"] if len(full) > 1 else ways or ["nothing"]))
    key = ""
    if what == "net":
        del reduced[index]
    elif what == "daemon":
        groups = [group for group in _keyed(net) if len(group["keys"]) > 1]
        group = draw(st.sampled_from(groups))
        key = draw(st.sampled_from(group["keys"]))
        group["keys"].remove(key)
        group.get("overrides", {}).pop(key, None)
    elif what in {"archive", "count"}:
        part = net["archive"] if what == "archive" else net["seeds"][0]
        part["count"] -= 1
    elif what != "nothing":
        del net[what][draw(st.integers(0, len(net[what]) - 1))]
    return Removal(full, reduced, name, what, key)


def _keyed(net: Net) -> list[Net]:
    return [group for group in (*net["seeds"], *net["block_producers"]) if "keys" in group]


def _ways(net: Net) -> dict[str, bool]:
    """Return what can be taken away from a net so that it is still one."""
    left = [len(group["keys"]) for group in net["block_producers"]]
    return {
        "daemon": any(len(group["keys"]) > 1 for group in _keyed(net)),
        "block_producers": bool(left) and sum(left) - max(left) >= len(net["services"]),
        "snark_pools": bool(net["snark_pools"]),
        "services": bool(net["services"]),
        "archive": net.get("archive", {}).get("count", 0) > 0,
        "count": net["seeds"][0].get("count", 0) > 1,
    }
