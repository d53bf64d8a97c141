"""What holds for every plan: it is determined, names and ports are unique, nothing moves."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any
from unittest.mock import patch

import ryaml
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.fleet import AddressMode, Fleet
from generator.plan import NETWORKED, Allocations, Daemon, Plan, Role, allocation, make_plans
from generator.render import render_net
from generator.render.shared import peers_text
from tests.allocation import publish
from tests.generated import Net, nets, text_of
from tests.repository import LIBRARY, NOW, inventory, read_fleet, read_net

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?")
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?")


@cache
def fleet() -> Fleet:
    return read_fleet()


def plan_all(drawn: Iterable[Net], published: Allocations | None = None) -> tuple[Plan, ...]:
    """Plan nets in which nothing is wrong; three daemons fill an overlay."""
    testnets = [read_net(text_of(net)) for net in drawn]
    with patch.object(allocation, "OVERLAY_SIZE", 3):
        plans, findings = make_plans(
            testnets,
            fleet(),
            inventory(),
            published or Allocations(),
            now=NOW,
            overlays=LIBRARY,
        )
    assert not findings
    return plans


def files_of(plans: Sequence[Plan]) -> dict[str, str]:
    """Return the rendered files of some nets."""
    return {path: text for plan in plans for path, (text, _) in render_net(plan).items()}


def networked(plans: Sequence[Plan]) -> list[tuple[Plan, Daemon]]:
    """Return the daemons that are members of a network."""
    return [(plan, d) for plan in plans for d in plan.daemons if d.role in NETWORKED]


@given(nets(), st.randoms(use_true_random=False))
def test_same_input_has_the_same_plan_and_bytes(drawn: list[Net], chance: Any) -> None:
    plans = plan_all(drawn)
    shuffled = list(drawn)
    chance.shuffle(shuffled)
    again = plan_all(shuffled)
    assert again == plans
    assert files_of(again) == files_of(plans)
    assert list(files_of(again)) == list(files_of(plans))


@given(nets())
def test_published_plan_is_planned_again(drawn: list[Net]) -> None:
    plans = plan_all(drawn)
    assert plan_all(drawn, publish(plans)) == plans


def host_ports(plans: Sequence[Plan]) -> Counter[tuple[str, int, str]]:
    """Return how often each port of each cluster is taken."""
    return Counter(
        (daemon.cluster.name, port.number, port.protocol)
        for _, daemon in networked(plans)
        if daemon.address is AddressMode.HOST_PORT
        for port in daemon.ports
        if port.public
    )


@given(nets())
def test_no_two_daemons_share_a_port_of_a_cluster(drawn: list[Net]) -> None:
    taken = host_ports(plan_all(drawn))
    assert set(taken.values()) <= {1}
    clusters = fleet().by_name
    assert all(number in clusters[name].ports for name, number, _ in taken)


@given(nets())
def test_daemon_listens_on_each_port_once(drawn: list[Net]) -> None:
    for _, daemon in networked(plan_all(drawn)):
        numbers = Counter((port.number, port.protocol) for port in daemon.ports)
        assert max(numbers.values()) == 1
        assert len({port.name for port in daemon.ports}) == len(daemon.ports)


@given(nets())
def test_names_are_unique(drawn: list[Net]) -> None:
    plans = plan_all(drawn)
    for plan in plans:
        names = Counter(daemon.name for daemon in plan.daemons)
        claims = Counter(daemon.claim for daemon in plan.daemons if daemon.claim)
        assert max([*names.values(), *claims.values()]) == 1
    hosts = Counter(daemon.public_name for _, daemon in networked(plans))
    assert max(hosts.values()) == 1


@given(nets())
def test_names_are_labels_after_what_kubernetes_adds(drawn: list[Net]) -> None:
    for plan in plan_all(drawn):
        for daemon in plan.daemons:
            names = [f"{daemon.name}-0123456789"]
            if daemon.role is Role.ARCHIVE:
                names.append(f"{daemon.name}-postgres-0123456789")
            for name in [*names, *daemon.public_name.split("."), plan.namespace]:
                assert not name or (LABEL.fullmatch(name) and len(name) <= 63)
            assert len(daemon.public_name) <= 253


@given(nets())
@settings(max_examples=settings().max_examples // 2)
def test_objects_are_unique_and_well_named(drawn: list[Net]) -> None:
    plans = plan_all(drawn)
    seen: set[tuple[str, ...]] = set()
    for path, text in files_of(plans).items():
        if not path.endswith(".yaml") or path.endswith("kustomization.yaml"):
            continue
        for document in ryaml.loads_all(text):
            head = document["metadata"]
            place = (path.split("/")[1], head.get("namespace", ""), document["kind"], head["name"])
            assert place not in seen
            seen.add(place)
            assert LABEL.fullmatch(head["name"])
            assert len(head["name"]) <= 63
            for value in head.get("labels", {}).values():
                assert LABEL_VALUE.fullmatch(value)
                assert len(value) <= 63


@given(nets())
def test_every_daemon_reaches_a_seed(drawn: list[Net]) -> None:
    for plan in plan_all(drawn):
        addresses = {(place, line) for place in plan.by_cluster for line in _expected(plan, place)}
        for place in plan.by_cluster:
            lines = peers_text(plan, place).splitlines()
            assert lines
            assert len(lines) == len(plan.seeds)
            assert all((place, line) in addresses for line in lines)
        assert peers_text(plan, "").splitlines() == _expected(plan, "")


def _expected(plan: Plan, place: str) -> list[str]:
    """Return how a daemon on a cluster dials each seed."""
    lines = []
    for seed in plan.seeds:
        host = seed.public_name
        if seed.cluster.name == place:
            host = f"{seed.name}.net-{plan.name}.svc.{seed.cluster.internal_zone}"
        dialled = [p.number for p in seed.ports if p.public and p.name != "p2p-udp"][-1]
        scheme = "ipfs" if plan.testnet.flavour_name == "coda-dual" else "p2p"
        line = f"{host}:{dialled}"
        if seed.identity:
            line = f"/dns4/{host}/tcp/{dialled}/{scheme}/{seed.identity.text}"
        lines.append(line)
    return lines


@given(nets())
def test_every_stake_has_one_account(drawn: list[Net]) -> None:
    for plan in plan_all(drawn):
        staked = {
            daemon.key.text: daemon.stake
            for daemon in plan.daemons
            if daemon.key and daemon.stake not in {"", "0"}
        }
        if not plan.testnet.genesis.ledger_file:
            assert not staked
            assert not plan.genesis.text
            continue
        accounts = json.loads(plan.genesis.text)["ledger"]["accounts"]
        assert {account["pk"]: account["balance"] for account in accounts} == staked
        assert len(accounts) == len(staked)


@given(nets())
def test_amounts_have_no_exponent(drawn: list[Net]) -> None:
    for plan in plan_all(drawn):
        amounts = [daemon.stake for daemon in plan.daemons if daemon.stake]
        amounts += re.findall(r'"balance": "(.*?)"', plan.genesis.text)
        for daemon in plan.daemons:
            words = dict(zip(daemon.args, daemon.args[1:], strict=False))
            amounts += [value for word, value in words.items() if word.endswith("worker-fee")]
        assert all(AMOUNT.fullmatch(amount) for amount in amounts)


@given(nets())
def test_partners_share_a_cluster(drawn: list[Net]) -> None:
    for plan in plan_all(drawn):
        homes = {daemon.name: daemon.cluster.name for daemon in plan.daemons}
        for daemon in plan.daemons:
            if daemon.role is Role.SNARK_WORKER:
                assert homes[f"{daemon.group}-coordinator"] == daemon.cluster.name
            if daemon.partner:
                assert homes[daemon.partner] == daemon.cluster.name
        driven = {d.partner for d in plan.daemons if d.role is Role.SERVICE}
        assert driven == {daemon.name for daemon in plan.daemons if daemon.driven}
        assert len(driven) == len(plan.testnet.services)


@given(nets())
def test_overlays_are_filled_and_never_overfull(drawn: list[Net]) -> None:
    for plan in plan_all(drawn):
        filled = Counter((d.cluster.name, str(d.phase), d.overlay) for d in plan.daemons)
        assert max(filled.values()) <= 3
        for cluster, phase, number in filled:
            assert number == 1 or filled[cluster, phase, number - 1] == 3


@given(nets())
def test_every_daemon_is_placed_where_its_net_is(drawn: list[Net]) -> None:
    for net, plan in zip(sorted(drawn, key=lambda net: net["name"]), plan_all(drawn), strict=True):
        assert {daemon.cluster.region for daemon in plan.daemons} <= set(net["regions"])
        keys = [key for group in net["block_producers"] for key in group["keys"]]
        producers = [d for d in plan.daemons if d.role is Role.BLOCK_PRODUCER]
        assert [d.key.name for d in producers if d.key] == keys
        for group in net["block_producers"]:
            placed = Counter(d.cluster.region for d in producers if d.group == group["name"])
            if isinstance(group.get("regions"), dict):
                assert placed == group["regions"]
            elif "overrides" not in group:
                counts = [placed[region] for region in _regions(group, net)]
                assert max(counts) - min(counts) <= 1


def _regions(group: Net, net: Net) -> list[str]:
    if "region" in group:
        return [group["region"]]
    return list(group.get("regions") or net["regions"])
