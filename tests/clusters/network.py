"""The way from a cluster to its git repository: a proxy of its own, and one server behind it.

Flux fetches `https://github.com/...`, as the fleet file has it. HTTPS_PROXY leads source-controller
to a proxy that knows this one host and connects it to the git server, and that can lose the
connection. The certificate is that of an authority which the Secret of the GitRepository names.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

from tests.git.web import GitServer

HOST = "github.com"
USER, PASSWORD = "flux", "of-these-tests"


class Proxy(ThreadingTCPServer):
    """Connects to one address; `partitioned` refuses, `hanging` never answers."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 50

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.target = port
        self.partitioned = False
        self.hanging = False
        self.refused: list[str] = []
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Tunnel(StreamRequestHandler):
    server: Proxy

    def handle(self) -> None:
        words = self.rfile.readline().decode("latin-1").split()
        while self.rfile.readline().strip():
            pass
        if words[:2] != ["CONNECT", f"{HOST}:443"]:
            self.server.refused.append(" ".join(words[:2]))
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        while self.server.hanging and not self.server.ended.wait(0.05):
            pass
        if self.server.partitioned:
            self.wfile.write(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", self.server.target)) as inner:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            with suppress(OSError):
                self._carry(inner)

    def _carry(self, inner: socket.socket) -> None:
        other = {self.connection: inner, inner: self.connection}
        while not self.server.ended.is_set() and not self.server.partitioned:
            readable, _, _ = select.select(list(other), [], [], 0.2)
            for end in readable:
                data = end.recv(65536)
                if not data:
                    return
                other[end].sendall(data)


class TlsGitServer(GitServer):
    """The git server of the tests of publishing, over TLS."""

    def __init__(self, root: Path, context: ssl.SSLContext) -> None:
        super().__init__(root)
        self.demands = f"{USER}:{PASSWORD}"
        self._context = context

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        # The handshake is left to the thread of the request, or one slow client stops all.
        connection, address = super().get_request()
        wrapped = self._context.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False
        )
        return wrapped, address

    def handle_error(self, *_: object) -> None:
        """Say nothing: connections are lost on purpose."""


@contextmanager
def running(server: Proxy | TlsGitServer) -> Iterator[None]:
    """Serve until the end of the context."""
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield
        finally:
            if isinstance(server, Proxy):
                server.ended.set()
            server.shutdown()
            thread.join()
