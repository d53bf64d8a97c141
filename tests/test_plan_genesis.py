"""The genesis of a net: its accounts, and that it stays as it was published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from generator.finding import Finding
from generator.plan import Allocations, Plan, make_plan
from tests.allocation import publish
from tests.repository import LIBRARY, NOW, inventory, marked, net, read_fleet, read_net

Planner = Callable[..., tuple[Plan, ...]]

PATH = "environments/testnets/net.yaml"
LATER = NOW + timedelta(days=10)


def whales(keys: str, stake: str = "10") -> str:
    """Return a field with one group of producers that have a stake."""
    return f'block_producers: [{{name: p, keys: [{keys}], stake: "{stake}"}}]'


def accounts(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return the accounts of daemon.json by public key."""
    ledger = json.loads(plan.genesis.text)["ledger"]
    assert ledger["name"] == plan.name
    return {account["pk"]: account for account in ledger["accounts"]}


def public(name: str) -> str:
    """Return the public key of a name."""
    return inventory().keys[name].text


def find(text: str, published: Allocations | None = None) -> tuple[Finding, ...]:
    """Return what planning a net finds, much later than it was published."""
    testnet = read_net(marked(PATH, text)[0])
    allocations = published or Allocations()
    fleet, keys = read_fleet(), inventory()
    return make_plan(testnet, fleet, keys, allocations, now=LATER, overlays=LIBRARY)[1]


def test_ledger_has_an_account_for_each_stake(plans: Planner) -> None:
    groups = (
        'block_producers: [{name: p, keys: [b01..b02], stake: "1000000.5"},'
        ' {name: q, keys: [b03], stake: "0"}, {name: r, keys: [b04]},'
        ' {name: s, keys: [b05], stake: "0.000000001"}]'
    )
    [plan] = plans(net(groups))
    stakes = {"b01": "1000000.5", "b02": "1000000.5", "b05": "0.000000001"}
    assert list(accounts(plan).values()) == [
        {"pk": public(name), "sk": None, "balance": stake, "delegate": None}
        for name, stake in stakes.items()
    ]


def test_ledger_has_extra_accounts(plans: Planner) -> None:
    extra = (
        f"genesis: {{accounts: [{{key: a01, balance: 0.00000006, delegate: b01}},"
        f" {{public_key: {public('a02')}, balance: 7, delegate: {public('b02')}}}]}}"
    )
    [plan] = plans(net(whales("b01"), extra))
    assert list(accounts(plan)) == [public("b01"), public("a01"), public("a02")]
    first, second = list(accounts(plan).values())[1:]
    assert (first["balance"], first["delegate"]) == ("0.00000006", public("b01"))
    assert (second["balance"], second["delegate"]) == ("7", public("b02"))


def test_constants_are_in_the_genesis(plans: Planner) -> None:
    [plan] = plans(net("genesis: {slot: 20s, k: 10, delta: 0, slots_per_epoch: 480}"))
    genesis = json.loads(plan.genesis.text)
    assert genesis["proof"] == {"block_window_duration_ms": 20000}
    assert genesis["genesis"] == {
        "genesis_state_timestamp": "2026-12-01T12:30:00Z",
        "k": 10,
        "delta": 0,
        "slots_per_epoch": 480,
    }
    assert plan.genesis.digest == hashlib.sha256(plan.genesis.text.encode()).hexdigest()


def test_one_account_a_line(plans: Planner) -> None:
    [plan] = plans(net(whales("b01..b03")))
    lines = plan.genesis.text.splitlines()
    assert [json.loads(line.rstrip(","))["pk"] for line in lines[1:-1]] == [
        public(name) for name in ("b01", "b02", "b03")
    ]


