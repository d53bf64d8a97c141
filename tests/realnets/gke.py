"""Nets of platform gke (2020 to 2024): the groups of daemons, as testnet files write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tests.realnets.data import Entry, deployment, expand, machines
from tests.realnets.era import daemon_image
from tests.realnets.keys import Keys, runs
from tests.realnets.ledger import Ledger

Document = dict[str, object]

# Of every SNARK pool: the charts' default, which no configuration changed.
WORK_SELECTION = "seq"
# What a daemon logs at when its file says nothing; a short file does not repeat it.
DEFAULT_LOG_LEVEL = "Info"
# The flags that make a seed of a daemon: a plain node has none of them.
PLAIN: Document = {"seed": None, "enable-peer-exchange": None, "max-connections": None}
_FLAGS = {
    "enable_gossip_flooding": "enable-flooding",
    "enable_peer_exchange": "enable-peer-exchange",
    "isolated": "isolate-network",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerGroup:
    """A group of block producers as a file writes it, its class, and how many daemons it has."""

    document: Document
    kind: str
    size: int
    user_agent: bool

    @property
    def agents(self) -> int:
        """How many of the daemons ran with a user agent: all, or none."""
        return self.size if self.user_agent else 0


def region(entry: Entry) -> str:
    """Return the region of the net's cluster."""
    here = deployment(entry)
    return str(here["cluster"]["region"] if here else machines(entry)[0]["region"])


def seeds(entry: Entry, keys: Keys, *, distinct: bool) -> list[Document]:
    """Return the groups of seeds: machines of their own, those in the cluster, plain nodes.

    With `distinct`, an identity that another seed of the net has is replaced by a new one.
    """
    groups = [*_machines(entry, keys), *_inner_seeds(entry, keys, distinct=distinct)]
    plain = deployment(entry).get("plain_nodes", 0)
    if plain:
        names = [keys.identity(f"n{number}") for number in range(1, plain + 1)]
        groups.append({"name": "node", "keys": runs(names), "flags": PLAIN})
    return groups or [{"keys": [keys.identity("s1")]}]


def _machines(entry: Entry, keys: Keys) -> Iterable[Document]:
    found: dict[tuple[str, str], list[str]] = {}
    for machine in machines(entry):
        place = (machine["region"], machine.get("image", ""))
        found.setdefault(place, []).append(keys.identity("", machine["peer_id"]))
    for number, ((place_region, image), names) in enumerate(found.items(), 1):
        group: Document = {"name": "machine" if number == 1 else f"machine-{number}"}
        group |= {"keys": names}
        if place_region != region(entry):
            group["region"] = place_region
        if image not in {"", daemon_image(entry)}:
            group["image"] = image
        yield group


def _inner_seeds(entry: Entry, keys: Keys, *, distinct: bool) -> Iterable[Document]:
    here = deployment(entry).get("seeds", {})
    pairs = here.get("peer_ids_of_seed_keypairs", [])
    wanted = pairs[: here.get("in_cluster_seed_nodes", 0)]
    if not wanted and not machines(entry):
        wanted = pairs  # the key pairs of the seeds are all that the configuration says of them
    taken = {machine["peer_id"] for machine in machines(entry)} if distinct else set()
    names = [
        keys.identity(f"s{number}", "" if peer_id in taken else peer_id)
        for number, peer_id in enumerate(wanted, 1)
    ]
    names += [keys.identity(f"s{number}") for number in range(1, here.get("count", 0) + 1)]
    if names:
        yield {"name": "seed", "keys": runs(names)}


def producers(entry: Entry, keys: Keys, ledger: Ledger, *, distinct: bool) -> list[ProducerGroup]:
    """Return the groups of block producers; a key that runs in several pods is named as often.

    A group of the data is cut where the stake changes. With `distinct`, a further pod of one
    key has a key of its own.
    """
    groups: list[ProducerGroup] = []
    for group in deployment(entry).get("block_producers", {}).get("groups", []):
        for stake, names in _by_stake(group, keys, ledger, distinct=distinct).items():
            number = sum(other.kind == group["class"] for other in groups) + 1
            document: Document = {
                "name": group["class"] if number == 1 else f"{group['class']}-{number}",
                "keys": runs(names),
            }
            if stake:
                document["stake"] = stake
            flags = {flag: True for field, flag in _FLAGS.items() if group.get(field)}
            groups.append(
                ProducerGroup(
                    document=document | ({"flags": flags} if flags else {}),
                    kind=group["class"],
                    size=len(names),
                    user_agent=bool(group.get("run_with_user_agent")),
                )
            )
    return groups


def _by_stake(group: Entry, keys: Keys, ledger: Ledger, *, distinct: bool) -> dict[str, list[str]]:
    kind = group["class"]
    holdings = ledger.holdings.get(kind, ())
    found: dict[str, list[str]] = {}
    for name, number in _key_names(group, distinct=distinct):
        holding = holdings[number - 1] if number <= len(holdings) else None
        known = holding.online if holding and "-" not in name else ""
        stake = ledger.stake(kind, holding) if ledger.from_file else ""
        found.setdefault(stake, []).append(keys.add("block-producer", name, known))
    return found


def _key_names(group: Entry, *, distinct: bool) -> Iterable[tuple[str, int]]:
    """Name each daemon's key after its secret: `w3` for online-whale-account-3-key."""
    copies: Counter[str] = Counter()
    for secret in expand(group["private_key_secrets"]):
        found = re.fullmatch(r"online-(whale|fish)-account-(\d+)-key", secret)
        assert found, secret
        name = f"{found[1][0]}{found[2]}"
        copies[name] += 1
        suffix = f"-{copies[name]}" if distinct and copies[name] > 1 else ""
        yield f"{name}{suffix}", int(found[2])


def accounts(keys: Keys, ledger: Ledger) -> list[Document]:
    """Return the accounts that delegate to a producer of the net."""
    if not ledger.from_file:
        return []
    names = {text: name for name, text in keys.kinds["block-producer"].items()}
    return [
        {
            "public_key": holding.offline,
            "balance": holding.balance,
            "delegate": names[holding.online],
        }
        for group in ledger.holdings.values()
        for holding in group
        if holding.online in names
    ]


def snark_pools(entry: Entry, keys: Keys) -> list[Document]:
    """Return the SNARK pools, fees as they were written."""
    here = deployment(entry)
    coordinators = here.get("snark_coordinators", [])
    resources = here.get("resources", {})
    pools: list[Document] = []
    for number, coordinator in enumerate(coordinators, 1):
        pool: Document = {
            "name": "snark" if len(coordinators) == 1 else f"snark-{number}",
            "key": keys.add("snark", f"k{number}", coordinator["public_key"]),
            "workers": coordinator["workers"],
            "work_selection": WORK_SELECTION,
            "fee": coordinator["fee"],
        }
        if resources:
            pool["worker_resources"] = {
                "cpu": resources["worker_cpu_request"],
                "memory": resources["worker_memory_request"],
            }
        pools.append(pool)
    return pools


def archive_count(entry: Entry) -> int:
    """Return how many archives there were; before their number could be said, one with an image."""
    here = deployment(entry)
    said = here.get("archive_nodes", {}).get("count")
    return int(said) if said is not None else int("archive" in here.get("images", {}))


def archive(entry: Entry) -> Document:
    """Return the archive nodes, nothing where there are none."""
    count = archive_count(entry)
    if not count:
        return {}
    image = deployment(entry)["images"].get("archive")
    return {"count": count} | ({"image": image} if image else {})


def services(entry: Entry, groups: Iterable[ProducerGroup]) -> list[Document]:
    """Return a payments service for each producer that ran with a user agent."""
    targets = [group.document["name"] for group in groups for _ in range(group.agents)]
    return [
        {"name": f"pay-{number}", "kind": "payments", "target": target}
        | {"image": deployment(entry)["images"]["user_agent"]}
        for number, target in enumerate(targets, 1)
    ]


def defaults(entry: Entry) -> Document:
    """Return what holds for every daemon: log level, resources, flags."""
    here = deployment(entry)
    document: Document = {}
    if here.get("log_level", DEFAULT_LOG_LEVEL) != DEFAULT_LOG_LEVEL:
        document["log_level"] = here["log_level"]
    resources = here.get("resources")
    if resources:
        document["resources"] = {
            "cpu": resources["daemon_cpu_request"],
            "memory": resources["daemon_memory_request"],
        }
    flags = _flags(here)
    return document | ({"flags": flags} if flags else {})


def _flags(here: Entry) -> Document:
    flags: Document = {}
    if here.get("log_received_blocks"):
        # In words: this flag takes `true` or `false`, whatever the tool knows of it.
        flags["log-received-blocks"] = "true"
    if here.get("log_txn_pool_gossip"):
        flags["log-txn-pool-gossip"] = True
    seeds_of_net = here.get("seeds", {})
    if "seed_peers_url" in seeds_of_net:
        flags["peer-list-url"] = seeds_of_net["seed_peers_url"]
    if "direct_peers" in seeds_of_net:
        flags["direct-peer"] = seeds_of_net["direct_peers"]
    return flags
