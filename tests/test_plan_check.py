"""What planning finds wrong: regions, keys, names and ports that do not fit together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generator.finding import Finding, Location
from generator.fleet import Fleet
from generator.keys import KeyInventory, load_pools
from generator.plan import Allocations, Daemon, Plan, Role, make_plan, make_plans
from generator.plan.check import check_daemons
from tests.repository import (
    FLEET,
    LIBRARY,
    NOW,
    document,
    inventory,
    marked,
    net,
    read_fleet,
    read_net,
    rules,
    rules_in,
)

PATH = "environments/testnets/net.yaml"
LONG = "a" * 30
SMALL = "ports: 10000-19999"

# Rule, fields of a net in which it finds one thing at the mark, fields of one without fault.
CASES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "a region that no cluster serves": (
        "testnet/region",
        ("regions: [us-west-2, @@eu-north-1]",),
        ("regions: [us-west-2, eu-central-1]",),
    ),
    "a version of the library that is gone": (
        "overlays/version",
        ('overlays: @@"ffffffffffff"',),
        (f'overlays: "{LIBRARY}"',),
    ),
    "an unknown producer": (
        "keys/unknown",
        ("block_producers: [{name: a, stake: 1, keys: [b01, @@b99]}]",),
        ("block_producers: [{name: a, stake: 1, keys: [b01, b02]}]",),
    ),
    "an unknown seed": ("keys/unknown", ("seeds: {keys: [@@l99]}",), ("seeds: {keys: [l01]}",)),
    "an unknown coordinator": (
        "keys/unknown",
        ("snark_pools: [{name: a, key: @@s99}]",),
        ("snark_pools: [{name: a, key: s01}]",),
    ),
    "a coordinator with a producer's key": (
        "keys/kind",
        ("snark_pools: [{name: a, key: @@b01}]",),
        ("snark_pools: [{name: a, key: s02}]",),
    ),
    "a seed with a producer's key": (
        "keys/kind",
        ("seeds: {keys: [@@b01]}",),
        ("seeds: {keys: [l02]}",),
    ),
    "a producer with an account's key": (
        "keys/kind",
        ("block_producers: [{name: a, keys: [@@a01]}]",),
        ("block_producers: [{name: a, keys: [b03]}]",),
    ),
    "a key of an old format": (
        "keys/format",
        ("block_producers: [{name: a, keys: [@@d01]}]",),
        ("flavour: coda-dual", "block_producers: [{name: a, keys: [d01]}]"),
    ),
    "a key on an old curve": (
        "keys/curve",
        ("block_producers: [{name: a, keys: [@@x01]}]",),
        ("flavour: coda-libp2p", "block_producers: [{name: a, keys: [x01]}]"),
    ),
    "a key without a secret there": (
        "keys/reference",
        ("block_producers: [{name: a, keys: [@@only-aws], region: us-east1}]",),
        ("block_producers: [{name: a, keys: [only-aws], region: us-west-2}]",),
    ),
    "an identity without a secret there": (
        "keys/reference",
        ("seeds: {keys: [@@id-aws], region: us-east1}",),
        ("seeds: {keys: [id-aws], region: us-west-2}",),
    ),
    "one name for two daemons": (
        "testnet/daemon-name",
        ("block_producers: [{name: a, keys: [b-b01]}, {name: a-b, keys: [@@b01]}]",),
        ("block_producers: [{name: a, keys: [b-b01]}, {name: a-c, keys: [b01]}]",),
    ),
    "the name of the workers": (
        "testnet/daemon-name",
        (
            "block_producers: [{name: a, keys: [b-workers]}]",
            "snark_pools: [{key: s01, name: @@a-b, workers: 1}]",
        ),
        (
            "block_producers: [{name: a, keys: [b-workers]}]",
            "snark_pools: [{key: s01, name: a-b, workers: 0}]",
        ),
    ),
    "the name of a coordinator's Service": (
        "testnet/daemon-name",
        (
            "block_producers: [{name: a-coordinator, keys: [@@client]}]",
            "snark_pools: [{key: s01, name: a}]",
        ),
        (
            "block_producers: [{name: a-coordinator, keys: [graphql]}]",
            "snark_pools: [{key: s01, name: a}]",
        ),
    ),
    "the name of a driven daemon's Service": (
        "testnet/daemon-name",
        (
            "block_producers: [{name: a, keys: [b01]}, {name: a-b01, keys: [@@graphql]}]",
            "services: [payments]",
        ),
        ("block_producers: [{name: a, keys: [b01]}, {name: a-b01, keys: [graphql]}]",),
    ),
    "the name of a database": (
        "testnet/daemon-name",
        (
            "block_producers: [{name: archive-1, keys: [postgres]}]",
            "archive: @@{count: 1}",
        ),
        ("block_producers: [{name: archive-2, keys: [postgres]}]", "archive: {count: 1}"),
    ),
    "a name that is too long": (
        "testnet/name-length",
        (f"block_producers: [{{name: {LONG}, keys: [@@{'k' * 22}]}}]",),
        (f"block_producers: [{{name: {LONG}, keys: [{'k' * 21}]}}]",),
    ),
}


def keys() -> KeyInventory:
    """Return the pools, and keys with names and references of special kinds."""
    by_name = dict(inventory().keys)
    for name, kind in {
        "b-b01": "b70",
        "b-workers": "b71",
        "client": "b72",
        "graphql": "b73",
        "postgres": "b74",
        "k" * 22: "b75",
        "k" * 21: "b76",
    }.items():
        by_name[name] = replace(by_name[kind], name=name)
    for name, like in (("only-aws", "b69"), ("id-aws", "l20")):
        by_name[name] = replace(by_name[like], name=name, references={"aws": name})
    return KeyInventory(by_name)


def find(text: str, fleet: Fleet | None = None) -> tuple[Plan, tuple[Finding, ...]]:
    """Return the plan of a net, and what planning finds."""
    testnet = read_net(marked(PATH, text)[0])
    return make_plan(
        testnet, fleet or read_fleet(), keys(), Allocations(), now=NOW, overlays=LIBRARY
    )


@pytest.mark.parametrize("case", CASES)
def test_mistake_is_found_at_its_place(case: str) -> None:
    rule, bad, good = CASES[case]
    text, at = marked(PATH, net(*bad))
    assert rules(find(text)[1]) == [(rule, at)]
    assert find(net(*good))[1] == ()


def test_every_rule_has_its_case() -> None:
    elsewhere = {"network/ports", "network/port-moves", "keys/unique"} | {
        f"genesis/{name}" for name in ("frozen", "generation", "size", "account", "account-twice")
    }
    assert {rule for rule, *_ in CASES.values()} | elsewhere == rules_in("plan")


@pytest.mark.parametrize(
    ("case", "advice"),
    [
        ("an unknown producer", 'Did you mean "b69"?'),
        ("an unknown seed", 'Did you mean "l19"?'),
        ("a coordinator with a producer's key", "testnet keys --free --kind snark"),
        ("a key of an old format", "of format B62q"),
        ("a key without a secret there", "add `gcp` to the pool's secrets"),
        ("a region that no cluster serves", "Choose from: eu-central-1, us-east1, us-west-2."),
        ("a name that is too long", "Shorten the name"),
    ],
)
def test_finding_says_what_to_do(case: str, advice: str) -> None:
    [finding] = find(net(*CASES[case][1]))[1]
    assert advice in finding.remediation
    assert finding.subject


def test_misspelt_region_has_a_hint() -> None:
    [finding] = find(net("regions: [us-west2]"))[1]
    assert 'Did you mean "us-west-2"?' in finding.remediation


@pytest.mark.parametrize(
    "field", ["regions: [moon-base-9]", "block_producers: [{name: a, keys: [zzzzzz]}]"]
)
def test_hint_is_left_out_where_nothing_is_near(field: str) -> None:
    [finding] = find(net(field))[1]
    assert "Did you mean" not in finding.remediation


def test_unknown_range_is_one_finding() -> None:
    [finding] = find(net("block_producers: [{name: a, keys: [b97..b99]}]"))[1]
    assert finding.message.startswith('key "b97" and 2 more of its range are in no pool')


def test_keys_are_judged_where_no_cluster_is() -> None:
    """A region that nobody serves does not hide what else is wrong."""
    text = net("regions: [eu-north-1]", "block_producers: [{name: a, keys: [b99, a01]}]")
    assert [rule for rule, _ in rules(find(text)[1])] == [
        "testnet/region",
        "keys/unknown",
        "keys/kind",
    ]


def test_ports_run_out() -> None:
    fleet = read_fleet(FLEET.replace(SMALL, "ports: 10000-10003", 1))
    full = net("regions: [us-west-2]", "block_producers: [{name: a, keys: [b01..b02]}]")
    assert find(full, fleet)[1] == ()
    text = full.replace("b01..b02", "b01, b02, @@b03")
    plan, findings = find(text, fleet)
    assert rules(findings) == [("network/ports", marked(PATH, text)[1])]
    assert '"west" has no host port left for "a-b03"' in findings[0].message
    assert str(findings[0].related[0].at) == "environments/fleet.yaml:10:5"
    assert len(plan.daemons) == 5


def test_pair_of_ports_runs_out_where_single_ones_are_left() -> None:
    fleet = read_fleet(FLEET.replace(SMALL, "ports: 10000-10002", 1))
    text = net("regions: [us-west-2]", "flavour: coda-kademlia", "seeds: @@{count: 2}")
    assert rules(find(text, fleet)[1]) == [("network/ports", marked(PATH, text)[1])]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (
            "block_producers: [{name: a, keys: [b01]}]",
            "block_producers: [{name: a, keys: [@@b01]}]",
        ),
        ("seeds: {keys: [l01]}", "seeds: {keys: [@@l01]}"),
        ("snark_pools: [{name: s, key: s01}]", "snark_pools: [{key: s01, name: @@s}]"),
    ],
)
def test_key_has_one_holder_over_all_nets(one: str, two: str) -> None:
    first = net("name: one", "seeds: {keys: [l02]}", one)
    path = "environments/testnets/two.yaml"
    text, at = marked(path, net("name: two", "seeds: {keys: [l03]}", two))
    nets = [read_net(text), read_net(first)]
    _, findings = make_plans(nets, read_fleet(), keys(), Allocations(), now=NOW, overlays=LIBRARY)
    assert rules(findings) == [("keys/unique", at)]
    assert findings[0].related[0].at.path == "environments/testnets/one.yaml"
    assert "fork" in findings[0].why


def test_same_key_under_two_names_is_one_key() -> None:
    pools = {"one": "b: ", "two": "c: "}
    text = inventory().keys["b01"].text
    documents = [
        document(
            f"environments/keys/{pool}.yaml",
            f"pool: {pool}\nowner: x\nsecrets: {{aws: '{{name}}'}}\n"
            f"keys:\n  block-producer:\n    {name}{text}\n",
        )
        for pool, name in pools.items()
    ]
    assert [finding.rule for finding in load_pools(documents)[1]] == ["keys/same-key"]


def long_name(role: Role, length: int) -> tuple[Daemon, tuple[Finding, ...]]:
    """Return a daemon with a name of this length, and what is found wrong with it."""
    plan, _ = find(net())
    daemon = replace(plan.daemons[0], name="x" * length, role=role, at=Location(PATH))
    return daemon, tuple(check_daemons(plan.testnet, (daemon,)))


@pytest.mark.parametrize(("role", "fits"), [(Role.SEED, 52), (Role.ARCHIVE, 43)])
def test_name_leaves_room_for_what_kubernetes_adds(role: Role, fits: int) -> None:
    assert long_name(role, fits)[1] == ()
    [finding] = long_name(role, fits + 1)[1]
    assert finding.message.endswith(f"name has {fits + 1} characters, and {fits} fit")


def test_host_name_fits() -> None:
    daemon, _ = long_name(Role.SEED, 10)
    testnet = find(net())[0].testnet
    assert not list(check_daemons(testnet, (replace(daemon, public_name="x" * 253),)))
    [finding] = check_daemons(testnet, (replace(daemon, public_name="x" * 254),))
    assert "DNS name is too long" in finding.message
