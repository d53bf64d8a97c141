"""A small GitHub with a memory, on loopback: pull requests, comments, checks, merges, rules.

    with serve(FakeGitHub(git=bare)) as hub:
        number = hub.open_pull("branch", title="Add a net")
        hub.check(number)
        run("testnet", "github", "merge", env=hub.environment)

With `git`, a bare repository, branches and merges are real: a pull request has
refs/pull/N/head there, and merging it moves `main`.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.github import answers, graphql
from tests.github.ground import Ground

TOKEN = "ghs_thatNobodyMaySee"  # noqa: S105 - of this server alone
NAME = "o1-labs/testnets"
BOT = "testnet-bot[bot]"

Json = Any
Answer = tuple[int, dict[str, str], Json]


@dataclass
class Pull:
    """A pull request as the fake keeps it; `files` only where there is no git repository."""

    number: int
    title: str
    author: str
    branch: str
    base: str
    head: str
    fork: bool = False
    draft: bool = False
    state: str = "open"
    merged: str = ""  # the commit by which
    files: list[Json] = field(default_factory=list)
    review: str | None = None
    auto_by: str = ""
    merge_state: str = ""  # instead of what follows from the checks


@dataclass
class Fault:
    """What is answered instead, `times` times; `after` the request did what it asks for."""

    method: str
    path: str  # a regular expression; for GraphQL "/graphql#Operation"
    answer: Answer
    times: int = 1
    after: bool = False


@dataclass
class FakeGitHub:
    """All that this GitHub knows; a test may set any of it, before or while it is served."""

    git: Path | None = None
    name: str = NAME
    login: str = BOT
    permissions: set[str] = field(default_factory=lambda: set(answers.PERMISSIONS))
    pulls: dict[int, Pull] = field(default_factory=dict)
    comments: dict[int, Json] = field(default_factory=dict)  # by their own id
    checks: dict[str, list[Json]] = field(default_factory=dict)
    statuses: dict[str, list[Json]] = field(default_factory=dict)
    rulesets: dict[int, Json] = field(default_factory=dict)
    settings: dict[str, Json] = field(default_factory=lambda: dict(answers.SETTINGS))
    queue: list[int] | None = None  # of numbers; None where there is no merge queue
    locked: set[int] = field(default_factory=set)
    strict: bool = False  # a pull request has to be up to date
    requires_gate: bool = True
    faults: list[Fault] = field(default_factory=list)
    examples: dict[str, Json] = field(default_factory=dict)  # what fills up answers
    requests: list[tuple[str, str, Json]] = field(default_factory=list)
    port: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)
    ids: Iterator[int] = field(default_factory=lambda: iter(range(1000, 1_000_000)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What GitHub Actions would set to be led here."""
        return {
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": self.url,
            "GITHUB_GRAPHQL_URL": f"{self.url}/graphql",
            "GITHUB_REPOSITORY": self.name,
        }

    @property
    def ground(self) -> Ground:
        return Ground(self.git)

    def open_pull(self, branch: str, **fields: Any) -> int:
        """Open a pull request for a branch: its head is that of git, or `head`."""
        with self.lock:
            number = len(self.pulls) + 1
            head = fields.pop("head", "") or self.ground.head(branch)
            defaults = {"title": f"Change {number}", "author": "developer", "base": "main"}
            self.pulls[number] = Pull(
                number=number, branch=branch, head=head, **(defaults | fields)
            )
            self.ground.point(f"refs/pull/{number}/head", head)
            return number

    def push(self, number: int, head: str = "") -> str:
        """Move the head of a pull request to a commit, by default that of its branch."""
        with self.lock:
            pull = self.pulls[number]
            pull.head = head or self.ground.head(pull.branch)
            self.ground.point(f"refs/pull/{number}/head", pull.head)
            return pull.head

    def check(self, number: int = 0, conclusion: str | None = "success", **changes: Json) -> None:
        """Post a run of `gate` on the head of a pull request (or on `head_sha`); None: it runs."""
        with self.lock:
            head = changes.get("head_sha") or self.pulls[number].head
            run = answers.check_run(next(self.ids), head, conclusion) | changes
            self.checks.setdefault(head, []).insert(0, run)
            self.settle()

    def status(self, commit: str, context: str, **changes: Json) -> None:
        """Post a commit status as Flux does where all went well, but for some fields."""
        with self.lock:
            posted = answers.status(self.name, next(self.ids), commit, context) | changes
            self.statuses.setdefault(commit, []).insert(0, posted)

    def comment(self, number: int, body: str, login: str = "") -> int:
        """Write a comment on a pull request, as ourselves unless there is a login."""
        with self.lock:
            made = answers.comment(self, next(self.ids), number, body, login or self.login)
            self.comments[made["id"]] = made
            return int(made["id"])

    def bodies(self, number: int) -> list[str]:
        """Return the comments on a pull request, the oldest first."""
        with self.lock:
            end = f"/issues/{number}"
            return [c["body"] for c in self.comments.values() if c["issue_url"].endswith(end)]

    def gate(self, number: int) -> bool:
        """Say whether the newest `gate` of Actions on the head is green."""
        runs = self.checks.get(self.pulls[number].head, [])
        mine = [r for r in runs if r["name"] == "gate" and r["app"]["slug"] == "github-actions"]
        return bool(mine) and mine[0]["conclusion"] == "success"

    def merge_state(self, number: int) -> str:
        """Return GitHub's mergeStateStatus."""
        pull = self.pulls[number]
        if pull.merge_state:
            return pull.merge_state
        if not self.ground.merges(pull.base, pull.head):
            return "DIRTY"
        if self.strict and not self.ground.contains(pull.head, pull.base):
            return "BEHIND"
        blocked = pull.draft or pull.review in {"REVIEW_REQUIRED", "CHANGES_REQUESTED"}
        return "BLOCKED" if blocked or (self.requires_gate and not self.gate(number)) else "CLEAN"

    def merge(self, number: int, method: str = "merge") -> str:
        """Merge a pull request, whatever is missing, and return the commit."""
        with self.lock:
            pull = self.pulls[number]
            title = f"{pull.title} (#{number})"
            pull.merged = self.ground.merge(pull.base, pull.head, method, title)
            pull.state = "closed"
            return pull.merged

    def settle(self) -> None:
        """Merge what auto-merge was enabled for and is green by now."""
        with self.lock:
            for pull in self.pulls.values():
                ready = pull.state == "open" and self.merge_state(pull.number) == "CLEAN"
                if pull.auto_by and ready:
                    self.merge(pull.number)

    def fail(self, method: str, path: str, answer: Answer, **fields: Any) -> None:
        """Have the next request that matches answered otherwise."""
        self.faults.append(Fault(method, path, answer, **fields))

    def respond(self, method: str, path: str, token: str, body: Json) -> Answer:
        """Answer one request, whole: nothing else happens meanwhile."""
        with self.lock:
            self.requests.append((method, path, body))
            where = path
            if path == "/graphql" and (match := re.search(r"(?:query|mutation) (\w+)", str(body))):
                where = f"/graphql#{match[1]}"
            fault = next(
                (f for f in self.faults if f.method == method and re.search(f.path, where)), None
            )
            if fault:
                fault.times -= 1
                self.faults = [f for f in self.faults if f.times > 0]
                if not fault.after:
                    return fault.answer
            if token not in {f"token {TOKEN}", f"Bearer {TOKEN}"}:
                given: Answer = 401, {}, answers.message("Bad credentials")
            elif path == "/graphql":
                given = 200, {}, graphql.answer(self, body)
            else:
                given = answers.answer(self, method, path, body)
            return fault.answer if fault else given


@contextmanager
def serve(hub: FakeGitHub) -> Iterator[FakeGitHub]:
    """Serve a GitHub on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            sent = self.rfile.read(length)
            token = self.headers.get("Authorization", "")
            body = json.loads(sent) if sent else None
            code, headers, content = hub.respond(self.command, self.path, token, body)
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            if code == 204:
                data = b""
            self.send_response(code)
            kind = {"Content-Type": "application/json; charset=utf-8"}
            for name, value in (kind | headers | {"Content-Length": str(len(data))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

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
