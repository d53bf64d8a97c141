"""What a plan decides beside the place: ports, overlays and names, and that they stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from unittest.mock import patch

import pytest

from generator.finding import Severity
from generator.fleet import AddressMode
from generator.plan import Plan, Role, allocation, make_plans
from generator.plan.allocation import OVERLAY_SIZE, Ports
from tests.allocation import publish
from tests.repository import FLEET, LIBRARY, NOW, inventory, net, read_fleet, read_net

Planner = Callable[..., tuple[Plan, ...]]

WEST = "regions: [us-west-2]"
KADEMLIA = ("flavour: coda-kademlia", "seeds: {count: 1}", WEST)
DUAL = ("flavour: coda-dual", WEST)


def producers(keys: str, more: str = "") -> str:
    """Return a field with one group of producers."""
    return f"block_producers: [{{name: p, keys: [{keys}]{', ' if more else ''}{more}}}]"


def ports(plan: Plan) -> dict[str, int]:
    """Return the first port of each daemon that has one."""
    return {d.name: d.port for d in plan.daemons if d.port}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((WEST,), {"seed-l01": 10000, "seed-l02": 10001, "p-b01": 10002}),
        ((*DUAL, "seeds: {keys: [l01]}"), {"seed-l01": 10000, "p-v01": 10002, "p-v02": 10004}),
        (KADEMLIA, {"seed-1": 10000, "p-d01": 10002}),
    ],
)
def test_ports_follow_the_flavour(
    plans: Planner, fields: tuple[str, ...], expected: dict[str, int]
) -> None:
    keys = ", ".join(name.partition("-")[2] for name in expected if name.startswith("p-"))
    [plan] = plans(net(*fields, producers(keys)))
    assert ports(plan) == expected


@pytest.mark.parametrize(
    ("fields", "keys", "public"),
    [
        ((WEST,), "b01", {"p2p": (10002, "TCP")}),
        (
            (WEST, "open_udp: true"),
            "b01",
            {"p2p": (10002, "TCP"), "p2p-udp": (10002, "UDP")},
        ),
        (KADEMLIA, "d01", {"p2p": (10002, "TCP"), "discovery": (10003, "UDP")}),
        (
            (*KADEMLIA, "open_udp: true"),
            "d01",
            {"p2p": (10002, "TCP"), "discovery": (10003, "UDP")},
        ),
        (DUAL, "v01", {"p2p": (10004, "TCP"), "discovery": (10005, "TCP")}),
        (("regions: [us-east1]",), "b01", {"p2p": (8302, "TCP")}),
        (
            ("regions: [us-east1]", "flavour: coda-dual"),
            "v01",
            {"p2p": (8302, "TCP"), "discovery": (8303, "TCP")},
        ),
    ],
)
def test_world_reaches_these_ports_only(
    plans: Planner, fields: tuple[str, ...], keys: str, public: dict[str, tuple[int, str]]
) -> None:
    [plan] = plans(net(*fields, producers(keys)))
    daemon = plan.daemons[-1]
    assert {p.name: (p.number, p.protocol) for p in daemon.ports if p.public} == public
    assert {p.name: p.number for p in daemon.ports if not p.public} == {
        "client": 8301,
        "graphql": 3085,
        "metrics": 8081,
    }


def test_kademlia_has_host_ports_where_others_have_load_balancers(plans: Planner) -> None:
    [plan] = plans(net("flavour: coda-kademlia", "seeds: {count: 1}", "regions: [us-east1]"))
    assert (plan.daemons[0].address, plan.daemons[0].port) == (AddressMode.HOST_PORT, 12000)


def test_nets_share_the_ports_of_a_cluster(plans: Planner) -> None:
    one = net("name: one", "seeds: {keys: [l01]}", WEST, producers("b01..b02"))
    two = net("name: two", *KADEMLIA, "seeds: {count: 2}")
    assert [ports(plan) for plan in plans(two, one)] == [
        {"seed-l01": 10000, "p-b01": 10001, "p-b02": 10002},
        {"seed-1": 10003, "seed-2": 10005},
    ]


def test_published_ports_are_nobody_elses(plans: Planner) -> None:
    """Adding a net whose name comes first, or a daemon in front, renumbers nothing."""
    old = net("name: old", WEST, "seeds: {keys: [l01]}", producers("b02..b03"))
    published = publish(plans(old))
    new = net("name: new", "seeds: {keys: [l03]}", WEST, producers("b11"))
    old = net("name: old", WEST, "seeds: {keys: [l02, l01]}", producers("b01..b03"))
    first, second = plans(old, new, published=published)
    assert ports(first) == {"seed-l03": 10003, "p-b11": 10004}
    assert ports(second) == {
        "seed-l02": 10005,
        "seed-l01": 10000,
        "p-b01": 10006,
        "p-b02": 10001,
        "p-b03": 10002,
    }


def test_port_of_a_removed_daemon_is_free_only_afterwards(plans: Planner) -> None:
    before = net(WEST, "seeds: {keys: [l01]}", producers("b01"))
    after = net(WEST, "seeds: {keys: [l01]}", producers("b02"))
    made = plans(after, published=publish(plans(before)))
    assert ports(made[0])["p-b02"] == 10002
    both = net(WEST, "seeds: {keys: [l01]}", producers("b02..b03"))
    assert ports(plans(both, published=publish(made))[0])["p-b03"] == 10001


def test_flavour_that_needs_two_ports_takes_two_new_ones(plans: Planner) -> None:
    seeds = ("seeds: {keys: [l01..l02]}", WEST)
    published = publish(plans(net(*seeds)))
    [plan] = plans(
        net(*seeds, "flavour: coda-dual", "genesis: {generation: 2}"), published=published
    )
    assert ports(plan) == {"seed-l01": 10002, "seed-l02": 10004}
    [back] = plans(net(*seeds, "genesis: {generation: 3}"), published=publish([plan]))
    assert ports(back) == ports(plan)


def test_daemon_that_changes_its_address_gets_a_port_of_that_kind(plans: Planner) -> None:
    published = publish(plans(net(WEST, "addresses: load-balancer")))
    assert {d.port for d in published.nets["net"].daemons.values()} == {8302}
    [plan] = plans(net(WEST), published=published)
    assert ports(plan) == {"seed-l01": 10000, "seed-l02": 10001}
    [back] = plans(net(WEST, "addresses: load-balancer"), published=publish([plan]))
    assert set(ports(back).values()) == {8302}


@pytest.mark.parametrize(
    ("taken", "counts", "expected"),
    [
        (set(), (1, 1, 1), [10, 11, 12]),
        (set(), (2, 2), [10, 12]),
        ({11}, (2, 1, 1), [12, 10, 14]),
        ({10, 12}, (2, 1, 2), [13, 11, 0]),
        (set(range(10, 15)), (1, 1), [0, 0]),
        ({10, 11, 12, 13}, (2, 1, 1), [0, 14, 0]),
    ],
)
def test_lowest_free_ports_are_taken(
    taken: set[int], counts: tuple[int, ...], expected: list[int]
) -> None:
    free = Ports(range(10, 15), taken)
    assert [free.take(count) for count in counts] == expected


def test_overlay_holds_fifty(plans: Planner) -> None:
    [plan] = plans(net(WEST, "seeds: {keys: [l01]}", producers("b01..b51")))
    overlays = Counter(d.overlay for d in plan.daemons if d.group == "p")
    assert OVERLAY_SIZE == 50
    assert overlays == {1: 50, 2: 1}
    assert plan.daemons[-1].overlay == 2


def test_new_daemon_fills_the_first_overlay_with_room(plans: Planner) -> None:
    with patch.object(allocation, "OVERLAY_SIZE", 2):
        published = publish(plans(net(WEST, producers("b01..b06"))))
        assert [d.overlay for d in published.nets["net"].daemons.values()] == [
            1,
            1,
            1,
            1,
            2,
            2,
            3,
            3,
        ]
        # In the commit that removes a daemon its room is not given away yet.
        [plan] = plans(net(WEST, producers("b02..b06, b11")), published=published)
        assert plan.daemons[-1].overlay == 4
        [plan] = plans(net(WEST, producers("b02..b06")), published=published)
        [plan] = plans(net(WEST, producers("b12, b02..b06, b13")), published=publish([plan]))
        overlays = {d.name: d.overlay for d in plan.daemons if d.group == "p"}
    assert overlays == {
        "p-b12": 1,
        "p-b02": 1,
        "p-b03": 2,
        "p-b04": 2,
        "p-b05": 3,
        "p-b06": 3,
        "p-b13": 4,
    }


def test_overlays_are_counted_per_cluster_and_phase(plans: Planner) -> None:
    with patch.object(allocation, "OVERLAY_SIZE", 1):
        [plan] = plans(net(producers("b01..b04"), "archive: {count: 1}"))
    found = {(d.cluster.name, str(d.phase)): d.overlay for d in plan.daemons}
    assert found["west", "producers"] == 2
    assert found["center", "producers"] == found["west", "archive"] == 1


def test_published_overlays_are_counted_per_cluster(plans: Planner) -> None:
    regions = "regions: [us-west-2, us-east1]"
    with patch.object(allocation, "OVERLAY_SIZE", 2):
        published = publish(plans(net(producers("b01..b03", regions))))
        [plan] = plans(net(producers("b01..b04", regions)), published=published)
    new = plan.daemons[-1]
    assert (new.name, new.cluster.name, new.overlay) == ("p-b04", "east", 1)


def test_port_that_leaves_its_range_moves_with_a_warning(plans: Planner) -> None:
    text = net("regions: [us-west-2]", "seeds: {keys: [l01]}")
    published = publish(plans(text))
    narrow = read_fleet(FLEET.replace("ports: 10000-19999", "ports: 10001-19999", 1))
    [plan], [finding] = make_plans(
        [read_net(text)], narrow, inventory(), published, now=NOW, overlays=LIBRARY
    )
    assert ports(plan) == {"seed-l01": 10001}
    assert (finding.rule, finding.severity) == ("network/port-moves", Severity.WARNING)
    assert finding.at.path == "environments/fleet.yaml"


def test_daemon_of_a_cluster_that_is_gone_moves(plans: Planner) -> None:
    published = publish(plans(net(producers("b01..b03"))))
    head, _, _ = FLEET.partition("  - name: east")
    moved = net(producers("b01..b03"), "regions: [us-west-2, eu-central-1]")
    [plan], findings = make_plans(
        [read_net(moved)], read_fleet(head), inventory(), published, now=NOW, overlays=LIBRARY
    )
    assert not findings
    assert [(d.name, d.cluster.name, d.port) for d in plan.daemons if d.group == "p"] == [
        ("p-b01", "west", 10001),
        ("p-b02", "center", 10001),
        ("p-b03", "west", 10002),
    ]


def test_daemon_that_moves_gets_a_place_there(plans: Planner) -> None:
    published = publish(plans(net(producers("b01"))))
    [plan] = plans(net(producers("b01", "region: eu-central-1")), published=published)
    daemon = plan.daemons[-1]
    assert (daemon.cluster.name, daemon.port, daemon.overlay) == ("center", 10001, 1)


def test_names_say_where_the_world_finds_a_daemon(plans: Planner) -> None:
    pool = "snark_pools: [{name: s, key: s01, workers: 1, region: us-east1}]"
    [plan] = plans(net(producers("b01"), pool, "archive: {count: 1}"))
    assert plan.namespace == "net-net"
    assert {d.name: d.public_name for d in plan.daemons} == {
        "seed-l01": "seed-l01.net.west.example.org",
        "seed-l02": "seed-l02.net.center.example.org",
        "s-coordinator": "s-coordinator.net.east.example.org",
        "p-b01": "p-b01.net.west.example.org",
        "archive-1": "archive-1.net.west.example.org",
        "s-workers": "",
    }


def test_plan_is_in_order_of_phases_and_clusters(plans: Planner) -> None:
    pool = "snark_pools: [{name: s, key: s01}]"
    made = net(producers("b01..b02"), pool, "archive: {count: 1}", "services: [payments]")
    [plan] = plans(made)
    assert list(dict.fromkeys(d.role for d in plan.daemons)) == [
        Role.SEED,
        Role.SNARK_COORDINATOR,
        Role.BLOCK_PRODUCER,
        Role.ARCHIVE,
        Role.SNARK_WORKER,
        Role.SERVICE,
    ]
    assert list(plan.by_cluster) == ["center", "west"]
    assert [d.name for d in plan.seeds] == ["seed-l01", "seed-l02"]
