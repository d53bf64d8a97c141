"""Nets of platform aws-ec2 (2019): the groups of daemons, as testnet files write them."""

from __future__ import annotations

from collections.abc import Iterable

from tests.realnets.data import Entry
from tests.realnets.era import flavour
from tests.realnets.gke import WORK_SELECTION, Document
from tests.realnets.keys import Keys, runs

PRODUCERS = ("proposer", "blockproducer")
COORDINATORS = ("snarker", "snarkcoordinator")
SEEDS = ("seed", "joiner", "seedjoiner")
# Cores and memory of the machines, which the daemons had to themselves.
_MACHINES = {
    "c5.xlarge": (4, "8Gi"),
    "c5.2xlarge": (8, "16Gi"),
    "c5.4xlarge": (16, "32Gi"),
    "c5.8xlarge": (32, "64Gi"),  # no such type: a slip that Terraform would have found at apply
    "c5.9xlarge": (36, "72Gi"),
    "c5.24xlarge": (96, "192Gi"),
    "t3.2xlarge": (8, "32Gi"),
}


def regions(entry: Entry) -> list[str]:
    """Return the net's regions, the one with most daemons first."""
    counts = {region: known["nodes"] for region, known in entry["regions"].items()}
    return sorted(counts, key=lambda region: (-counts[region], region))


def seeds(entry: Entry, keys: Keys) -> list[Document]:
    """Return the seeds, and those that joined them: the same program with the same ports."""
    libp2p = flavour(entry) != "coda-kademlia"
    groups: list[Document] = []
    first = 1
    for role, machine, counts in _groups(entry, SEEDS):
        document: Document = {"name": _name(role, groups)}
        last = first + sum(counts.values())
        if libp2p:
            document["keys"] = runs([keys.identity(f"s{number}") for number in range(first, last)])
        else:
            document["count"] = last - first
        groups.append(document | _spread(counts) | {"resources": _resources(machine)})
        first = last
    return groups


def producers(entry: Entry, keys: Keys) -> list[Document]:
    """Return the block producers; the genesis ledger came with the daemon, so none has a stake."""
    groups: list[Document] = []
    first = 1
    for role, machine, counts in _groups(entry, PRODUCERS):
        last = first + sum(counts.values())
        names = [keys.add("block-producer", f"p{number}") for number in range(first, last)]
        head: Document = {"name": _name(role, groups), "keys": runs(names)}
        groups.append(head | _spread(counts) | {"resources": _resources(machine)})
        first = last
    return groups


def snark_pools(entry: Entry, keys: Keys) -> list[Document]:
    """Return the SNARK pools; a kademlia daemon does the work itself."""
    embedded = flavour(entry) == "coda-kademlia"
    pools: list[Document] = []
    for role, machine, counts in _groups(entry, COORDINATORS):
        for region in counts:
            pools.append(
                {
                    "name": _name(role, pools),
                    "key": keys.add("snark", f"k{len(pools) + 1}"),
                    "region": region,
                    "workers": 0 if embedded else 1,
                    "work_selection": WORK_SELECTION,
                    "resources": _resources(machine),
                }
            )
    return pools


def archive(entry: Entry) -> Document:
    """Return the archive nodes, nothing where there are none."""
    found = list(_groups(entry, ("archive",)))
    if not found:
        return {}
    ((_, machine, counts),) = found
    return {"count": sum(counts.values())} | _spread(counts) | {"resources": _resources(machine)}


def _groups(entry: Entry, roles: Iterable[str]) -> Iterable[tuple[str, str, dict[str, int]]]:
    """Yield role, type of machine, and daemons by region: alike groups of regions are one here."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for group in entry["node_groups"]:
        if group["role"] in roles:
            counts = found.setdefault((group["role"], group["instance_type"]), {})
            counts[group["region"]] = counts.get(group["region"], 0) + group["count"]
    for (role, machine), counts in found.items():
        yield role, machine, counts


def _name(role: str, earlier: list[Document]) -> str:
    number = sum(str(group["name"]).split("-")[0] == role for group in earlier) + 1
    return role if number == 1 else f"{role}-{number}"


def _spread(counts: dict[str, int]) -> Document:
    return {"region": next(iter(counts))} if len(counts) == 1 else {"regions": counts}


def _resources(machine: str) -> Document:
    cpu, memory = _MACHINES[machine]
    return {"cpu": cpu, "memory": memory}
