"""Ports and keys: what went wrong with the real nets cannot happen here, or is a finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from generator.pipeline import generate
from generator.pipeline import plan_nets as plan_repository
from generator.plan import Daemon, Plan, Role
from tests.realnets.convert import Net, convert
from tests.realnets.data import Entry, deployment, entries, expand
from tests.realnets.keys import fresh_key
from tests.realnets.planned import NOW, converted, plan_nets, planned
from tests.realnets.repository import kustomize, write_repository

# The first port that the modules gave to a producer.
FIRST_PORT = 10501

# Ports followed the alphabetical order of names.


def ports_by_name(names: Iterable[str]) -> dict[str, int]:
    """Return the ports that the modules of 2021 gave: by place in alphabetical order."""
    return {name: port for port, name in enumerate(sorted(names), FIRST_PORT)}


def producers(entry: Entry) -> dict[str, int]:
    """Return the producers of an entry with the ports that they had."""
    found: dict[str, int] = {}
    for group in deployment(entry)["block_producers"]["groups"]:
        found |= zip(expand(group["names"]), port_numbers(group["external_ports"]), strict=True)
    return found


def port_numbers(written: str | list[int]) -> list[int]:
    """Return the ports of a group, which the data writes as a list or as a run."""
    if isinstance(written, list):
        return written
    first, _, last = written.partition("-")
    return list(range(int(first), int(last or first) + 1))


def test_ports_followed_the_alphabetical_order_of_names() -> None:
    had = producers(entries()["jiawei"])
    assert had == ports_by_name(had)
    assert had["whale-block-producer-10"] < had["whale-block-producer-2"]
    after = ports_by_name([*had, "fish-block-producer-11"])
    assert sum(after[name] != port for name, port in had.items()) == 18


def test_adding_a_producer_and_a_net_moves_nothing_that_is_published(tmp_path: Path) -> None:
    net, other = converted("jiawei"), alone("apple", 0)
    tree = tmp_path / "published"
    tree.mkdir()
    before = publish(write_repository(tmp_path / "before", [net]), tree)
    root = write_repository(tmp_path / "after", [other, with_producer(net)])
    after = {plan.name: plan for plan in plan_repository(root, tree, now=NOW).plans}[net.name]
    assert {daemon.name for daemon in after.daemons} - set(places(before)) == {"first-k0"}
    assert places(after).items() >= places(before).items()


def with_producer(net: Net) -> Net:
    """Return a net with one more producer, before all others; its genesis stays."""
    groups = net.document["block_producers"]
    assert isinstance(groups, list)
    first = {"name": "first", "keys": ["k0"], "stake": "0"}
    keys = {"k0": fresh_key("B62q", "k0"), **net.keys["block-producer"]}
    return replace(
        net,
        document=net.document | {"block_producers": [first, *groups]},
        keys=net.keys | {"block-producer": keys},
    )


def publish(root: Path, tree: Path) -> Plan:
    """Generate the only net of a repository and return its plan."""
    return generate(plan_repository(root, tree, now=NOW), tree, kustomize()).plans[0]


def places(plan: Plan) -> dict[str, tuple[object, ...]]:
    """Return what was decided for each daemon."""
    return {
        daemon.name: (daemon.cluster.name, daemon.overlay, daemon.port, daemon.args)
        for daemon in plan.daemons
    }


# The port ranges of two roles met.


def ranges(entry: Entry) -> list[set[int]]:
    """Return the ports of each group of producers that had any."""
    groups = deployment(entry).get("block_producers", {}).get("groups", [])
    return [set(port_numbers(g["external_ports"])) for g in groups if "external_ports" in g]


MEETING = [
    entry_id
    for entry_id, entry in entries().items()
    if any(one & two for one, two in combinations(ranges(entry), 2))
]


def test_the_data_has_nets_whose_ranges_meet() -> None:
    assert len(MEETING) == 11


@pytest.mark.parametrize("entry_id", MEETING)
def test_ranges_that_met_are_apart(entry_id: str) -> None:
    ports = Counter(
        (daemon.cluster.name, daemon.port)
        for daemon in planned(entry_id).daemons
        if daemon.role is Role.BLOCK_PRODUCER
    )
    assert set(ports.values()) == {1}


def test_all_nets_fit_on_one_fleet_at_once() -> None:
    nets = [alone(entry_id, number) for number, entry_id in enumerate(entries())]
    found = plan_nets(nets)
    assert {finding.rule for finding in found.findings} == {"keys/unique"}
    daemons = [daemon for plan in found.plans for daemon in plan.daemons if daemon.port]
    ports = [(daemon.cluster.name, port) for daemon in daemons for port in public_ports(daemon)]
    assert len(ports) == len(set(ports)) > len(daemons) > 3_000
    assert len({daemon.public_name for daemon in daemons}) == len(daemons)


def alone(entry_id: str, number: int) -> Net:
    """Return a net with producers' keys that no other net has."""
    net = convert(entries()[entry_id], prefix=f"n{number}-", distinct=True)
    keys = {
        kind: {
            name: text if kind == "libp2p" else fresh_key(text, f"{entry_id}/{name}")
            for name, text in names.items()
        }
        for kind, names in net.keys.items()
    }
    return replace(net, keys=keys)


def public_ports(daemon: Daemon) -> list[tuple[int, str]]:
    """Return the ports that the world reaches."""
    return [(port.number, port.protocol) for port in daemon.ports if port.public]


# One default seed identity recurs in dozens of nets.


def test_a_seed_identity_of_several_nets_is_a_finding_for_each_further_one() -> None:
    nets = [
        seeds_only(convert(entry, prefix=f"n{n}-", distinct=True))
        for n, entry in enumerate(entries().values())
    ]
    holders = Counter(peer_id for net in nets for peer_id in net.identities.values())
    assert {peer_id: count for peer_id, count in holders.items() if count > 1} == {
        "12D3KooWAFFq2yEQFFzhU5dt64AWqawRuomG9hL8rSmm5vxhAsgr": 54,
        "12D3KooWJ9mNdbUXUpUNeMnejRumKzmQF15YeWwAPAhTAWB6dhiv": 21,
        "12D3KooWFcGGeUmbmCNq51NBdGvCWjiyefdNZbDXADMK5CDwNRm5": 21,
        "12D3KooWB79AmjiywL1kMGeKHizFNQE9naThM2ooHgwFcUzt6Yt1": 10,
    }
    findings = plan_nets(nets).findings
    assert {finding.rule for finding in findings} == {"keys/unique"}
    names = {peer_id[-7:].lower(): count for peer_id, count in holders.items()}
    assert Counter(finding.subject for finding in findings) == {
        name: count - 1 for name, count in names.items() if count > 1
    }


def seeds_only(net: Net) -> Net:
    """Return a net without anything but its seeds."""
    parts = ("block_producers", "snark_pools", "archive", "services", "genesis")
    document = {name: part for name, part in net.document.items() if name not in parts}
    ledger = {"genesis": {"ledger": "image"}} if "genesis" in net.document else {}
    return replace(net, document=document | ledger, keys={"libp2p": net.keys.get("libp2p", {})})
