"""Claims of states, what a change adds, and the conflicts between changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.claims import (
    Claim,
    Kind,
    Limits,
    added_claims,
    find_conflicts,
    read_claims,
    read_limits,
)
from generator.fleet import Fleet
from generator.keys import Key, KeyInventory
from generator.plan import Allocations, DaemonAllocation, NetAllocation, make_plans
from generator.plan.genesis import chain_identity
from tests.repository import FLEET, LIBRARY, NOW, inventory, net, read_fleet, read_net

NOTHING = Allocations()
SEEDS = {"one": "l01", "two": "l02", "three": "l03", "four": "l04"}


def small(name: str, keys: str, *fields: str, seed: str = "") -> str:
    """Return a net of one producer a key, with a seed of its own unless a test names it."""
    return net(
        f"name: {name}",
        "regions: [us-west-2]",
        "availability: single",
        f"seeds: {{keys: [{seed or SEEDS[name]}]}}",
        f'block_producers: [{{name: whale, keys: [{keys}], stake: "0"}}]',
        *fields,
    )


def claims(
    *texts: str,
    fleet: Fleet | None = None,
    limits: Limits | None = None,
    keys: KeyInventory | None = None,
    published: Allocations = NOTHING,
) -> tuple[Claim, ...]:
    """Return the claims of a state of so many nets."""
    fleet, keys = fleet or read_fleet(), keys or inventory()
    plans, _ = make_plans(
        [read_net(text) for text in texts], fleet, keys, published, now=NOW, overlays=LIBRARY
    )
    return read_claims(plans, fleet, keys, limits=limits or Limits(), published=published)


def conflicts(
    before: Sequence[str], mine: Sequence[str], *others: Sequence[str], limits: Limits | None = None
) -> list[str]:
    """Return the texts of the conflicts of a change with others, all from one state."""
    base = claims(*before, limits=limits)
    added = [added_claims(base, claims(*state, limits=limits)) for state in (mine, *others)]
    found = find_conflicts(added[0], dict(enumerate(added[1:], start=41)))
    return [conflict.text for conflict in found]


ONE, TWO, SAME_KEY = small("one", "b01"), small("two", "b02"), small("two", "b01")
PAIR = "this and #41 cannot both merge: "


class TestThings:
    @pytest.mark.parametrize(
        ("before", "mine", "other", "expected"),
        [
            ([], [ONE], [TWO], []),
            ([], [ONE], [SAME_KEY], [f"{PAIR}key b01: of one/whale-b01 and of two/whale-b01"]),
            ([], [ONE], [ONE], []),
            ([], [ONE], [small("one", "b02")], [f'{PAIR}both add a net "one"']),
            # What was there before is nobody's to take, and not what this change adds.
            ([ONE], [ONE, TWO], [ONE, small("three", "b01")], []),
            # In one net the key would be there twice.
            (
                [TWO],
                [small("two", "b02, b03")],
                [small("two", "b02").replace("whale", "shark").replace("b02", "b03")],
                [f"{PAIR}key b03: of two/whale-b03 and of two/shark-b03"],
            ),
            # A key that goes away conflicts with nothing.
            ([ONE], [], [TWO], []),
            (
                [],
                [small("one", "b01", seed="l01")],
                [small("two", "b02", seed="l01")],
                [f"{PAIR}key l01: of one/seed-l01 and of two/seed-l01"],
            ),
        ],
    )
    def test_of_two_changes(
        self, before: list[str], mine: list[str], other: list[str], expected: list[str]
    ) -> None:
        assert conflicts(before, mine, other) == expected

    def test_what_is_merged_by_now_counts_too(self) -> None:
        (found,) = find_conflicts(claims(ONE), {0: claims(SAME_KEY)})
        assert found.text == "main has it by now: key b01: of one/whale-b01 and of two/whale-b01"
        assert (found.kind, found.pulls, found.nets) == (Kind.KEY, (0,), ("one", "two"))

    def test_a_chain_is_shared_among_nets_for_qa_alone(self) -> None:
        image = "genesis: {ledger: image}"
        public = net("name: two", "purpose: public", image).replace("ttl: 1d\n", "")
        qa = [
            net(f"name: {name}", image, f"seeds: {{keys: [{SEEDS[name]}]}}")
            for name in ("one", "three")
        ]
        assert conflicts([], qa[:1], qa[1:]) == []
        assert conflicts([], qa[:1], [public.replace("l01..l02", "l04")]) == [
            f"{PAIR}the genesis: of one and of two"
        ]
        softened = Limits(levels={"genesis/identity": "warning"})
        assert not [c for c in claims(*qa, limits=softened) if c.kind is Kind.CHAIN]

    def test_a_start_that_is_not_decided_is_no_claim_until_it_is_published(self) -> None:
        assert not [c for c in claims(ONE) if c.kind is Kind.CHAIN]
        at = 'genesis: {time: "2026-12-24T12:00:00Z"}'
        fixed = [c for c in claims(small("one", "b01", at)) if c.kind is Kind.CHAIN]
        plans, _ = make_plans(
            [read_net(small("one", "b01", at))],
            read_fleet(),
            inventory(),
            NOTHING,
            now=NOW,
            overlays=LIBRARY,
        )
        assert [claim.subject for claim in fixed] == [chain_identity(plans[0])]
        assert [c for c in claims(ONE, published=published(10000)) if c.kind is Kind.CHAIN]

    @pytest.mark.parametrize(("port", "ports"), [(0, []), (10000, ["west TCP/10000"]), (9000, [])])
    def test_a_port_is_claimed_where_it_is_published(self, port: int, ports: list[str]) -> None:
        state = published(port) if port else NOTHING
        found = [c.subject for c in claims(ONE, published=state) if c.kind is Kind.HOST_PORT]
        assert found == ports

    def test_names_and_public_parts_of_keys_are_there_once(self) -> None:
        keys = inventory().keys
        first, second = keys["b01"], keys["b02"]

        def pool(**names: Key) -> tuple[Claim, ...]:
            return claims(keys=KeyInventory(names))

        assert not find_conflicts(pool(b01=first), {41: pool(b01=first)})
        assert not find_conflicts(pool(b01=first), {41: pool(b02=second)})
        renamed = claims(keys=KeyInventory({"c01": replace(first, name="c01")}))
        (found,) = find_conflicts(pool(b01=first), {41: renamed})
        assert found.text == f'{PAIR}both add the public key of "b01"'
        taken = claims(keys=KeyInventory({"b01": replace(second, name="b01")}))
        (found,) = find_conflicts(pool(b01=first), {41: taken})
        assert found.text == f'{PAIR}both add a key named "b01"'


def published(port: int) -> Allocations:
    """Return net one as published, with its producer at a port of west."""
    daemon = DaemonAllocation(cluster="west", phase="producers", overlay=1, port=port)
    allocation = NetAllocation(
        published=NOW,
        source_digest="0" * 64,
        overlays=LIBRARY,
        generation=1,
        genesis_time="2026-12-01T12:30:00Z",
        daemons={"whale-b01": daemon},
    )
    return Allocations(nets={"one": allocation})


def budget(net: str, amount: int, limit: int = 0, subject: str = "owner/cpu") -> Claim:
    """Return a claim to a part of a budget, in thousandths of cores."""
    return Claim(
        kind=Kind.BUDGET,
        subject=subject,
        net=net,
        amount=amount,
        limit=limit,
        label='cores of owner "x"',
        unit=(1000, "cores"),
    )


class TestBudgets:
    @pytest.mark.parametrize(
        ("mine", "others", "pulls"),
        [
            (60, {41: 40}, []),
            (60, {41: 41}, [(41,)]),
            (60, {41: 41, 42: 50, 43: 10}, [(41,), (42,)]),
            # Three together, of which no two exceed it; of the two largest others.
            (40, {41: 30, 42: 10, 43: 31}, [(41, 43)]),
            (40, {41: 20, 42: 20, 43: 20}, []),
            (40, {41: 20, 42: 20, 43: 21}, [(41, 42, 43)]),
            # What one change exceeds on its own is its own fault, of this and of others.
            (101, {41: 10}, []),
            (60, {41: 101}, []),
            # What becomes free is not counted on, and what asks for nothing more is in no conflict.
            (60, {41: 50, 42: -30}, [(41,)]),
            (-10, {41: 100, 42: 90}, []),
        ],
    )
    def test_are_exceeded_together(
        self, mine: int, others: Mapping[int, int], pulls: list[tuple[int, ...]]
    ) -> None:
        found = find_conflicts(
            [budget("mine", mine, 100)],
            {number: [budget(f"n{number}", more, 100)] for number, more in others.items()},
        )
        assert [conflict.pulls for conflict in found] == pulls
        assert all("mine" in conflict.nets for conflict in found)

    def test_are_told_in_units_that_people_use(self) -> None:
        (found,) = find_conflicts([budget("a", 1500, 2999)], {41: [budget("b", 1501, 2999)]})
        assert found.text == (f'{PAIR}together they add 4 cores of owner "x", and 2 are left')

    def test_count_what_is_added_against_what_is_left(self) -> None:
        before = [budget("", 0, 100), budget("a", 60, 100)]
        after = [budget("", 0, 100), budget("a", 70, 100), budget("b", 5, 100)]
        assert [(c.net, c.amount, c.limit) for c in added_claims(before, after)] == [
            ("a", 10, 40),
            ("b", 5, 40),
        ]
        now = [budget("", 0, 90), budget("c", 80, 90)]
        assert {c.limit for c in added_claims(before, after, now)} == {10}
        wider = [budget("", 0, 150), budget("a", 70, 150)]
        assert {c.net: c.amount for c in added_claims(before, wider)} == {"": -50, "a": 10}

    def test_are_all_that_a_change_can_have_less_of(self) -> None:
        gone = added_claims(claims(ONE), claims())
        assert {claim.kind for claim in gone} == {Kind.BUDGET}
        assert all(claim.amount < 0 for claim in gone)

    def test_are_those_of_the_rules(self) -> None:
        settings: dict[str, dict[str, Any]] = {
            "levels": {"resources/capacity": "warning"},
            "parameters": {
                "resources/owner-budget": {
                    "default": {"cpu": 12.5},
                    "owners": {"tests": {"dollars": 700}},
                },
                "resources/cluster-budget": {"dollars": {"west": 600}},
            },
        }
        limits = read_limits(settings)
        found = {c.subject: c.limit for c in claims(ONE, limits=limits) if c.net == "one"}
        assert found["resources/owner-budget tests/cpu"] == 12500
        assert found["resources/owner-budget tests/dollars"] == 70000
        assert found["resources/cluster-budget west"] == 60000
        assert not [subject for subject in found if subject.startswith("resources/capacity")]
        assert "resources/owner-budget tests/memory" not in found
        assert Limits().of_owner("x", "cpu") is None
        assert Limits(clusters={"a": Decimal("0.5")}).of_cluster("a") == 50

    def test_that_a_waiver_takes_out_keep_nothing_from_merging(self) -> None:
        waiver = (
            "waivers: [{rule: resources/capacity, subject: west/cpu, owner: tests,"
            ' reason: "More nodes are ordered.", expires: "2099-12-31"}]\n'
        )
        fleet = FLEET.replace("cpu: 4000", "cpu: 30")
        for text, expected in ((fleet, True), (fleet + waiver, False)):
            read = read_fleet(text)
            state = [
                claims(small(name, keys), fleet=read)
                for name, keys in (("one", "b01..b02"), ("two", "b03..b04"))
            ]
            base = claims(fleet=read)
            mine, other = (added_claims(base, after) for after in state)
            found = find_conflicts(mine, {41: other})
            assert bool([c for c in found if "west/cpu" in c.text or "cores" in c.text]) == expected


KEYS = [f"b{number:02d}" for number in range(1, 8)]
NETS = st.dictionaries(
    st.sampled_from(["one", "two", "three", "four"]),
    st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True),
    max_size=3,
)


def state(nets: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the files of some nets."""
    return [small(name, ", ".join(keys)) for name, keys in nets.items()]