@pytest.mark.parametrize(
    ("time", "now", "genesis"),
    [
        ("auto", NOW, "2026-12-01T12:30:00Z"),
        ("auto", NOW + timedelta(seconds=1), "2026-12-01T12:31:00Z"),
        ("auto", NOW + timedelta(microseconds=1), "2026-12-01T12:30:00Z"),
        ("auto", NOW.astimezone(timezone(timedelta(hours=5))), "2026-12-01T12:30:00Z"),
        ("2027-01-01T00:00:00+05:30", NOW, "2026-12-31T18:30:00Z"),
        ("2027-01-01T00:00:00Z", NOW, "2027-01-01T00:00:00Z"),
    ],
)
def test_time_is_in_utc(plans: Planner, time: str, now: datetime, genesis: str) -> None:
    [plan] = plans(net(f'genesis: {{time: "{time}"}}'), now=now)
    assert plan.genesis.time == genesis
    assert plan.published == NOW.replace(second=now.second)
    assert plan.published.tzinfo is UTC


def test_net_expires_after_its_first_publish(plans: Planner) -> None:
    qa, public_net = net("ttl: 72h"), net("name: open", "purpose: public", "seeds: {keys: [l03]}")
    made = plans(qa, public_net.replace("ttl: 1d\n", ""))
    assert [plan.expires for plan in made] == [NOW + timedelta(hours=72), None]
    again = plans(net("ttl: 73h"), now=LATER, published=publish(made))
    assert (again[0].published, again[0].expires) == (NOW, NOW + timedelta(hours=73))


def test_published_genesis_stays(plans: Planner) -> None:
    made = plans(net(whales("b01..b02")))
    [plan] = plans(net(whales("b01..b02")), now=LATER, published=publish(made))
    assert plan.genesis == made[0].genesis


def test_account_of_a_removed_producer_stays(plans: Planner) -> None:
    made = plans(net(whales("b01..b02")))
    [plan] = plans(net(whales("b02")), now=LATER, published=publish(made))
    assert plan.genesis == made[0].genesis
    assert [daemon.name for daemon in plan.daemons if daemon.stake] == ["p-b02"]
    # And it may come back with the same stake.
    [plan] = plans(net(whales("b01..b02")), now=LATER, published=publish([plan]))
    assert plan.genesis == made[0].genesis


def test_producer_without_stake_may_come_later(plans: Planner) -> None:
    made = plans(net(whales("b01")))
    more = whales("b01")[:-1] + ", {name: q, keys: [b02]}]"
    [plan] = plans(net(more), now=LATER, published=publish(made))
    assert plan.genesis == made[0].genesis
    assert plan.daemons[-1].name == "q-b02"


def test_raised_generation_restarts_the_chain(plans: Planner) -> None:
    made = plans(net(whales("b01")))
    restarted = net(whales("b01..b02", "20"), "genesis: {generation: 2}")
    [plan] = plans(restarted, now=LATER, published=publish(made))
    assert set(accounts(plan)) == {public("b01"), public("b02")}
    assert plan.genesis.time == "2026-12-11T12:30:00Z"
    assert plan.genesis.generation == 2
    assert plan.published == NOW
    assert {daemon.claim for daemon in plan.daemons if daemon.stake} == {"p-b01-g2", "p-b02-g2"}


FROZEN = {
    "a new account": (whales("b01..b02"), "1 accounts are new"),
    "another stake": (whales("b01", "11"), "1 accounts are different"),
    "an extra account": (
        whales("b01") + "\ngenesis: {accounts: [{key: a01, balance: 1}]}",
        "1 accounts are new",
    ),
    "another time": (
        whales("b01") + '\ngenesis: {time: "2027-01-01T00:00:00Z"}',
        "would change: genesis",
    ),
    "another constant": (whales("b01") + "\ngenesis: {k: 10}", "would change: genesis"),
    "another slot": (whales("b01") + "\ngenesis: {slot: 1m}", "would change: proof"),
    "a ledger of the image": (
        "block_producers: [{name: p, keys: [b01]}]\ngenesis: {ledger: image}",
        "from another place",
    ),
}


@pytest.mark.parametrize("case", FROZEN)
def test_published_genesis_is_frozen(plans: Planner, case: str) -> None:
    fields, message = FROZEN[case]
    published = publish(plans(net(whales("b01"))))
    text, at = marked(PATH, net(fields.replace("genesis: ", "genesis: @@")))
    [finding] = find(text, published)
    assert finding.rule == "genesis/frozen"
    assert message in finding.message
    assert "genesis.generation" in finding.remediation
    assert str(finding.at) == str(at or f"{PATH}:1:1")
    assert not find(net(whales("b01")), published)


