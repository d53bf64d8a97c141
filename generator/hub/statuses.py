"""Commit statuses of a repository on GitHub, newest first."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from generator.errors import RemoteError, UsageError

if TYPE_CHECKING:  # half a second, for a source that few commands open
    from github import Github

_PAGE = 100  # the most that GitHub gives
_MOST_PAGES = 30
_SECONDS = 15
_URL = re.compile(
    r"(?:https://|ssh://(?:git@)?|git@)(?P<host>[A-Za-z0-9.-]{1,253})"
    r"(?::[0-9]{1,5}(?=/))?[/:](?P<name>[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}?)(?:\.git)?/?"
)
_WHY = {
    401: "does not accept the token",
    403: "does not let the token read commit statuses",
    404: "has no such repository, or does not show it to this token",
    422: "does not know this commit",
    429: "has had too many requests",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One status of one commit; `creator` is a login, `at` as GitHub writes it (RFC 3339)."""

    commit: str
    context: str
    state: str
    description: str
    creator: str
    at: str


@dataclass(frozen=True, slots=True)
class Hub:
    """The repository `name` ("owner/repository") behind a client of GitHub's API."""

    name: str
    client: Github

    def newest(self, commit: str, contexts: Collection[str]) -> dict[str, Status]:
        """Return the newest status of a commit for each of the contexts that has any.

        GitHub gives them newest first, so that older pages are only read for what is missing.

        Raises:
            RemoteError: when it cannot be known, in words that follow "GitHub".
        """
        missing = set(contexts)
        found: dict[str, Status] = {}
        for page in range(1, _MOST_PAGES + 1):
            items, more = self._page(commit, page)
            for item in items:
                status = _status(item, commit)
                if status.context in missing:
                    found[status.context] = status
                    missing.remove(status.context)
            if not more or not missing:
                return found
        raise RemoteError(f"has more than {_MOST_PAGES * _PAGE} statuses on {commit[:12]}")

    def _page(self, commit: str, page: int) -> tuple[list[Any], bool]:
        """Return the statuses on a page, and whether there are more pages."""
        from github import GithubException  # noqa: PLC0415
        from requests import RequestException  # noqa: PLC0415

        try:
            headers, items = self.client.requester.requestJsonAndCheck(
                "GET",
                f"/repos/{self.name}/commits/{commit}/statuses",
                parameters={"per_page": _PAGE, "page": page},
            )
        except GithubException as error:
            raise RemoteError(_refusal(error.status, error.headers or {})) from error
        except (RequestException, OSError, RuntimeError, ValueError) as error:
            raise RemoteError(f"does not answer ({type(error).__name__})") from error
        if not isinstance(items, list):
            raise RemoteError("answers with something else than statuses")
        return items, 'rel="next"' in headers.get("link", "")


def open_hub(url: str, environment: Mapping[str, str]) -> Hub:
    """Return the repository that a URL of git names, read with the token of the environment.

    GITHUB_TOKEN, else GH_TOKEN; GITHUB_API_URL where it is not the one that follows from `url`.

    Raises:
        UsageError: when there is no token, or the URL is of no repository on GitHub.
    """
    match = _URL.fullmatch(url)
    if not match:
        raise UsageError("--evidence github: the environments repository is not on GitHub")
    token = environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN") or ""
    if not token:
        raise UsageError(
            "--evidence github: set GITHUB_TOKEN to a token that may read commit statuses"
        )
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise UsageError("--evidence github: GITHUB_TOKEN is no token")
    host = match["host"].lower()
    usual = "https://api.github.com" if host == "github.com" else f"https://{host}/api/v3"
    return Hub(match["name"], _client(_api(environment.get("GITHUB_API_URL") or usual), token))


def _api(url: str) -> str:
    """Return an address that a token may be sent to: over TLS, or to this machine."""
    parts = urlsplit(url)
    try:
        local = ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        local = False
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise UsageError("--evidence github: GITHUB_API_URL is no https address")
    return url.rstrip("/")


def _client(api: str, token: str) -> Github:
    from github import Auth, Github  # noqa: PLC0415
    from urllib3 import Retry  # noqa: PLC0415

    # Its own retries wait for as long as a rate limit lasts, up to an hour.
    retry = Retry(total=2, backoff_factor=0.1, status_forcelist=(500, 502, 503, 504))
    return Github(
        auth=Auth.Token(token),
        base_url=api,
        timeout=_SECONDS,
        retry=retry,
        seconds_between_requests=None,
    )


def _refusal(status: int, headers: Mapping[str, str]) -> str:
    if status in {403, 429} and headers.get("x-ratelimit-remaining") == "0":
        return "has had too many requests from this token: wait for its rate limit"
    if status in {403, 429} and "retry-after" in headers:
        return "has had too many requests"
    return f"{_WHY.get(status, 'answers with an error')} (HTTP {status})"


def _status(item: Any, commit: str) -> Status:  # noqa: ANN401 - a parsed document
    """Return a status in an answer about `commit`; a creator who is gone has no login."""
    fields = item if isinstance(item, dict) else {}
    creator = fields.get("creator")
    texts = {
        "context": fields.get("context"),
        "state": fields.get("state"),
        "description": fields.get("description") or "",
        "creator": creator.get("login") if isinstance(creator, dict) else "",
        "at": fields.get("created_at"),
    }
    known = {name: text for name, text in texts.items() if isinstance(text, str)}
    if len(known) < len(texts) or not str(fields.get("url")).endswith(f"/statuses/{commit}"):
        raise RemoteError("answers with something else than statuses of the commit")
    return Status(commit=commit, **known)
