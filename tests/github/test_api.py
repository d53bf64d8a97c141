"""What GitHub refuses, what it fails at, and what is done about it."""

from __future__ import annotations

import time

import pytest

from generator.hub import Hub, HubError
from generator.hub.api import TRIES
from tests.github.answers import Answer, message
from tests.github.fake import TOKEN, FakeGitHub
from tests.github.graphql import error

SOON = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()))}
LATER = SOON | {"X-RateLimit-Reset": str(int(time.time()) + 3000)}
NEEDS = {"X-Accepted-GitHub-Permissions": "issues=write; pull_requests=write"}
SCOPES = {"X-Accepted-OAuth-Scopes": "repo"}


@pytest.fixture
def number(fake: FakeGitHub) -> int:
    return fake.open_pull("net", head="a" * 40)


def failure(hub: Hub, number: int) -> str:
    """Return why a pull request cannot be read, on one line and without the token."""
    with pytest.raises(HubError) as caught:
        hub.pull(number)
    text = str(caught.value)
    assert text.startswith("GitHub ")
    assert TOKEN not in text
    assert text.isprintable()
    return text


REFUSALS: dict[str, tuple[Answer, str]] = {
    "token": ((401, {}, message("Bad credentials")), "does not accept the token"),
    "permission": (
        (403, NEEDS, message("Resource not accessible by integration")),
        "it needs the permission issues: write or pull_requests: write",
    ),
    "scope": ((403, SCOPES, message("Must have admin")), "permission of the scope repo): Must"),
    "forbidden": ((403, {}, message(f"no\n{TOKEN}\x1b[31m")), "(HTTP 403): no ***"),
    "missing": ((404, {}, message("Not Found")), "or does not show it to this token (pull request"),
    "gone": ((410, {}, message("Gone")), "has this no more"),
    "conflict": ((409, {}, message("changed")), "something was changed meanwhile"),
    "invalid": ((422, {}, message("bad field")), "HTTP 422): bad field"),
    "teapot": ((418, {}, b""), "answers with an error (pull request 1 of o1-labs/testnets"),
    "limit": ((403, LATER, message("API rate limit")), "it takes the next one in "),
    "secondary": (
        (403, {"Retry-After": "3600"}, message("secondary rate limit")),
        "it takes the next one in 60 min",
    ),
    "throttled": ((429, {}, message("slow down")), "has had too many requests"),
    "elsewhere": ((301, {"Location": "https://example.org/x"}, b""), "does not answer"),
    "html": ((200, {}, b"<html>"), "something else than pull request 1"),
    "another": ((200, {}, {"number": 2}), "something else than pull request 1"),
}
PATIENT = {"elsewhere"}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal(fake: FakeGitHub, hub: Hub, number: int, naps: list[float], name: str) -> None:
    answer, reason = REFUSALS[name]
    fake.fail("GET", f"pulls/{number}", answer, times=9)
    assert reason in failure(hub, number)
    assert len(fake.requests) == (TRIES if name in PATIENT else 1)
    assert bool(naps) == (name in PATIENT)


@pytest.mark.parametrize("headers", [{"Retry-After": "7"}, SOON])
@pytest.mark.parametrize("status", [403, 429])
def test_a_short_limit_is_waited_for(  # noqa: PLR0913 - fixtures
    fake: FakeGitHub,
    hub: Hub,
    number: int,
    naps: list[float],
    said: list[str],
    headers: dict[str, str],
    status: int,
) -> None:
    fake.fail("GET", f"pulls/{number}", (status, headers, message("too many")))
    assert hub.pull(number).number == number
    assert len(naps) == 1
    assert 0 < naps[0] <= 7
    assert said == [f"GitHub asks for {naps[0]} s of patience"]


def test_a_limit_that_stays(fake: FakeGitHub, hub: Hub, number: int, naps: list[float]) -> None:
    fake.fail("GET", "pulls", (429, {"Retry-After": "1"}, message("too many")), times=9)
    assert "it takes the next one in 1 s" in failure(hub, number)
    assert len(naps) == TRIES - 1


def test_server_that_is_down_for_a_moment(
    fake: FakeGitHub, hub: Hub, number: int, naps: list[float]
) -> None:
    fake.fail("GET", "pulls", (502, {}, b"<html>"))
    fake.fail("GET", "pulls", (503, {"Retry-After": "3600"}, b""))
    assert hub.pull(number).open
    assert len(naps) == 2
    assert max(naps) < 1


def test_server_that_is_down(fake: FakeGitHub, hub: Hub, number: int) -> None:
    fake.fail("GET", "pulls", (502, {}, b"<html>"), times=9)
    assert "has trouble of its own (HTTP 502)" in failure(hub, number)
    assert len(fake.requests) == TRIES


def test_a_post_is_sent_once(fake: FakeGitHub, hub: Hub, number: int) -> None:
    fake.fail("POST", "comments", (502, {}, b""), times=9)
    path = f"/repos/{hub.name}/issues/{number}/comments"
    with pytest.raises(HubError) as caught:
        hub.api.send("POST", path, "it", {"body": "text"})
    assert caught.value.uncertain
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("NOT_FOUND", "Could not resolve", "knows no it, or does not show it"),
        ("FORBIDDEN", "Resource not accessible", "does not let the token do this with it"),
        ("UNPROCESSABLE", f"no {TOKEN}", "does not do this with it: no ***"),
    ],
)
def test_errors_of_graphql(fake: FakeGitHub, hub: Hub, kind: str, text: str, reason: str) -> None:
    fake.fail("POST", "/graphql", (200, {}, error(kind, text)))
    with pytest.raises(HubError) as caught:
        hub.api.query("query Viewer { viewer { login } }", "it")
    assert reason in str(caught.value)
    assert caught.value.kind == kind


