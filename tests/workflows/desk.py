"""The small GitHub as workflows meet it: tokens with rights of their own, branches, new pulls."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.github.answers import PERMISSIONS
from tests.github.fake import TOKEN, FakeGitHub
from tests.workflows.commits import git, write_commit

Json = Any
NAME = "o1-labs/testnets"
BOT, ACTIONS = "testnet-bot[bot]", "github-actions[bot]"
FORBIDDEN: Json = 403, {}, {"message": "Resource not accessible by integration"}


@dataclass(frozen=True, slots=True)
class Right:
    """What a token is: the login behind it, what it may look at, and what it may change."""

    login: str
    reads: frozenset[str]
    writes: frozenset[str]


class Desk(FakeGitHub):
    """Knows several tokens, and makes branches, commits that take files away, and pulls."""

    def __init__(self, git: Path) -> None:
        super().__init__(git=git, name=NAME)
        self.rights: dict[str, Right] = {}
        start = f"/repos/{NAME}"
        self._routes: tuple[tuple[str, str, str, Callable[..., Json]], ...] = (
            ("POST", f"{start}/git/refs", "contents", self._make),
            ("PATCH", f"{start}/git/(refs/heads/.+)", "contents", self._move),
            ("POST", f"{start}/pulls", "pull_requests", self._propose),
            ("POST", "/graphql#Commit", "contents", self._commit),
        )

    def grant(self, kind: str, login: str, permissions: Mapping[str, str]) -> str:
        """Return a new token with some rights, by the names that workflows have for them."""
        token = f"{kind}_{len(self.rights):04d}_thatNobodyMaySee"
        levels = {name.replace("-", "_"): level for name, level in permissions.items()}
        if "pull_requests" in levels:  # a comment on one is asked for as that of an issue
            levels["issues"] = levels["pull_requests"]
        reads = {"metadata"} | (levels.keys() & set(PERMISSIONS))
        writes = {name for name in reads if levels.get(name) == "write"}
        self.rights[token] = Right(login, frozenset(reads), frozenset(writes))
        return token

    def respond(self, method: str, path: str, token: str, body: Json) -> Json:
        """Answer as far as the token may ask."""
        right = self.rights.get(token.partition(" ")[2])
        with self.lock:
            if not right:
                return super().respond(method, path, "", body)
            looks = method == "GET" or (path == "/graphql" and "mutation" not in str(body))
            self.login, self.permissions = right.login, set(right.reads if looks else right.writes)
            where = f"{path}#Commit" if "mutation Commit(" in str(body) else path
            for verb, pattern, permission, route in self._routes:
                match = re.fullmatch(pattern, where)
                if verb != method or not match or self._fails(method, path):
                    continue
                if permission not in self.permissions:
                    return FORBIDDEN
                return route(body, *match.groups())
            return super().respond(method, path, f"token {TOKEN}", body)

    def _fails(self, method: str, path: str) -> bool:
        return any(f.method == method and re.search(f.path, path) for f in self.faults)

    def _make(self, body: Json) -> Json:
        if git("-C", str(self.git), "for-each-ref", body["ref"]):
            return 422, {}, {"message": "Reference already exists"}
        self.ground.point(body["ref"], body["sha"])
        return 201, {}, {"ref": body["ref"]}

    def _move(self, body: Json, ref: str) -> Json:
        self.ground.point(ref, body["sha"])
        return 200, {}, {"ref": ref}

    def _propose(self, body: Json) -> Json:
        number = self.open_pull(body["head"], title=body["title"], author=self.login)
        return 201, {}, {"number": number}

    def _commit(self, body: Json) -> Json:
        variables = body["variables"]
        branch = variables["branch"]["branchName"]
        if self.ground.head(branch) != variables["head"]:
            return 200, {}, {"data": None, "errors": [{"type": "STALE_DATA", "message": "moved"}]}
        gone = {entry["path"]: None for entry in variables["changes"]["deletions"]}
        message = "{headline}\n\n{body}\n".format(**variables["message"])
        made = write_commit(Path(str(self.git)), branch, gone, message)
        return 200, {}, {"data": {"createCommitOnBranch": {"commit": {"oid": made}}}}
