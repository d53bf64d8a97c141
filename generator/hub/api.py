"""One request to GitHub, and what can go wrong with it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from generator.errors import RemoteError

if TYPE_CHECKING:  # half a second, for a source that few commands open
    from github import Github, GithubException

PAGE = 100  # the most that GitHub gives
MOST_PAGES = 30
TRIES = 3
LONGEST_WAIT = 60  # seconds that are waited for a rate limit; whoever runs this gives up later
_BACK_OFF = 0.2  # seconds after the first failure, doubled by each
_SHOWN = 200  # characters of GitHub's own words
_NEXT = re.compile(r"<[^<>]*[?&]page=([0-9]{1,6})[^<>]*>;\s*rel=\"next\"")
_WHY = {
    401: "does not accept the token",
    404: "has no such thing, or does not show it to this token",
    409: "says that something was changed meanwhile",
    410: "has this no more",
    422: "does not take this",
    429: "has had too many requests",
}

Json = Any  # a parsed document


class HubError(RemoteError):
    """Exception raised when GitHub refuses or fails, in a sentence that begins with "GitHub".

    `status` is that of HTTP, 0 without an answer; `kind` the type of an error of GraphQL.
    `uncertain` says that what was asked for may have happened all the same.
    """

    def __init__(
        self, text: str, *, status: int = 0, kind: str = "", said: str = "", uncertain: bool = False
    ) -> None:
        self.status = status
        self.kind = kind
        self.said = said
        self.uncertain = uncertain
        super().__init__(f"GitHub {text}")


@dataclass(frozen=True, slots=True)
class Api:
    """GitHub's interfaces behind a client; `say` is told why something takes a while.

    All paths are made here: no address in an answer is ever followed, so that the token goes
    nowhere else.
    """

    client: Github
    graphql: str = ""
    say: Callable[[str], None] = lambda _: None
    sleep: Callable[[float], None] = field(default=time.sleep)

    def get(self, path: str, what: str, **parameters: str | int) -> Json:
        """Return the document at a path; `what` names it where it is missing."""
        return self._ask("GET", path, what, parameters=parameters)[1]

    def pages(self, path: str, what: str, *, key: str = "", **parameters: str) -> Iterator[Json]:
        """Yield the entries of a list page by page, from its field `key` where it has one.

        Raises:
            HubError: also where there are more pages than anybody should have.
        """
        for page in range(1, MOST_PAGES + 1):
            query: dict[str, str | int] = {**parameters, "per_page": PAGE, "page": page}
            headers, body = self._ask("GET", path, what, parameters=query)
            entries = body.get(key) if key and isinstance(body, dict) else body
            if not isinstance(entries, list):
                raise unexpected(what)
            yield from entries
            following = _NEXT.search(headers.get("link", ""))
            if not following:
                return
            if following[1] != str(page + 1):
                # A redirection drops the page that was asked for.
                raise HubError(f"knows {what} under a new name of the repository: use that")
        raise HubError(f"has more than {MOST_PAGES * PAGE} {what}")

    def send(self, verb: str, path: str, what: str, body: Mapping[str, Json] | None = None) -> Json:
        """Send a body to a path and return the answer.

        A POST is never sent twice: the error says whether it may have happened.
        """
        return self._ask(verb, path, what, body=None if body is None else dict(body))[1]

    def query(self, document: str, what: str, *, writes: bool = False, **variables: Json) -> Json:
        """Return the data that GitHub answers to a document of GraphQL.

        Raises:
            HubError: also for an answer with errors, with the kind of the first one.
        """
        verb = "POST" if writes else "QUERY"
        body = {"query": document, "variables": variables}
        url = self.graphql or self.client.requester.graphql_url
        answer = self._ask(verb, url, what, body=body)[1]
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), dict):
            raise unexpected(what)
        return answer["data"]

    def _ask(
        self,
        verb: str,
        path: str,
        what: str,
        *,
        parameters: Mapping[str, str | int] | None = None,
        body: Json = None,
    ) -> tuple[Mapping[str, str], Json]:
        """Ask until there is an answer, a refusal, or nothing to hope for."""
        for tried in range(1, TRIES + 1):
            try:
                return self._once(verb, path, what, parameters, body)
            except _Wait as wait:
                if tried == TRIES or wait.seconds > LONGEST_WAIT:
                    raise wait.error from None
                self.say(f"GitHub asks for {wait.seconds} s of patience")
                self.sleep(wait.seconds)
            except HubError as error:
                hopeless = error.status and error.status < 500  # noqa: PLR2004 - servers' own
                if tried == TRIES or hopeless or verb == "POST":
                    raise
                self.sleep(_BACK_OFF * 2**tried)
        raise AssertionError

    def _once(
        self,
        verb: str,
        path: str,
        what: str,
        parameters: Mapping[str, str | int] | None,
        body: Json,
    ) -> tuple[Mapping[str, str], Json]:
        from github import GithubException  # noqa: PLC0415
        from requests import ConnectionError as NoConnection  # noqa: PLC0415
        from requests import RequestException  # noqa: PLC0415

        sent = "POST" if verb == "QUERY" else verb
        try:
            headers, answer = self.client.requester.requestJsonAndCheck(
                sent, path, parameters=dict(parameters or {}), input=body
            )
        except GithubException as error:
            raise self._refusal(error, verb, what) from None
        except (RequestException, OSError, RuntimeError, ValueError, AssertionError) as error:
            # Nothing was sent where nobody was reached.
            reached = not (isinstance(error, NoConnection) and "NewConnection" in repr(error))
            raise HubError(
                f"does not answer ({type(error).__name__})", uncertain=verb == "POST" and reached
            ) from None
        self._judge_errors(headers, answer, what)
        return headers, answer

    def _judge_errors(self, headers: Mapping[str, str], answer: Json, what: str) -> None:
        """Refuse an answer of GraphQL that has errors."""
        errors = answer.get("errors") if isinstance(answer, dict) else None
        if not errors:
            return
        first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
        kind, said = str(first.get("type", "")), self._clean(first.get("message"))
        if kind == "RATE_LIMITED":
            raise self._wait(headers, HubError(_WHY[429], status=429, kind=kind))
        why = {
            "NOT_FOUND": f"knows no {what}, or does not show it to this token",
            "FORBIDDEN": f"does not let the token do this with {what}",
        }.get(kind, f"does not do this with {what}")
        raise HubError(f"{why}: {said}", status=200, kind=kind, said=said)

    def _refusal(self, error: GithubException, verb: str, what: str) -> Exception:
        """Return what a status of HTTP means."""
        status, headers = error.status, error.headers or {}
        said = self._clean(error.data.get("message") if isinstance(error.data, dict) else "")
        limited = headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
        if status == 429 or (status == 403 and limited):  # noqa: PLR2004 - see _WHY
            return self._wait(headers, HubError(_WHY[429], status=status))
        if status == 403:  # noqa: PLR2004
            return HubError(_forbidden(headers, what, said), status=status, said=said)
        if status >= 500:  # noqa: PLR2004
            trouble = f"has trouble of its own (HTTP {status})"
            return HubError(trouble, status=status, uncertain=verb == "POST")
        why = _WHY.get(status, "answers with an error")
        words = f": {said}" if status in {409, 422} and said else ""
        return HubError(f"{why} ({what}, HTTP {status}){words}", status=status, said=said)

    def _wait(self, headers: Mapping[str, str], error: HubError) -> Exception:
        """Return for how long GitHub wants to be left alone, or the error where it is too long."""
        now = time.time()
        reset = _seconds(headers.get("x-ratelimit-reset"), now)
        after = headers.get("retry-after")
        seconds = _seconds(after, 0) if after else max(0, reset - int(now)) + 1
        if not after and headers.get("x-ratelimit-remaining") != "0":
            return error
        words = f"{seconds} s" if seconds < 2 * LONGEST_WAIT else f"{seconds // 60} min"
        text = f"has had too many requests from this token: it takes the next one in {words}"
        return _Wait(seconds, HubError(text, status=error.status, kind=error.kind))

    def _clean(self, text: Json) -> str:
        """Return words of GitHub on one line, without what looks odd, and without the token."""
        token = getattr(self.client.requester.auth, "token", "")
        words = "".join(c if c.isprintable() else " " for c in str(text or ""))
        return (words.replace(token, "***") if token else words)[:_SHOWN]


class _Wait(Exception):  # noqa: N818 - no failure yet
    def __init__(self, seconds: int, error: HubError) -> None:
        self.seconds = seconds
        self.error = error
        super().__init__()


def unexpected(what: str) -> HubError:
    """Return the error for an answer of another shape than GitHub documents."""
    return HubError(f"answers with something else than {what}")


def segment(text: str) -> str:
    """Return a text as one segment of a path."""
    return quote(text, safe="")


def plain(document: Json) -> str:
    """Return a document as one text that only depends on its content."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False)


def _seconds(text: str | None, otherwise: float) -> int:
    return int(text) if text and re.fullmatch(r"[0-9]{1,12}", text) else int(otherwise)


def _forbidden(headers: Mapping[str, str], what: str, said: str) -> str:
    """Return why a token may not do something; GitHub names the permissions that would do."""
    needed = headers.get("x-accepted-github-permissions") or ""
    scopes = headers.get("x-accepted-oauth-scopes") or ""
    named = re.sub(r"[^a-z_=,; ]", "", needed)[:_SHOWN].replace(";", " or").replace("=", ": ")
    if "locked" in said.lower():
        return f"does not let anybody write to {what}: the conversation is locked"
    if named and "not accessible" in said.lower():
        return f"does not let the token do this with {what}: it needs the permission {named}"
    if named or scopes:
        wanted = named or f"of the scope {re.sub(r'[^a-z_:, ]', '', scopes)[:_SHOWN]}"
        return f"does not let the token do this with {what} (permission {wanted}): {said}"
    return f"does not let the token do this with {what} (HTTP 403): {said}"
