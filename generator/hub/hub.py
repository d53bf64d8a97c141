"""A repository on GitHub: how it is found, and what can be asked of it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from generator.errors import UsageError
from generator.hub import pulls, statuses
from generator.hub.api import Api, unexpected
from generator.hub.pulls import ChangedFile, Pull
from generator.hub.statuses import Status

if TYPE_CHECKING:  # half a second, for a source that few commands open
    from github import Github

_SECONDS = 15
_NAME = r"[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}"
_URL = re.compile(
    r"(?:https://|ssh://(?:git@)?|git@)(?P<host>[A-Za-z0-9.-]{1,253})"
    rf"(?::[0-9]{{1,5}}(?=/))?[/:](?P<name>{_NAME}?)(?:\.git)?/?"
)


@dataclass(frozen=True, slots=True)
class Hub:
    """The repository `name` ("owner/repository") behind GitHub's interfaces.

    Every method raises HubError when GitHub refuses, fails, or answers with something else.
    """

    name: str
    api: Api

    @property
    def owner(self) -> str:
        """The first half of the name."""
        return self.name.partition("/")[0]

    @property
    def repository(self) -> str:
        """The second half of the name."""
        return self.name.partition("/")[2]

    def default_branch(self) -> str:
        """Return the branch that pull requests are for, where nothing else is said."""
        content = self.api.get(f"/repos/{self.name}", f"repository {self.name}")
        branch = content.get("default_branch") if isinstance(content, dict) else None
        if not isinstance(branch, str) or not branch:
            raise unexpected(f"repository {self.name}")
        return branch

    def newest(self, commit: str, contexts: Collection[str]) -> dict[str, Status]:
        """Return the newest status of a commit for each of the contexts that has any."""
        return statuses.newest_statuses(self.api, self.name, commit, contexts)

    def statuses(self, commit: str) -> dict[str, Status]:
        """Return the newest status of a commit for every context."""
        return statuses.newest_statuses(self.api, self.name, commit)

    def pulls(self) -> tuple[Pull, ...]:
        """Return all open pull requests, the oldest first."""
        return pulls.read_pulls(self.api, self.name)

    def pull(self, number: int) -> Pull:
        """Return one pull request, open or not."""
        return pulls.read_pull(self.api, self.name, number)

    def pulls_of(self, commit: str) -> tuple[Pull, ...]:
        """Return the pull requests that a commit came to the repository by, or is part of."""
        return pulls.read_pulls_of(self.api, self.name, commit)

    def files(self, number: int) -> tuple[ChangedFile, ...]:
        """Return the files that a pull request changes, the first `MOST_FILES` of them."""
        return pulls.read_files(self.api, self.name, number)


def open_hub(
    url: str,
    environment: Mapping[str, str],
    *,
    asker: str = "--evidence github: ",
    need: str = "read commit statuses",
    say: Callable[[str], None] = lambda _: None,
) -> Hub:
    """Return the repository that a URL of git names, read with the token of the environment.

    GITHUB_TOKEN, else GH_TOKEN; GITHUB_API_URL and GITHUB_GRAPHQL_URL where they are not those
    that follow from `url`. Errors begin with `asker` and say that the token may `need`.

    Raises:
        UsageError: when there is no token, or the URL is of no repository on GitHub.
    """
    match = _URL.fullmatch(url)
    if not match:
        raise UsageError(f"{asker}the environments repository is not on GitHub")
    host = match["host"].lower()
    usual = "https://api.github.com" if host == "github.com" else f"https://{host}/api/v3"
    return name_hub(match["name"], environment, asker=asker, need=need, say=say, api=usual)


def name_hub(  # noqa: PLR0913 - as open_hub
    name: str,
    environment: Mapping[str, str],
    *,
    asker: str = "",
    need: str = "read the repository",
    say: Callable[[str], None] = lambda _: None,
    api: str = "https://api.github.com",
) -> Hub:
    """Return the repository of a name ("owner/repository"), as `open_hub` does.

    Raises:
        UsageError: when there is no token, or the name is none.
    """
    if not re.fullmatch(_NAME, name) or ".." in name.split("/"):
        raise UsageError(f'{asker}"{name[:80]}" is not OWNER/NAME')
    token = environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN") or ""
    if not token:
        raise UsageError(f"{asker}set GITHUB_TOKEN to a token that may {need}")
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise UsageError(f"{asker}GITHUB_TOKEN is no token")
    base = _address(environment.get("GITHUB_API_URL") or api, asker, "GITHUB_API_URL")
    graphql = environment.get("GITHUB_GRAPHQL_URL") or ""
    if graphql:
        graphql = _address(graphql, asker, "GITHUB_GRAPHQL_URL")
        if urlsplit(graphql)[:2] != urlsplit(base)[:2]:
            raise UsageError(f"{asker}GITHUB_GRAPHQL_URL is on another host than GITHUB_API_URL")
    return Hub(name, Api(_client(base, token), graphql, say))


def _address(url: str, asker: str, variable: str) -> str:
    """Return an address that a token may be sent to: over TLS, or to this machine."""
    parts = urlsplit(url)
    try:
        local = ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        local = False
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise UsageError(f"{asker}{variable} is no https address")
    return url.rstrip("/")


def _client(base: str, token: str) -> Github:
    from github import Auth, Github  # noqa: PLC0415
    from urllib3 import Retry  # noqa: PLC0415

    # What is asked again is decided in api.py: the client's own way waits as long as it is told.
    retry = Retry(0, read=False, respect_retry_after_header=False)
    return Github(
        auth=Auth.Token(token),
        base_url=base,
        timeout=_SECONDS,
        retry=retry,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )
