"""What `generator.testnet` reads from a file: ranges, amounts, defaults, flags."""

from __future__ import annotations

from decimal import Decimal

import pytest

from generator.fleet import AddressMode
from generator.testnet import Resources, model
from generator.testnet.ranges import LARGEST_RANGE, BadRange, expand_range
from tests.repository import IMAGE, net, read_net


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("b1", ["b1"]),
        ("b1..b1", ["b1"]),
        ("b9..b11", ["b9", "b10", "b11"]),
        ("b08..b10", ["b08", "b09", "b10"]),
        ("a-1-1..a-1-2", ["a-1-1", "a-1-2"]),
        ("1..2", ["1", "2"]),
    ],
)
def test_range_is_expanded(text: str, names: list[str]) -> None:
    assert list(expand_range(text)) == names


@pytest.mark.parametrize(
    ("text", "reason", "meant"),
    [
        ("b..b2", "needs a number at the end of both names", 2),
        ("b1..b", "needs a number at the end of both names", 2),
        ("a1..b2", 'changes its prefix from "a" to "b"', 2),
        ("b08..b9", "mixes numbers of different width", 2),
        ("b08..b100", "mixes numbers of different width", 2),
        ("b2..b1", "runs backwards", 2),
        ("b10..b9", "runs backwards", 2),
        ("b010..b09", "runs backwards", 2),
        ("b6..b1", "runs backwards", 6),
        (f"b1..b{LARGEST_RANGE + 1}", "holds more than", 1),
        ("b1..b1000000000", "holds more than", 1),
        ("b1000000000..b1", "holds more than", 1),
    ],
)
def test_bad_range_says_why(text: str, reason: str, meant: int) -> None:
    with pytest.raises(BadRange, match=reason) as caught:
        expand_range(text)
    assert text in str(caught.value)
    assert len(caught.value.names) == meant


def test_largest_range_is_taken() -> None:
    assert len(expand_range(f"b1..b{LARGEST_RANGE}")) == LARGEST_RANGE


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0.00000006", "0.00000006"),
        ('"0.025"', "0.025"),
        ("10", "10"),
        ('"1000000"', "1000000"),
        ("2.50", "2.5"),
        ("0.0", "0"),
        ('"007"', "7"),
        ("9999999999", "9999999999"),
    ],
)
def test_amount_keeps_its_digits(written: str, read: str) -> None:
    testnet = read_net(
        net(
            f"block_producers: [{{name: a, keys: [b01], stake: {written}}}]",
            f"snark_pools: [{{name: s, key: s01, fee: {written}}}]",
            f"genesis: {{accounts: [{{key: a01, balance: {written}}}]}}",
        )
    )
    [group], [pool], [account] = (
        testnet.block_producers,
        testnet.snark_pools,
        testnet.genesis.accounts,
    )
    assert (group.stake, pool.fee, account.balance) == (read, read, read)
    assert model.amount(group.stake) == Decimal(read)


def test_no_amount_is_nothing() -> None:
    testnet = read_net(net("block_producers: [{name: a, keys: [b01]}]"))
    assert testnet.block_producers[0].stake == ""
    assert model.amount("") == 0


def test_short_file_has_defaults() -> None:
    testnet = read_net(net())
    assert (testnet.ttl, testnet.min_rtt, testnet.availability) == (86400, 0, "high")
    assert (testnet.genesis.time, testnet.genesis.slot, testnet.genesis.generation) == (
        "auto",
        180,
        1,
    )
    assert testnet.genesis.ledger_file
    assert not testnet.open_udp
    assert not testnet.block_producers
    assert testnet.archive is None
    assert [use.name for use in testnet.key_uses] == ["l01", "l02"]
    assert testnet.seeds[0].name == "seed"
    assert testnet.seeds[0].spread.regions == testnet.regions


def test_every_field_is_read() -> None:
    testnet = read_net(
        net(
            "availability: single",
            "distance: {min_rtt: 60ms}",
            "open_udp: true",
            "addresses: load-balancer",
            'genesis: {time: "2026-12-01T12:00:00+01:00", slot: 20s, generation: 3, k: 290,'
            " slots_per_epoch: 7140}",
            "seeds: [{name: s, count: 1, keys: [l01]}, {name: t, keys: [l02]}]",
            "snark_pools: [{name: p, key: s01, workers: 3, work_selection: seq,"
            " worker_resources: {cpu: 0.5, memory: 1Gi}}]",
            f'archive: {{image: "{IMAGE}", postgres: {{memory: 2Gi}}, address: host-port}}',
            "services: [payments, {name: pay, kind: payments, target: a}]",
            "block_producers: [{name: a, keys: [b01..b02]}]",
        )
    )
    assert (testnet.availability, testnet.min_rtt, testnet.open_udp) == ("single", 60, True)
    assert testnet.defaults.address is AddressMode.LOAD_BALANCER
    assert testnet.genesis.constants == (("k", 290), ("slots_per_epoch", 7140))
    assert (testnet.genesis.slot, testnet.genesis.generation) == (20, 3)
    assert [group.name for group in testnet.seeds] == ["s", "t"]
    [pool] = testnet.snark_pools
    assert (pool.workers, pool.work_selection, pool.fee) == (3, "seq", "0")
    assert pool.worker_resources == Resources(cpu="0.5", memory="1Gi")
    archive = testnet.archive
    assert archive is not None
    assert archive.image == IMAGE
    assert not archive.overrides.image
    assert archive.overrides.address is AddressMode.HOST_PORT
    assert archive.postgres == Resources(memory="2Gi", storage="100Gi")
    assert [(s.name, s.kind, s.target) for s in testnet.services] == [
        ("payments", "payments", ""),
        ("pay", "payments", "a"),
    ]


def test_flags_keep_what_was_written() -> None:
    flags = "{a: 0.5, b: true, c: [x, z], d: null, e: x, f: 100, g: false, isolate-network: false}"
    testnet = read_net(net(f"defaults: {{flags: {flags}}}"))
    assert dict(testnet.defaults.flags) == {
        "a": "0.5",
        "b": True,
        "c": ("x", "z"),
        "d": None,
        "e": "x",
        "f": "100",
        "g": False,
        # This one takes the words, as the daemon's command line does.
        "isolate-network": "false",
    }


@pytest.mark.parametrize(
    ("flavour", "from_file"),
    [("coda-kademlia", False), ("coda-dual", False), ("coda-libp2p", True), ("mina", True)],
)
def test_ledger_is_where_the_flavour_has_it(flavour: str, *, from_file: bool) -> None:
    seeds = "seeds: {count: 1}" if flavour == "coda-kademlia" else "seeds: {keys: [l01]}"
    assert read_net(net(f"flavour: {flavour}", seeds)).genesis.ledger_file is from_file