def is_sound(texts: Sequence[str]) -> bool:
    """Say whether no key has two holders in a state."""
    _, findings = make_plans(
        [read_net(text) for text in texts],
        read_fleet(),
        inventory(),
        NOTHING,
        now=NOW,
        overlays=LIBRARY,
    )
    return not [finding for finding in findings if finding.rule == "keys/unique"]


@given(NETS, NETS, NETS)
def test_conflicts_are_symmetric_and_found_wherever_the_union_breaks(
    base: dict[str, list[str]], one: dict[str, list[str]], other: dict[str, list[str]]
) -> None:
    before = claims(*state(base))
    mine, theirs = {**base, **one}, {**base, **other}
    added = [added_claims(before, claims(*state(nets))) for nets in (mine, theirs)]
    found, back = (find_conflicts(added[a], {41: added[b]}) for a, b in ((0, 1), (1, 0)))
    assert {(c.kind, c.subject, c.nets) for c in found} == {
        (c.kind, c.subject, c.nets) for c in back
    }
    assert found == find_conflicts(reversed(added[0]), {41: reversed(added[1])})
    # Each sound on its own, and no net changed by both, as git itself would refuse that.
    apart = all(name not in other or other[name] == keys for name, keys in one.items())
    if apart and is_sound(state(mine)) and is_sound(state(theirs)):
        released = any(set(base[n]) - set({**one, **other}.get(n, base[n])) for n in base)
        union = state({**base, **one, **other})
        if not is_sound(union):
            assert found
        elif not released:
            assert not found


@given(
    st.integers(1, 100),
    st.dictionaries(st.integers(41, 46), st.integers(-20, 120), min_size=1, max_size=6),
)
def test_budgets_blame_each_other(limit: int, amounts: dict[int, int]) -> None:
    changes = {n: (budget(f"n{n}", amount, limit),) for n, amount in amounts.items()}
    blamed = {
        number: [
            conflict.pulls
            for conflict in find_conflicts(
                mine, {n: claims for n, claims in changes.items() if n != number}
            )
        ]
        for number, mine in changes.items()
    }
    for number, found in blamed.items():
        for pulls in found:
            assert amounts[number] + sum(amounts[n] for n in pulls) > limit
            assert all(blamed[other] for other in pulls)
    sound = [amount for amount in amounts.values() if 0 < amount <= limit]
    assert any(blamed.values()) == (sum(sound) > limit)
