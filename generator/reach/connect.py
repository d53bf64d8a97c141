"""Names to addresses, and a try at every port: thousands at once, within the limit of files."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Thread
from time import perf_counter

from generator.reach.model import Answer, Probe, Reached, Target, TargetPort

# A name to its IPv4 addresses; OSError, as socket.gaierror is, where it has none.
Resolve = Callable[[str], Sequence[str]]

MOST_FILES = 16_384
MOST_SOCKETS, MOST_LOOKUPS = 1000, 128
# Any byte: a Kademlia daemon drops what is no message of its own. Never an empty datagram, which
# older ones take for the end of everything that they receive.
_DATAGRAM = b"\0"
_NO_SUCH_NAME = {socket.EAI_NONAME: "no such name", socket.EAI_NODATA: "it has no IPv4 address"}


def resolve_name(name: str) -> tuple[str, ...]:
    """Return the IPv4 addresses of a name, as this machine resolves it."""
    found = socket.getaddrinfo(name, None, family=socket.AF_INET, type=socket.SOCK_STREAM)
    return tuple(sorted({str(entry[4][0]) for entry in found}))


def reach(
    targets: Sequence[Target],
    *,
    seconds: float,
    resolve: Resolve = resolve_name,
    done: Callable[[int], None] = lambda _: None,
) -> tuple[Reached, ...]:
    """Try every port of every target at every address of its name, in the targets' order.

    `seconds` are for the name and for each port; `done` is told how many daemons are over.
    """
    return asyncio.run(_reach(targets, seconds, resolve, done))


async def _reach(
    targets: Sequence[Target], seconds: float, resolve: Resolve, done: Callable[[int], None]
) -> tuple[Reached, ...]:
    visit = _Visit(seconds, resolve, sockets_at_once())
    over = 0

    async def one(target: Target) -> Reached:
        nonlocal over
        reached = await visit.daemon(target)
        over += 1
        done(over)
        return reached

    return tuple(await asyncio.gather(*map(one, targets)))


def sockets_at_once() -> int:
    """Return how many sockets may be open at once; lookups have the other half of all files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
    return MOST_SOCKETS if soft == resource.RLIM_INFINITY else min(MOST_SOCKETS, soft // 2)


class _Visit:
    """What all tries of one run share."""

    def __init__(self, seconds: float, resolve: Resolve, sockets: int) -> None:
        self._seconds = seconds
        self._resolve = resolve
        self._sockets = asyncio.Semaphore(sockets)
        self._lookups = asyncio.Semaphore(MOST_LOOKUPS)

    async def daemon(self, target: Target) -> Reached:
        if not target.running:
            return Reached(target=target)
        try:
            async with self._lookups:
                addresses = await _look_up(target.name, self._resolve, self._seconds)
        except TimeoutError:
            return Reached(target=target, why="its name is not resolved in time")
        except OSError as error:
            why = _NO_SUCH_NAME.get(error.errno or 0, f"its name is not resolved ({error.errno})")
            return Reached(target=target, why=why)
        tries = [self._try(address, port) for address in addresses for port in target.ports]
        probes = await asyncio.gather(*tries)
        return Reached(target=target, addresses=tuple(addresses), probes=tuple(probes))

    async def _try(self, address: str, port: TargetPort) -> Probe:
        knock = knock_udp if port.protocol == "UDP" else knock_tcp
        async with self._sockets:
            began = perf_counter()
            try:
                answer = await knock(address, port.number, self._seconds)
            except ConnectionRefusedError:
                answer = Answer.REFUSED
            except TimeoutError:
                answer = Answer.TIMED_OUT
            except OSError:
                answer = Answer.NO_ROUTE
            ms = (perf_counter() - began) * 1000
        return Probe(port=port, address=address, answer=answer, ms=round(ms, 1))


async def knock_tcp(address: str, port: int, seconds: float) -> Answer:
    """Connect, and say that somebody listens; OSError for whatever came instead."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tried:
        tried.settimeout(0)
        await asyncio.wait_for(loop.sock_connect(tried, (address, port)), seconds)
    return Answer.OPEN


async def knock_udp(address: str, port: int, seconds: float) -> Answer:
    """Send a datagram, and another one in case it or what came back was lost."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tried:
        tried.settimeout(0)
        await loop.sock_connect(tried, (address, port))
        for _ in range(2):
            await loop.sock_sendall(tried, _DATAGRAM)
            with suppress(TimeoutError):
                await asyncio.wait_for(loop.sock_recv(tried, 1), seconds / 2)
                return Answer.OPEN
    return Answer.SILENT


async def _look_up(name: str, resolve: Resolve, seconds: float) -> Sequence[str]:
    """Resolve a name in a thread of its own: one that hangs holds up no other, nor the end."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Sequence[str]] = loop.create_future()

    def settle(found: Sequence[str], error: OSError | None) -> None:
        if answer.done():
            return
        if error:
            answer.set_exception(error)
        else:
            answer.set_result(found)

    def work() -> None:
        found: Sequence[str] = ()
        failed: OSError | None = None
        try:
            found = resolve(name)
        except OSError as error:
            failed = error
        except UnicodeError:  # of a name that is none
            failed = socket.gaierror(socket.EAI_NONAME, "no name")
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, found, failed)

    Thread(target=work, daemon=True).start()
    return await asyncio.wait_for(answer, seconds)
