"""What `generator.testnet` finds wrong in a file, each thing at its place."""

from __future__ import annotations

import pytest

from generator.testnet import load_testnet, model
from tests.repository import document, marked, net, rules, rules_in

PATH = "environments/testnets/net.yaml"
WHALES = "block_producers: [{name: whale, keys: [b01..b02]}]"
KADEMLIA = ("flavour: coda-kademlia", "seeds: {count: 2}")
# Rule, fields of a net in which it finds one thing at the mark, fields of one without fault.
Case = tuple[str, tuple[str, ...], tuple[str, ...]]


def load(*fields: str, path: str = PATH) -> tuple[model.Testnet | None, list[tuple[str, str]], str]:
    """Return the testnet, rule and place of each finding, and the place that is marked."""
    text, at = marked(path, net(*fields))
    testnet, findings = load_testnet(document(path, text))
    return testnet, [(rule, str(at)) for rule, at in rules(findings)], str(at)


CASES: dict[str, Case] = {
    "two groups": (
        "testnet/name-twice",
        ("block_producers: [{name: a, keys: [b01]}, {name: @@a, keys: [b02]}]",),
        ("block_producers: [{name: a, keys: [b01]}, {name: b, keys: [b02]}]",),
    ),
    "a group and the seeds": (
        "testnet/name-twice",
        ("block_producers: [{name: @@seed, keys: [b01]}]",),
        ("block_producers: [{name: seed, keys: [b01]}]", "seeds: {name: s, keys: [l01]}"),
    ),
    "a pool and a service": (
        "testnet/name-twice",
        (
            WHALES,
            "snark_pools: [{name: a, key: s01}]",
            "services: [@@{name: a, kind: payments}]",
        ),
        (
            WHALES,
            "snark_pools: [{name: a, key: s01}]",
            "services: [{name: b, kind: payments}]",
        ),
    ),
    "a key in a list": (
        "testnet/key-twice",
        ("block_producers: [{name: a, keys: [b01..b03, @@b02]}]",),
        ("block_producers: [{name: a, keys: [b01..b03, b04]}]",),
    ),
    "a key of two roles": (
        "testnet/key-twice",
        (WHALES, "snark_pools:\n  - name: a\n    key: @@b01"),
        (WHALES, "snark_pools:\n  - name: a\n    key: s01"),
    ),
    "a group elsewhere": (
        "testnet/region",
        ("block_producers: [{name: a, keys: [b01], region: @@us-west-1}]",),
        ("block_producers: [{name: a, keys: [b01], region: us-west-2}]",),
    ),
    "a pool elsewhere": (
        "testnet/region",
        ("snark_pools: [{name: a, key: s01, region: @@us-west-1}]",),
        ("snark_pools: [{name: a, key: s01, region: us-west-2}]",),
    ),
    "an archive elsewhere": (
        "testnet/region",
        ("archive: {count: 1, regions: [us-west-2, @@moon-base-1]}",),
        ("archive: {count: 1, regions: [us-west-2, us-east1]}",),
    ),
    "a daemon elsewhere": (
        "testnet/region",
        ("block_producers: [{name: a, keys: [b01], overrides: {@@b01: {region: moon-base-1}}}]",),
        ("block_producers: [{name: a, keys: [b01], overrides: {b01: {region: us-west-2}}}]",),
    ),
    "counts of a group": (
        "testnet/region-counts",
        ("block_producers: [{name: a, keys: [b01..b03], regions: @@{us-west-2: 2}}]",),
        ("block_producers: [{name: a, keys: [b01..b03], regions: {us-west-2: 3}}]",),
    ),
    "counts of the archive": (
        "testnet/region-counts",
        ("archive: {count: 1, regions: @@{us-west-2: 1, us-east1: 1}}",),
        ("archive: {count: 2, regions: {us-west-2: 1, us-east1: 1}}",),
    ),
    "seeds without keys": (
        "testnet/seed-keys",
        ("seeds:\n  @@count: 2",),
        ("seeds:\n  count: 2\n  keys: [l01..l02]",),
    ),
    "seeds of Kademlia with keys": (
        "testnet/seed-keys",
        ("flavour: coda-kademlia", "seeds: {keys: [@@l01]}"),
        KADEMLIA,
    ),
    "a ledger that cannot be read": (
        "genesis/ledger",
        (*KADEMLIA, "genesis: {ledger: @@file}"),
        (*KADEMLIA, "genesis: {ledger: image}"),
    ),
    "a stake in a ledger of the image": (
        "genesis/ledger",
        (
            "genesis: {ledger: image}",
            'block_producers:\n  - name: a\n    keys: [b01]\n    stake: @@"1"',
        ),
        ("genesis: {ledger: image}", "block_producers: [{name: a, keys: [b01]}]"),
    ),
    "an account in a ledger of the image": (
        "genesis/ledger",
        ("genesis: {ledger: image, accounts: [@@{key: a01, balance: 1}]}",),
        ("genesis: {accounts: [{key: a01, balance: 1}]}",),
    ),
    "a day that is not": (
        "genesis/time",
        ('genesis: {time: @@"2026-02-30T00:00:00Z"}',),
        ('genesis: {time: "2026-02-28T00:00:00Z"}',),
    ),
    "a year that is not": (
        "genesis/time",
        ('genesis: {time: @@"0000-01-01T00:00:00Z"}',),
        ('genesis: {time: "2026-01-01T00:00:00-08:00"}',),
    ),
    "a moment before all": (
        "genesis/time",
        ('genesis: {time: @@"0001-01-01T00:00:00+14:00"}',),
        ('genesis: {time: "2026-01-01T00:00:00+14:00"}',),
    ),
    "a work selection": (
        "pools/work-selection",
        (
            "flavour: coda-libp2p",
            "snark_pools: [{key: s01, name: a, work_selection: @@roffset}]",
        ),
        ("snark_pools: [{key: s01, name: a, work_selection: roffset}]",),
    ),
    "a fee with decimals": (
        "pools/fee",
        (*KADEMLIA, 'snark_pools: [{key: ds01, name: a, fee: @@"0.5"}]'),
        (*KADEMLIA, 'snark_pools: [{key: ds01, name: a, fee: "5"}]'),
    ),
    "a service without producers": (
        "testnet/service-target",
        ("services: [@@payments]",),
        ("services: [payments]", WHALES),
    ),
    "a service of a strange group": (
        "testnet/service-target",
        (WHALES, "services: [@@{name: payments, target: whael}]"),
        (WHALES, "services: [{name: payments, target: whale}]"),
    ),
    "a service too many": (
        "testnet/service-target",
        (
            "block_producers: [{name: whale, keys: [b01]}]",
            "services: [payments, @@{name: b, kind: payments}]",
        ),
        (WHALES, "services: [payments, {name: b, kind: payments}]"),
    ),
    "a flag of the planner": (
        "testnet/managed-flag",
        ("block_producers: [{keys: [b01], name: a, flags: {x: x, @@external-port: 8302}}]",),
        ("block_producers: [{keys: [b01], name: a, flags: {max-connections: 8}}]",),
    ),
    "a flag of the planner for all": (
        "testnet/managed-flag",
        ("defaults: {flags: {@@peer: x}}",),
        ("defaults: {flags: {max-connections: 8}}",),
    ),
    "a flag of the planner for a pool": (
        "testnet/managed-flag",
        ("snark_pools: [{key: s01, name: a, flags: {@@work-selection: seq}}]",),
        ("snark_pools: [{key: s01, name: a, flags: {max-connections: 8}}]",),
    ),
    "a flag of the planner for one daemon": (
        "testnet/managed-flag",
        ("block_producers: [{name: a, keys: [b01], overrides: {b01: {flags: {@@peer: x}}}}]",),
        ("block_producers: [{name: a, keys: [b01], overrides: {b01: {flags: {x: x}}}}]",),
    ),
    "a flag of the planner for the archive": (
        "testnet/managed-flag",
        ("archive: {flags: {@@archive-address: x}}",),
        ("archive: {flags: {max-connections: 8}}",),
    ),
    "load balancers for Kademlia": (
        "network/address",
        (*KADEMLIA, "addresses: @@load-balancer"),
        (*KADEMLIA, "addresses: host-port"),
    ),
    "a load balancer for a Kademlia group": (
        "network/address",
        (
            *KADEMLIA,
            "block_producers: [{name: a, keys: [d01], address: @@load-balancer}]",
        ),
        (*KADEMLIA, "block_producers: [{name: a, keys: [d01], address: host-port}]"),
    ),
    "overrides of nobody": (
        "testnet/override",
        ("block_producers: [{name: a, keys: [b01], overrides: {@@b02: {log_level: Warn}}}]",),
        ("block_producers: [{name: a, keys: [b01], overrides: {b01: {log_level: Warn}}}]",),
    ),
    "overrides of a seed without key": (
        "testnet/override",
        ("flavour: coda-kademlia", 'seeds: {count: 2, overrides: {@@"3": {log_level: Warn}}}'),
        ("flavour: coda-kademlia", 'seeds: {count: 2, overrides: {"2": {log_level: Warn}}}'),
    ),
    "count and keys": (
        "testnet/count",
        ("seeds: {count: @@3, keys: [l01..l02]}",),
        ("seeds: {count: 2, keys: [l01..l02]}",),
    ),
    "a range that runs backwards": (
        "testnet/key-range",
        ("block_producers: [{name: a, keys: [b07, @@b06..b01]}]",),
        ("block_producers: [{name: a, keys: [b07, b01..b06]}]",),
    ),
    "a range that runs backwards, of all seeds": (
        "testnet/key-range",
        ("seeds: {count: 2, keys: [@@l02..l01]}",),
        ("seeds: {count: 2, keys: [l01..l02]}",),
    ),
    "a range that runs backwards, with counts": (
        "testnet/key-range",
        (
            "block_producers: [{name: a, keys: [@@b02..b01], regions: {us-east1: 2}}]",
            "services: [payments]",
        ),
        ("block_producers: [{name: a, keys: [b01..b02], regions: {us-east1: 2}}]",),
    ),
    "a stake with ten decimals": (
        "testnet/amount",
        ("block_producers: [{name: a, keys: [b01], stake: @@0.0000000001}]",),
        ("block_producers: [{name: a, keys: [b01], stake: 0.000000001}]",),
    ),
    "a fee with ten decimals": (
        "testnet/amount",
        ("snark_pools: [{name: a, key: s01, fee: @@0.0000000001}]",),
        ("snark_pools: [{name: a, key: s01, fee: 0.0000000010}]",),
    ),
    "a balance with ten decimals": (
        "testnet/amount",
        ("genesis: {accounts: [@@{key: a01, balance: 1.0000000001}]}",),
        ("genesis: {accounts: [{key: a01, balance: 1.000000001}]}",),
    ),
    "a name unlike the file's": (
        "testnet/file-name",
        ("name: @@other",),
        ("name: net",),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_mistake_is_found_at_its_place(case: str) -> None:
    rule, bad, good = CASES[case]
    testnet, findings, at = load(*bad)
    assert testnet is not None
    assert findings == [(rule, at)]
    assert load(*good)[1] == []


def test_every_rule_has_its_case() -> None:
    assert {rule for rule, _, _ in CASES.values()} == rules_in("testnet")


def test_wrong_shape_is_all_that_is_said() -> None:
    testnet, findings, at = load("flavour: @@lisp", WHALES, "services: [payments, payments]")
    assert testnet is None
    assert [place for _, place in findings] == [at]


@pytest.mark.parametrize(
    ("fields", "advice"),
    [
        (CASES["a group elsewhere"][1], 'Did you mean "us-west-2"?'),
        (CASES["a daemon elsewhere"][1], "one of them."),
        (CASES["a service of a strange group"][1], 'Did you mean "whale"?'),
        (CASES["a service without producers"][1], "Add a group of block producers"),
        (CASES["overrides of nobody"][1], 'Did you mean "b01"?'),
        (CASES["counts of a group"][1], "add up to 3."),
        (CASES["count and keys"][1], "list 3 keys"),
        (CASES["a work selection"][1], "Choose one of: seq, rand."),
    ],
)
def test_finding_says_what_to_do(fields: tuple[str, ...], advice: str) -> None:
    text, _ = marked(PATH, net(*fields))
    [finding] = load_testnet(document(PATH, text))[1]
    assert advice in finding.remediation
    assert finding.subject
