"""The only place of the package that starts another program."""

from __future__ import annotations

import atexit
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from time import monotonic
from typing import TypeAlias
from weakref import WeakSet

from generator.errors import ToolError
from generator.limits import MIB, Limits

# What a program of `start` says, both streams, below its own directory.
OUTPUT = "output.txt"

Child: TypeAlias = "subprocess.Popen[bytes]"
"""A program that `start` started."""

_CHUNK = 1 << 18
# What is kept of the words of a program that fails: a crash of a Go program takes megabytes.
_KEPT = 64 * 1024
# Where nobody listens, for a system that gives no network of its own.
_NOWHERE = "http://127.0.0.1:9"
# Seconds in which it is found out what the system can do.
_PATIENCE = 60.0
# A shell goes on as another program only while it is the child of the process with this number.
_SHELL = "/bin/sh"
_WITH_PARENT = 'test "$PPID" = "$1" && shift && exec "$@"'


class _TooMuch(Exception):  # noqa: N818 - what it says is in the error that follows
    """Exception raised when a program prints more than it may."""


class _NoAnswer(ToolError):  # noqa: N818 - to all others it is the error that it is made of
    """Exception raised when a program was killed before it ended."""


# Programs that run now, each until it is waited for, so that `stop_all` meets no other process.
_running: set[Child] = set()
_stopped: WeakSet[Child] = WeakSet()
_lock = threading.Lock()


def run(
    command: Sequence[str],
    *,
    directory: Path | None = None,
    timeout: float = 120,
    environment: Mapping[str, str] | None = None,
    limits: Limits = Limits(),
) -> bytes:
    """Run a program and return what it printed; no shell, no standard input.

    `timeout` is in seconds. The environment is what `environment` says above `closed_environment`,
    and nothing that the caller has; there is no network either, where the system can take it
    away. At a timeout or an interrupt, the program is killed with whatever it started.

    Raises:
        ToolError: when it cannot be started, goes over a limit, or exits with another code
            than 0; the error holds the first lines that it wrote to standard error.
    """
    name = " ".join(command)
    child = begin(command, directory=directory, environment=environment, limits=limits)
    try:
        output, said = _finish(child, timeout, limits.output)
    except subprocess.TimeoutExpired as error:
        message = f"{name}: no answer within {timeout:g} s"
        raise _NoAnswer(message) from error
    except _TooMuch as error:
        message = f"{name}: it printed more than {limits.output // MIB} MiB"
        raise ToolError(message) from error
    finally:
        release(child)
    if child.returncode:
        message = f"{name}: {limits.reason(child.returncode, said)}"
        raise (_NoAnswer if child.returncode == -signal.SIGKILL else ToolError)(message)
    return output


def begin(
    command: Sequence[str],
    *,
    directory: Path | None,
    environment: Mapping[str, str] | None,
    limits: Limits,
    answering: bool = False,
) -> Child:
    """Start a program as `run` does, with pipes for what it prints; to be given to `release`.

    One that is `answering` has a pipe for what it is asked, and what it says is dropped.

    Raises:
        ToolError: when it cannot be started.
    """
    try:
        child = subprocess.Popen(  # noqa: S603 - callers pass fixed programs, never a shell
            command if limits.network else [*without_network(), *command],
            cwd=directory,
            bufsize=0 if answering else -1,
            stdin=subprocess.PIPE if answering else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if answering else subprocess.PIPE,
            env=closed_environment() | dict(environment or {}),
            start_new_session=True,
        )
    except OSError as error:
        message = f"cannot run {command[0]}: {error.strerror}"
        raise ToolError(message) from error
    try:
        with _lock:
            _running.add(child)
        limits.hold(child.pid)
    except BaseException:
        release(child)
        raise
    return child


