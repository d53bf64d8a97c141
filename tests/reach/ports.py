"""Ports on loopback that behave as ports of the world do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

HOST = "127.0.0.1"


def _bound(kind: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, kind)
    made.bind((HOST, 0))
    return made


def _port(made: socket.socket) -> int:
    return int(made.getsockname()[1])


@contextmanager
def tcp_open() -> Iterator[int]:
    """A port whose connections the system takes."""
    with _bound(socket.SOCK_STREAM) as made:
        made.listen(1024)
        yield _port(made)


@contextmanager
def tcp_refused() -> Iterator[int]:
    """A port that nobody else can take, and at which nobody listens."""
    with _bound(socket.SOCK_STREAM) as made:
        yield _port(made)


@contextmanager
def tcp_filtered() -> Iterator[int]:
    """A port that drops who knocks, as a firewall does: its queue is full."""
    with ExitStack() as stack:
        made = stack.enter_context(_bound(socket.SOCK_STREAM))
        made.listen(0)
        for _ in range(4):
            caller = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            caller.settimeout(0.05)
            with suppress(OSError):
                caller.connect((HOST, _port(made)))
        yield _port(made)


@contextmanager
def udp_silent() -> Iterator[int]:
    """A port that takes datagrams and says nothing."""
    with _bound(socket.SOCK_DGRAM) as made:
        yield _port(made)


@contextmanager
def udp_refused() -> Iterator[int]:
    """A port that nobody else can take, and that refuses all but one sender."""
    with _bound(socket.SOCK_DGRAM) as made, _bound(socket.SOCK_DGRAM) as friend:
        made.connect((HOST, _port(friend)))
        yield _port(made)


@contextmanager
def udp_echo(*, deaf_for: int = 0) -> Iterator[tuple[int, list[bytes]]]:
    """A port that sends datagrams back, after as many as it loses; and what it got."""
    got: list[bytes] = []
    with _bound(socket.SOCK_DGRAM) as made:
        made.settimeout(20)

        def answer() -> None:
            with suppress(OSError):
                while True:
                    text, sender = made.recvfrom(100)
                    if text == b"end":
                        return
                    got.append(text)
                    if len(got) > deaf_for:
                        made.sendto(b"pong", sender)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield _port(made), got
        finally:
            with _bound(socket.SOCK_DGRAM) as last:
                last.sendto(b"end", (HOST, _port(made)))
            thread.join()
