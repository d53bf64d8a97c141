"""Real sockets on loopback, and a resolver of the tests."""

from __future__ import annotations

import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from generator.reach import Answer, Reached, Target, TargetPort, reach
from generator.reach import connect as connecting
from generator.reach.connect import MOST_FILES, MOST_SOCKETS, resolve_name, sockets_at_once
from generator.reach.model import is_public
from tests.reach.ports import (
    HOST,
    tcp_filtered,
    tcp_open,
    tcp_refused,
    udp_echo,
    udp_refused,
    udp_silent,
)

Ports = Callable[[], AbstractContextManager[int]]


def target(*ports: tuple[str, int], name: str = "seed.example.org", running: bool = True) -> Target:
    wanted = tuple(TargetPort(number=number, protocol=protocol) for protocol, number in ports)
    return Target(daemon="seed", cluster="west", name=name, ports=wanted, running=running)


def local(_: str) -> tuple[str, ...]:
    """Resolve every name to this machine."""
    return (HOST,)


@pytest.mark.parametrize(
    ("protocol", "ports", "answer"),
    [
        ("TCP", tcp_open, Answer.OPEN),
        ("TCP", tcp_refused, Answer.REFUSED),
        ("TCP", tcp_filtered, Answer.TIMED_OUT),
        ("UDP", udp_refused, Answer.REFUSED),
        ("UDP", udp_silent, Answer.SILENT),
    ],
)
def test_ports_of_each_kind(protocol: str, ports: Ports, answer: Answer) -> None:
    with ports() as number:
        [reached] = reach([target((protocol, number))], seconds=1, resolve=local)
    [probe] = reached.probes
    assert (probe.answer, probe.address) == (answer, HOST)
    assert probe.port == TargetPort(number=number, protocol=protocol)
    waited = answer in {Answer.TIMED_OUT, Answer.SILENT}
    assert probe.ms >= 990 or not waited
    assert probe.fine is (answer in {Answer.OPEN, Answer.SILENT})


def test_datagram_that_is_answered_and_never_an_empty_one() -> None:
    with udp_echo() as (number, got):
        [reached] = reach([target(("UDP", number))], seconds=10, resolve=local)
    assert reached.probes[0].answer is Answer.OPEN
    assert got == [b"\0"]


def test_datagram_that_is_lost_is_sent_again() -> None:
    with udp_echo(deaf_for=1) as (number, got):
        [reached] = reach([target(("UDP", number))], seconds=2, resolve=local)
    assert reached.probes[0].answer is Answer.OPEN
    assert got == [b"\0", b"\0"]


def test_address_to_which_there_is_no_way() -> None:
    found = reach([target(("TCP", 9))], seconds=5, resolve=lambda _: ("255.255.255.255",))
    assert found[0].probes[0].answer is Answer.NO_ROUTE


def test_every_port_at_every_address_in_order() -> None:
    with tcp_open() as one, tcp_refused() as two:
        wanted = target(("TCP", one), ("TCP", two))
        [reached] = reach([wanted], seconds=5, resolve=lambda _: (HOST, "127.0.0.2"))
    assert reached.addresses == (HOST, "127.0.0.2")
    assert [(probe.address, probe.port.number, probe.answer) for probe in reached.probes] == [
        (HOST, one, Answer.OPEN),
        (HOST, two, Answer.REFUSED),
        ("127.0.0.2", one, Answer.REFUSED),
        ("127.0.0.2", two, Answer.REFUSED),
    ]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), "no such name"),
        (socket.gaierror(socket.EAI_NODATA, "x"), "it has no IPv4 address"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), "its name is not resolved (-3)"),
        (UnicodeError("label too long"), "no such name"),
    ],
)
def test_names_without_an_address(error: Exception, why: str) -> None:
    def resolve(_: str) -> tuple[str, ...]:
        raise error

    assert reach([target(("TCP", 9))], seconds=5, resolve=resolve) == (
        Reached(target=target(("TCP", 9)), why=why),
    )


