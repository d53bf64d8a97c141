"""How daemons find the seeds: the peer list of each flavour, and the command of an outsider."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from generator.plan import Daemon, Plan
from generator.render.join import join_command
from generator.render.shared import peers_text
from tests.repository import inventory, net

Planner = Callable[..., tuple[Plan, ...]]

WEST = "regions: [us-west-2]"
KADEMLIA = ("flavour: coda-kademlia", "seeds: {count: 2}")


def named(plan: Plan, name: str) -> Daemon:
    """Return the daemon of a name."""
    return next(daemon for daemon in plan.daemons if daemon.name == name)


ID1 = inventory().keys["l01"].text
ID2 = inventory().keys["l02"].text
PEERS = {
    "mina": (
        ("flavour: mina",),
        (
            f"/dns4/seed-l01.net-net.svc.cluster.local/tcp/10000/p2p/{ID1}\n"
            f"/dns4/seed-l02.net.center.example.org/tcp/10000/p2p/{ID2}\n"
        ),
        (
            f"/dns4/seed-l01.net.west.example.org/tcp/10000/p2p/{ID1}\n"
            f"/dns4/seed-l02.net-net.svc.center.internal/tcp/10000/p2p/{ID2}\n"
        ),
    ),
    "coda-libp2p": (
        ("flavour: coda-libp2p",),
        (
            f"/dns4/seed-l01.net-net.svc.cluster.local/tcp/10000/p2p/{ID1}\n"
            f"/dns4/seed-l02.net.center.example.org/tcp/10000/p2p/{ID2}\n"
        ),
        (
            f"/dns4/seed-l01.net.west.example.org/tcp/10000/p2p/{ID1}\n"
            f"/dns4/seed-l02.net-net.svc.center.internal/tcp/10000/p2p/{ID2}\n"
        ),
    ),
    "coda-dual": (
        ("flavour: coda-dual",),
        (
            f"/dns4/seed-l01.net-net.svc.cluster.local/tcp/10001/ipfs/{ID1}\n"
            f"/dns4/seed-l02.net.center.example.org/tcp/10001/ipfs/{ID2}\n"
        ),
        (
            f"/dns4/seed-l01.net.west.example.org/tcp/10001/ipfs/{ID1}\n"
            f"/dns4/seed-l02.net-net.svc.center.internal/tcp/10001/ipfs/{ID2}\n"
        ),
    ),
    "coda-kademlia": (
        KADEMLIA,
        "seed-1.net-net.svc.cluster.local:10001\nseed-2.net.center.example.org:10001\n",
        "seed-1.net.west.example.org:10001\nseed-2.net-net.svc.center.internal:10001\n",
    ),
}


@pytest.mark.parametrize("flavour", PEERS)
def test_peers_are_written_as_the_flavour_reads_them(plans: Planner, flavour: str) -> None:
    fields, west, center = PEERS[flavour]
    [plan] = plans(net(*fields))
    assert peers_text(plan, "west") == west
    assert peers_text(plan, "center") == center
    assert ".svc." not in peers_text(plan, "")


def test_seed_behind_a_load_balancer_has_its_own_port(plans: Planner) -> None:
    [plan] = plans(net("regions: [us-east1]", "seeds: {keys: [l01]}"))
    assert peers_text(plan, "") == f"/dns4/seed-l01.net.east.example.org/tcp/8302/p2p/{ID1}\n"


def test_seed_whose_peers_are_flags_leaves_itself_out(plans: Planner) -> None:
    producer = "block_producers: [{name: p, keys: [v01]}]"
    [plan] = plans(net("flavour: coda-libp2p", producer))
    own = dict(named(plan, "seed-l01").env)["PEER_SELF"]
    # start.sh leaves out the line that has this after a slash.
    assert [f"/{own}" in line for line in peers_text(plan, "west").splitlines()] == [True, False]
    assert "PEER_SELF" not in dict(named(plan, "p-v01").env)
    [plan] = plans(net())
    assert "PEER_SELF" not in dict(named(plan, "seed-l01").env)


@pytest.mark.parametrize(
    ("fields", "command"),
    [
        (
            (WEST,),
            (
                "mina daemon --external-ip $ADDRESS --external-port 8302"
                " --libp2p-keypair libp2p-key --peer-list-file peers.txt"
                " --config-file daemon.json"
            ),
        ),
        (
            (WEST, *KADEMLIA),
            (
                "coda daemon -external-ip $ADDRESS -external-port 8302"
                " -peer seed-1.net.west.example.org:10001"
                " -peer seed-2.net.west.example.org:10003"
            ),
        ),
    ],
)
def test_outsider_joins_with_one_command(
    plans: Planner, fields: tuple[str, ...], command: str
) -> None:
    [plan] = plans(net(*fields))
    assert " ".join(join_command(plan)) == command