@contextmanager
def start(
    command: Sequence[str],
    *,
    directory: Path,
    environment: Mapping[str, str],
    memory: int,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program that answers until the end of the context, then kill its process group.

    It runs in `directory`, which should be private, with `environment` and nothing else, and
    with at most `memory` bytes of data. What it says is in the file OUTPUT there. It is also
    killed when the context is left by an exception, as SIGINT and SIGTERM raise one in `main`,
    and, on Linux, with the thread that started it, however that ends.

    Raises:
        ToolError: when it cannot be started.
    """
    try:
        with (directory / OUTPUT).open("wb") as output:
            child = subprocess.Popen(  # noqa: S603 - callers pass fixed programs, never a shell
                [*dying_with_us(), *command],
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
            )
    except OSError as error:
        message = f"cannot run {command[0]}: {error.strerror}"
        raise ToolError(message) from error
    try:
        # Not one of those that `stop_all` ends: it answers others too, until the context ends.
        Limits(memory=memory, processor=24 * 3600, file=64 * MIB).hold(child.pid)
        yield child
    finally:
        release(child)


def stop_all() -> None:
    """Kill every program that `run` waits for in some thread: its `run` ends with ToolError.

    So are those that answer; `is_stopped` tells it.
    """
    with _lock:
        _stopped.update(_running)
        for child in _running:
            _kill_group(child)


def is_stopped(child: Child) -> bool:
    """Say whether `stop_all` killed a program."""
    return child in _stopped


@cache
def private_directory() -> Path:
    """Return an empty directory of this process alone; it is removed when the process ends.

    One for all programs: they use it as home and for temporary files, and most never do.
    """
    path = tempfile.mkdtemp(prefix="testnet-private-")
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return Path(path)


def closed_environment() -> dict[str, str]:
    """Return an environment from which nothing is found: no program, no account, no network."""
    home = str(private_directory())
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), _NOWHERE)
    lower = {name.lower(): value for name, value in proxies.items()}
    return {"PATH": "", "HOME": home, "TMPDIR": home, "LC_ALL": "C.UTF-8", **proxies, **lower}


def dying_with_us() -> tuple[str, ...]:
    """Return the command before another that ends it with this process; empty where none may.

    It ends with the thread that starts it and, where there is a shell, does not begin after the
    end of the process.
    """
    before = _before("setpriv", "--pdeathsig", "KILL")
    if not before or not os.access(_SHELL, os.X_OK):
        return before
    # Of an end before it asks for that signal, the kernel says nothing.
    return (*before, _SHELL, "-c", _WITH_PARENT, "sh", str(os.getpid()))


def without_network() -> tuple[str, ...]:
    """Return the command before another that takes the network from it; empty where none may.

    Raises:
        ToolError: when whether it may could not be found out.
    """
    return _before("unshare", "--user", "--net")


@cache
def _before(name: str, *options: str) -> tuple[str, ...]:
    """Return a program of the system that starts another one in its own way, if it works here.

    Raises:
        ToolError: when it was killed before it could tell, which says nothing of the next time.
    """
    program = shutil.which(name, path="/usr/bin:/bin")
    if program is None:
        return ()
    before = (program, *options, "--")
    try:
        run([*before, program, "--version"], timeout=_PATIENCE, limits=Limits(network=True))
    except _NoAnswer:
        raise
    except ToolError:  # not permitted, an older one, or another of that name
        return ()
    return before


def _finish(child: subprocess.Popen[bytes], timeout: float, most: int) -> tuple[bytes, bytes]:
    """Return what a program prints to its two streams until it ends."""
    end = monotonic() + timeout
    assert child.stdout  # noqa: S101 - for the type checker: both are pipes
    assert child.stderr  # noqa: S101
    output, said = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        for stream, text in ((child.stdout, output), (child.stderr, said)):
            selector.register(stream, selectors.EVENT_READ, text)
        while selector.get_map():
            ready = selector.select(max(0, end - monotonic()))
            if not ready:
                raise subprocess.TimeoutExpired(child.args, timeout)
            for key, _ in ready:
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    selector.unregister(key.fileobj)
                key.data.extend(chunk)
            del said[_KEPT:]
            if len(output) > most:
                raise _TooMuch
    child.wait(max(0.01, end - monotonic()))
    return bytes(output), bytes(said)


def release(child: Child) -> None:
    """Forget a program; one that has not been waited for is killed first, with its group."""
    with _lock:
        _running.discard(child)
    kill(child)
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream is not None:
            stream.close()
    child.wait()


def kill(child: Child) -> None:
    """Kill a program that has not been waited for, with its group; `release` waits for it."""
    with _lock:
        if child.returncode is None:
            _kill_group(child)


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