@pytest.mark.parametrize("answer", [b"[]", {"data": None}, {}, {"errors": [1]}])
def test_odd_answers_of_graphql(fake: FakeGitHub, hub: Hub, answer: object) -> None:
    fake.fail("POST", "/graphql", (200, {}, answer))
    with pytest.raises(HubError):
        hub.api.query("query Viewer { viewer { login } }", "it")


def test_limit_of_graphql(fake: FakeGitHub, hub: Hub, naps: list[float]) -> None:
    fake.fail("POST", "/graphql", (200, SOON, error("RATE_LIMITED", "too many")))
    assert hub.api.query("query Viewer { viewer { login } }", "it")
    assert len(naps) == 1


def test_a_query_is_asked_again_and_a_mutation_is_not(fake: FakeGitHub, hub: Hub) -> None:
    for writes, times in ((False, TRIES), (True, 1)):
        fake.requests.clear()
        fake.fail("POST", "/graphql", (502, {}, b""), times=times)
        with pytest.raises(HubError):
            hub.api.query("query Viewer { viewer { login } }", "it", writes=writes)
        assert len(fake.requests) == times


def test_pages(fake: FakeGitHub, hub: Hub) -> None:
    for _ in range(250):
        fake.open_pull("net", head="a" * 40)
    assert [pull.number for pull in hub.pulls()] == list(range(1, 251))
    assert len(fake.requests) == 3


def test_too_many_pages(
    fake: FakeGitHub, hub: Hub, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr("generator.hub.api.MOST_PAGES", 1)
    for _ in range(100):
        fake.comment(number, "words")
    fake.open_pull("net", head="a" * 40)
    for _ in range(100):
        fake.open_pull("net", head="a" * 40)
    with pytest.raises(HubError, match="has more than 100 open pull requests"):
        hub.pulls()


def test_a_redirection_that_lost_the_page(fake: FakeGitHub, hub: Hub, number: int) -> None:
    """A repository under its old name: GitHub leads to the first page again and again."""
    entry = fake.respond("GET", f"/repos/{fake.name}/pulls", f"token {TOKEN}", None)[2]
    link = {"Link": f'<{fake.url}/repositories/1/pulls?page=2>; rel="next"'}
    fake.fail("GET", "pulls", (200, link, entry), times=9)
    with pytest.raises(HubError, match="under a new name of the repository"):
        hub.pulls()
    assert number == 1


HEADS = {"sha": "a" * 40, "ref": "net", "repo": {"id": 1}}
ODD_PULLS: dict[str, dict[str, object]] = {
    "head": {"head": None},
    "commit": {"head": HEADS | {"sha": "main"}},
    "short": {"head": HEADS | {"sha": "abc"}},
    "option": {"head": HEADS | {"sha": "--upload-pack=x"}},
    "title": {"title": None},
    "number": {"number": "1"},
    "user": {"user": {"login": 1}},
    "merge commit": {"merged_at": "2026", "merge_commit_sha": "x"},
}


@pytest.mark.parametrize("fields", ODD_PULLS.values(), ids=ODD_PULLS)
def test_odd_pull_requests(
    fake: FakeGitHub, hub: Hub, number: int, fields: dict[str, object]
) -> None:
    path = f"/repos/{fake.name}/pulls/{number}"
    _, _, entry = fake.respond("GET", path, f"token {TOKEN}", None)
    fake.fail("GET", path, (200, {}, entry | fields))
    assert "something else than pull request 1" in failure(hub, number)


def test_pull_request(fake: FakeGitHub, hub: Hub) -> None:
    fake.open_pull("net", head="a" * 40, fork=True, draft=True, author="", title="`x` @all")
    pull = hub.pull(1)
    assert (pull.fork, pull.draft, pull.open, pull.merged) == (True, True, True, False)
    assert (pull.author, pull.title, pull.merge_commit) == ("", "`x` @all", "")
    assert (pull.ref, pull.node) == ("refs/pull/1/head", "PR_1")
    fake.merge(1)
    assert hub.pull(1).merge_commit == "a" * 40
    assert not hub.pulls()


def test_a_fork_that_is_gone(fake: FakeGitHub, hub: Hub, number: int) -> None:
    path = f"/repos/{fake.name}/pulls/{number}"
    _, _, entry = fake.respond("GET", path, f"token {TOKEN}", None)
    fake.fail("GET", path, (200, {}, entry | {"head": HEADS | {"repo": None}}))
    assert hub.pull(number).fork


def test_files(fake: FakeGitHub, hub: Hub) -> None:
    files = [
        {"filename": "a", "status": "added"},
        {"filename": "b", "status": "renamed", "previous_filename": "c"},
    ]
    fake.open_pull("net", head="a" * 40, files=files)
    assert [(f.path, str(f.change), f.before) for f in hub.files(1)] == [
        ("a", "added", ""),
        ("b", "renamed", "c"),
    ]


@pytest.mark.parametrize(
    "entry", [1, {}, {"filename": "a", "status": "x"}, {"filename": 1, "status": "added"}]
)
def test_odd_files(fake: FakeGitHub, hub: Hub, entry: object) -> None:
    fake.open_pull("net", head="a" * 40, files=[])
    fake.fail("GET", "files", (200, {}, [entry]))
    with pytest.raises(HubError, match="something else than files of pull request 1"):
        hub.files(1)


@pytest.mark.parametrize("answer", [[], {}, {"default_branch": 1}])
def test_odd_repository(fake: FakeGitHub, hub: Hub, answer: object) -> None:
    fake.fail("GET", "repos", (200, {}, answer))
    with pytest.raises(HubError, match="something else than repository"):
        hub.default_branch()