def test_resolver_that_hangs_holds_up_no_other() -> None:
    release = threading.Event()

    def resolve(name: str) -> tuple[str, ...]:
        if name == "hangs":
            release.wait(30)
        return (HOST,)

    began = time.monotonic()
    with tcp_open() as number:
        targets = [target(("TCP", number), name=name) for name in ("hangs", "quick")]
        hung, quick = reach(targets, seconds=1, resolve=resolve)
    assert time.monotonic() - began < 10
    release.set()
    assert (hung.why, hung.addresses) == ("its name is not resolved in time", ())
    assert quick.probes[0].answer is Answer.OPEN


def test_daemon_that_is_stopped_is_left_alone() -> None:
    def resolve(_: str) -> tuple[str, ...]:
        raise AssertionError

    [reached] = reach([target(("TCP", 9), running=False)], seconds=5, resolve=resolve)
    assert reached.fine
    assert not reached.probes


def test_many_at_once_within_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    most = 0
    there = 0
    knock = connecting.knock_tcp

    async def counted(address: str, port: int, seconds: float) -> Answer:
        nonlocal most, there
        there += 1
        most = max(most, there)
        try:
            return await knock(address, port, seconds)
        finally:
            there -= 1

    monkeypatch.setattr(connecting, "knock_tcp", counted)
    monkeypatch.setattr(connecting, "sockets_at_once", lambda: 7)
    told: list[int] = []
    with tcp_open() as number:
        targets = [target(("TCP", number), ("TCP", number)) for _ in range(300)]
        found = reach(targets, seconds=20, resolve=local, done=told.append)
    assert most == 7
    assert told == list(range(1, 301))
    assert {probe.answer for reached in found for probe in reached.probes} == {Answer.OPEN}


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int, int], list[object]]]:
    """Pretend to a limit of open files; returns what it is set to."""

    def pretend(soft: int, hard: int) -> list[object]:
        made: list[object] = []
        monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
        monkeypatch.setattr(resource, "setrlimit", lambda _, both: made.append(both))
        return made

    yield pretend
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("soft", "hard", "made", "sockets"),
    [
        (256, 1024, [(1024, 1024)], 512),
        (1024, 1024, [], 512),
        (1024, 10**6, [(MOST_FILES, 10**6)], MOST_SOCKETS),
        (10**6, 10**6, [], MOST_SOCKETS),
        (256, resource.RLIM_INFINITY, [(MOST_FILES, resource.RLIM_INFINITY)], MOST_SOCKETS),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, [], MOST_SOCKETS),
    ],
)
def test_how_many_sockets(
    limit: Callable[[int, int], list[object]],
    soft: int,
    hard: int,
    made: list[object],
    sockets: int,
) -> None:
    changed = limit(soft, hard)
    assert sockets_at_once() == sockets
    assert changed == made


def test_limit_that_cannot_be_raised(
    limit: Callable[[int, int], list[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(200, 1024)

    def refuse(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert sockets_at_once() == 100


def test_names_as_this_machine_resolves_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(name: str, port: None, **how: int) -> list[object]:
        assert (name, port, how["family"]) == ("a.example.org", None, socket.AF_INET)
        return [(0, 0, 0, "", (address, 0)) for address in ("9.9.9.9", "8.8.8.8", "9.9.9.9")]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    assert resolve_name("a.example.org") == ("8.8.8.8", "9.9.9.9")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("224.0.0.1", False),
        ("2001:4860::1", False),
        ("", False),
    ],
)
def test_public_addresses(address: str, public: object) -> None:
    assert is_public(address) is public


def test_a_private_address_is_not_reached() -> None:
    with tcp_open() as number:
        [reached] = reach([target(("TCP", number))], seconds=5, resolve=local)
    assert reached.probes[0].fine
    assert not reached.fine
    assert not Reached(target=target()).fine
