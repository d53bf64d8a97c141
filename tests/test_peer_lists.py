"""Peer lists that nets published, and the strict form of those that the generator writes.

The program reads no peer list: it writes them. Whatever is in the lists of real nets that a daemon
does not take, or takes only by chance, is refused by the grammar that the written lists fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from generator.plan import Plan
from generator.publickey import decode_peer_id
from generator.render.join import render_join
from generator.render.shared import peers_text
from tests.repository import net

Planner = Callable[..., tuple[Plan, ...]]

DATA = Path(__file__).parent / "data/peer-lists"
MALFORMED = (DATA / "malformed-lines.txt").read_text("utf-8").splitlines()
LISTS = sorted(path for path in DATA.glob("*--*.txt"))
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDRESS = re.compile(
    rf"/(?:ip4/(?P<ip>[0-9.]+)|dns4/(?P<name>(?=.{{1,253}}/tcp/){_LABEL}(?:\.{_LABEL})+))"
    r"/tcp/(?P<port>[1-9][0-9]{0,4})/(?:p2p|ipfs)/(?P<id>[A-Za-z0-9]+)"
)
_HOST_PORT = re.compile(rf"{_LABEL}(?:\.{_LABEL})+:(?P<port>[1-9][0-9]{{0,4}})")


def is_address(line: str) -> bool:
    """Say whether a line is one peer, to the last character."""
    match = _ADDRESS.fullmatch(line)
    if match is None or int(match["port"]) > 65535:
        return False
    try:
        decode_peer_id(match["id"])
        if match["ip"]:
            IPv4Address(match["ip"])
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("line", MALFORMED)
def test_malformed_line_is_refused(line: str) -> None:
    assert not is_address(line)


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_other_lines_of_published_lists_are_peers(path: Path) -> None:
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    good = [line for line in lines if is_address(line)]
    # A slash at the end is a mistake too, though the daemons put up with it.
    rest = {line for line in set(lines) - set(good) if not is_address(line.removesuffix("/"))}
    assert rest <= set(MALFORMED)
    assert lines


def test_most_published_lines_are_peers() -> None:
    lines = [line for path in LISTS for line in path.read_text("utf-8").splitlines() if line]
    good = [line for line in lines if is_address(line)]
    assert (len(LISTS), len(good) > 60) == (12, True)


@pytest.mark.parametrize("flavour", ["mina", "coda-libp2p", "coda-dual"])
def test_lists_that_are_written_are_peers(plans: Planner, flavour: str) -> None:
    [plan] = plans(net(f"flavour: {flavour}"))
    for cluster in ("", *plan.by_cluster):
        text = peers_text(plan, cluster)
        assert text.endswith("\n")
        assert len(text.splitlines()) == 2
        assert all(is_address(line) for line in text.splitlines())


def test_list_of_a_public_net_is_peers(plans: Planner) -> None:
    [plan] = plans(net("purpose: public").replace("ttl: 1d\n", ""))
    lines = render_join(plan)["peers.txt"].splitlines()
    assert len(lines) == 2
    assert all(is_address(line) for line in lines)


def test_list_of_the_first_daemons_is_hosts_and_ports(plans: Planner) -> None:
    [plan] = plans(net("flavour: coda-kademlia", "seeds: {count: 2}"))
    lines = peers_text(plan, "").splitlines()
    assert len(lines) == 2
    assert all(_HOST_PORT.fullmatch(line) for line in lines)
