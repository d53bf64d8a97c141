"""An OPA of our own, which is started on loopback and stopped again."""

from __future__ import annotations

import secrets
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from generator.errors import ToolError
from generator.opa.bundle import Bundle
from generator.opa.client import first_lines, make_client
from generator.opa.listener import listens
from generator.opa.server import Server
from generator.process import OUTPUT, Child, start
from generator.which import find_built, find_program

if TYPE_CHECKING:
    from opa_client.opa import OpaClient

MEMORY = 512 * 2**20
# It only loads some files.
START_SECONDS = 20.0
_HEALTH_SECONDS = 0.5
_ATTEMPTS = 5
# Only who knows the token may ask: other users of the machine share its loopback.
_AUTHORISATION = """package system.authz

default allow := false

allow if input.identity == "{token}"
"""


def find_opa(tools: Path | None = None) -> str:
    """Return the program `opa`: from `tools`, where `make tools` puts it, or on PATH.

    Raises:
        ToolError: when there is none.
    """
    found = (find_built("opa", tools) if tools else None) or find_program("opa")
    if found is None:
        message = (
            "OPA 1.22 is needed to judge policies, and there is none in build/tools or on PATH;"
            " `make tools` builds it. Or name a server with --opa"
        )
        raise ToolError(message)
    return found


@contextmanager
def private_server(program: str, bundle: Bundle) -> Iterator[Server]:
    """Start an OPA of our own that loads the policies, and stop it at the end.

    There is something else to do while it loads them: that it did not start is told when it is
    connected to.
    """
    token = secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory(prefix="testnet-opa-") as directory, ExitStack() as stack:
        _write(Path(directory), bundle, token)
        private = _Private(program, Path(directory), token, stack)
        yield Server(private.connect, program, bundle.parts)


class _Private:
    """A server of our own, which starts at once; another may have taken its port before it."""

    def __init__(self, program: str, directory: Path, token: str, stack: ExitStack) -> None:
        self._program = program
        self._directory = directory
        self._token = token
        self._stack = stack
        self._client: OpaClient | None = None
        self._failed = ""
        self._child, self._port = self._start()

    def connect(self) -> OpaClient:
        """Return the client of the server, once it answers.

        Raises:
            ToolError: when it ended instead, with what it said.
        """
        if self._client is None and not self._failed:
            self._client = self._wait()
        if self._client is None:
            raise ToolError(self._failed)
        return self._client

    def _wait(self) -> OpaClient | None:
        """Return the client; None where it ended, and `_failed` says why."""
        said = ""
        for left in reversed(range(_ATTEMPTS)):
            client = make_client("127.0.0.1", self._port, token=self._token)
            self._stack.callback(client.close_connection)
            if _is_ready(client, self._child, self._port):
                return client
            said = (self._directory / OUTPUT).read_text("utf-8", errors="replace").strip()
            if not left or "address already in use" not in said:
                break
            self._child, self._port = self._start()
        self._failed = f"{self._program} did not start: {first_lines(said)}"
        return None

    def _start(self) -> tuple[Child, int]:
        port = _free_port()
        return self._stack.enter_context(_start(self._program, self._directory, port)), port


def _write(directory: Path, bundle: Bundle, token: str) -> None:
    policies = directory / "policies"
    for place in {(policies / path).parent for path in bundle.loaded}:
        place.mkdir(parents=True, exist_ok=True)
    for path, text in bundle.loaded.items():
        (policies / path).write_text(text, "utf-8")
    (policies / "authorisation.rego").write_text(_AUTHORISATION.format(token=token))


def _start(program: str, directory: Path, port: int) -> AbstractContextManager[Child]:
    command = [program, "run", "--server", "--addr", f"127.0.0.1:{port}", "--log-level", "error"]
    command += ["--authentication", "token", "--authorization", "basic"]
    command += ["--skip-version-check", "policies"]
    # It lives for a second: collecting its garbage less is faster, within its limit.
    environment = {"GOGC": "800", "GOMEMLIMIT": str(MEMORY * 3 // 4), "HOME": str(directory)}
    return start(command, directory=directory, environment=environment, memory=MEMORY)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _is_ready(client: OpaClient, child: Child, port: int) -> bool:
    """Wait until a server answers; False when it ended instead.

    Who has taken its port before it could is asked nothing, and does not get the token.
    """
    deadline = time.monotonic() + START_SECONDS
    # Where the system does not tell who listens, it may be one that never answers.
    patience, client.timeout = client.timeout, _HEALTH_SECONDS
    try:
        while child.poll() is None and time.monotonic() < deadline:
            # It may have ended meanwhile, and its port be another's.
            if listens(child.pid, port) and child.poll() is None and client.check_health():
                return True
            time.sleep(0.005)
        return False
    finally:
        client.timeout = patience
