"""A real `git http-backend` on loopback, that can demand credentials and lose connections."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


class GitServer(ThreadingHTTPServer):
    """Serves the repositories below `root`.

    `demands` is "user:password", `loses` part of a path whose answer is thrown away once it is
    made, `answers` a status that is given in place of any work.
    """

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.demands = ""
        self.loses = ""
        self.answers = 0
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: GitServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self._body()
        path, _, query = self.path.partition("?")
        self.server.asked.append(path)
        expected = base64.b64encode(self.server.demands.encode()).decode()
        if self.server.demands and self.headers.get("Authorization") != f"Basic {expected}":
            self._answer(401, b"no", [("WWW-Authenticate", 'Basic realm="git"')])
            return
        if self.server.answers:
            self._answer(self.server.answers, b"no", [])
            return
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "tests",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False
        )
        if self.server.loses and self.server.loses in path:
            self.close_connection = True
            return
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        parts = (line.partition(": ") for line in head.decode().split("\r\n"))
        headers = [(name, value) for name, _, value in parts]
        status = int(dict(headers).get("Status", "200").split()[0])
        self._answer(status, content, [pair for pair in headers if pair[0] != "Status"])

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, status: int, content: bytes, headers: list[tuple[str, str]]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serve(root: Path) -> Iterator[GitServer]:
    """Serve until the end of the context."""
    with GitServer(root) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