def test_lost_genesis_is_written_anew_if_it_is_the_same(plans: Planner) -> None:
    made = plans(net(whales("b01")))
    nets = {n: replace(kept, genesis="") for n, kept in publish(made).nets.items()}
    lost = Allocations(nets=nets)
    [again] = plans(net(whales("b01")), now=LATER, published=lost)
    assert again.genesis == made[0].genesis
    [finding] = find(net(whales("b01..b02")), lost)
    assert (finding.rule, "is lost" in finding.message) == ("genesis/frozen", True)


def test_ledger_of_the_image_is_frozen_too(plans: Planner) -> None:
    image = net("block_producers: [{name: p, keys: [b01]}]", "genesis: {ledger: image}")
    made = plans(image)
    assert (made[0].genesis.text, made[0].genesis.digest) == ("", "")
    assert not find(image, publish(made))
    [finding] = find(net(whales("b01")), publish(made))
    assert finding.rule == "genesis/frozen"


def test_generation_never_goes_back(plans: Planner) -> None:
    published = publish(plans(net(whales("b01"), "genesis: {generation: 3}")))
    text, at = marked(PATH, net(whales("b01"), "genesis: {generation: @@2}"))
    [finding] = find(text, published)
    assert (finding.rule, finding.at) == ("genesis/generation", at)
    [finding] = find(net(whales("b01")), published)
    assert finding.message == "the generation goes back from 3 to 1"


def test_genesis_that_fits_no_config_maps_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.plan.genesis.LARGEST_GENESIS", 100)
    text, at = marked(PATH, net(whales("b01"), "genesis: @@{generation: 1}"))
    [finding] = find(text)
    assert (finding.rule, finding.at) == ("genesis/size", at)
    assert "100 fit" in finding.message


def test_account_twice_is_found(plans: Planner) -> None:
    assert plans(net(whales("b01"), "genesis: {accounts: [{key: a01, balance: 1}]}"))
    for account in ("key: b01", f"public_key: {public('b01')}"):
        fields = f"genesis:\n  accounts:\n    - @@{{{account}, balance: 1}}"
        text, at = marked(PATH, net(whales("b01"), fields))
        [finding] = find(text)
        assert (finding.rule, finding.at) == ("genesis/account-twice", at)
        assert str(finding.related[0].at) == f"{PATH}:9:36"


LONG = "y" * 30
BAD_ACCOUNTS = {
    "an unknown name": ("key: a99, balance: 1", '"a99" is neither'),
    "an unknown delegate": ("key: a01, balance: 1, delegate: nobody", '"nobody" is neither'),
    "a long name": (f"key: {'y' * 30}, balance: 1", f'"{"y" * 30}" is neither'),
    "a short text": ("public_key: hello, balance: 1", '"hello" is neither'),
    "a slip": (f"public_key: {'B62q' + 'x' * 51}, balance: 1", "ledger has a wrong checksum"),
    "a private key": (f"public_key: {'EK' + 'x' * 70}, balance: 1", "is a private key"),
    "a peer id": ("key: l09, balance: 1", "is a libp2p peer id"),
    "an old format": ("key: d01, balance: 1", "has format tdN, which mina cannot read"),
    "an old curve": ("key: x01, balance: 1", "is a point of Tweedle"),
    "a delegate on an old curve": ("key: a01, balance: 1, delegate: x01", "is a point of Tweedle"),
}


@pytest.mark.parametrize("case", BAD_ACCOUNTS)
def test_account_needs_a_public_key_that_the_daemon_can_read(case: str) -> None:
    account, message = BAD_ACCOUNTS[case]
    text, at = marked(PATH, net(f"genesis: {{accounts: [@@{{{account}}}]}}"))
    [finding] = find(text)
    assert (finding.rule, finding.at) == ("genesis/account", at)
    assert message in finding.message
    assert "xxx" not in finding.message


def test_account_of_an_older_flavour_may_be_on_its_curve(plans: Planner) -> None:
    extra = "genesis: {accounts: [{key: x01, balance: 1}, {key: v01, balance: 1}]}"
    assert plans(net("flavour: coda-libp2p", extra))
