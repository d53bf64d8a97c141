"""GitHub's list of commit statuses, as its documentation shows it, on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghs_thatNobodyMaySee"  # noqa: S105 - of this server alone
URL = "https://github.com/o1-labs/testnet-environments"
NAME = "o1-labs/testnet-environments"

Object = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class HubServer:
    """Statuses by commit, newest first, answers that replace them, and the requests."""

    port: int = 0
    statuses: dict[str, list[Object]] = field(default_factory=dict)
    answer: Answer | None = None
    answers: list[Answer] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What a person sets to be led here."""
        return {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": f"http://127.0.0.1:{self.port}/"}

    def post(self, commit: str, context: str, **changes: object) -> None:
        """Post a status, as Flux does where all went well, but for some fields."""
        posted = {
            "url": f"https://api.github.com/repos/{NAME}/statuses/{commit}",
            "avatar_url": "https://avatars.githubusercontent.com/in/1",
            "id": 1000 + len(self.statuses.get(commit, ())),
            "node_id": "SC_kwDO",
            "state": "success",
            "description": "reconciliation succeeded",
            "target_url": None,
            "context": context,
            "created_at": "2026-11-23T00:00:00Z",
            "updated_at": "2026-11-23T00:00:00Z",
            "creator": {"login": "testnet-flux[bot]", "id": 1, "type": "Bot", "site_admin": False},
        }
        self.statuses.setdefault(commit, []).insert(0, posted | changes)

    def respond(self, path: str, token: str) -> Answer:
        if self.answers:
            return self.answers.pop(0)
        if self.answer:
            return self.answer
        if token != f"token {TOKEN}":
            return 401, {}, message("Bad credentials")
        parts = urlsplit(path)
        prefix, _, rest = parts.path.partition(f"/repos/{NAME}/commits/")
        commit, _, tail = rest.partition("/")
        if prefix or tail != "statuses":
            return 404, {}, message("Not Found")
        query = parse_qs(parts.query)
        size, page = int(query["per_page"][0]), int(query["page"][0])
        statuses = self.statuses.get(commit, [])
        headers = {}
        if len(statuses) > size * page:
            following = f"http://127.0.0.1:{self.port}{parts.path}?per_page={size}&page={page + 1}"
            headers["Link"] = f'<{following}>; rel="next"'
        return 200, headers, json.dumps(statuses[size * (page - 1) : size * page]).encode()


def message(text: str) -> bytes:
    """Return the words in which GitHub refuses."""
    return json.dumps({"message": text, "documentation_url": "https://docs.github.com"}).encode()


@contextmanager
def serve() -> Iterator[HubServer]:
    """Run a GitHub without any status."""
    hub = HubServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            hub.requests.append(self.path)
            code, headers, body = hub.respond(self.path, self.headers.get("Authorization", ""))
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        hub.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
