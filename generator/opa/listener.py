"""Whether it is our own child that listens on a port, as Linux tells it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

_SOCKETS = Path("/proc/net/tcp")
_LISTENING = "0A"


def listens(process: int, port: int) -> bool:
    """Say whether a child of ours listens on a port, or what it has started in turn.

    Where no system tells it, the answer is yes.

    A socket is a line of `/proc/net/tcp`: of its columns, the second is address and port in
    hexadecimal digits, the fourth the state, the tenth the inode
    (https://docs.kernel.org/networking/proc_net_tcp.html), which is the name of a descriptor of
    whoever holds it.
    """
    try:
        lines = _SOCKETS.read_text("ascii").splitlines()[1:]
    except OSError:
        return True
    if not lines:  # a system that keeps it to itself: where anybody listens, there are some
        return True
    columns = (line.split() for line in lines)
    inodes = {
        column[9]
        for column in columns
        if column[3] == _LISTENING and column[1].endswith(f":{port:04X}")
    }
    names = {f"socket:[{inode}]" for inode in inodes}
    # It leads a group of its own, and may be a script that has started the program.
    return bool(names) and any(_holds(member, names) for member in _group(process))


def _holds(process: int, names: Collection[str]) -> bool:
    """Say whether a process has one of some sockets open; one that may not be asked has."""
    try:
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed in between
                if str(descriptor.readlink()) in names:
                    return True
    except PermissionError:
        return True
    except OSError:  # it has ended
        return False
    return False


def _group(leader: int) -> Iterator[int]:
    """Yield a process and those of its group."""
    yield leader
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdecimal() and os.getpgid(int(entry.name)) == leader:
                yield int(entry.name)
