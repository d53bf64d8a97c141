"""Commit statuses through the real GitHub client, from a small GitHub."""

from __future__ import annotations

import json

import pytest

from generator.errors import RemoteError, UsageError
from generator.hub import Status, name_hub, open_hub
from tests.hub.github_server import NAME, TOKEN, URL, Answer, HubServer, message

COMMIT = "a" * 40
CONTEXT = "flux/aws/smoke-drain-0f3c9d5a2b7e"


def newest(server: HubServer, *contexts: str) -> dict[str, Status]:
    return open_hub(URL, server.environment).newest(COMMIT, contexts or (CONTEXT,))


def failure(server: HubServer) -> str:
    """Return why nothing can be read; the token is not in it."""
    with pytest.raises(RemoteError) as caught:
        newest(server)
    text = str(caught.value)
    assert TOKEN not in text
    assert "\n" not in text
    return text


def test_a_status_as_github_gives_it(server: HubServer) -> None:
    server.post(COMMIT, CONTEXT)
    assert newest(server) == {
        CONTEXT: Status(
            commit=COMMIT,
            context=CONTEXT,
            state="success",
            description="reconciliation succeeded",
            creator="testnet-flux[bot]",
            at="2026-11-23T00:00:00Z",
        )
    }
    assert server.requests == [f"/repos/{NAME}/commits/{COMMIT}/statuses?page=1&per_page=100"]


def test_the_newest_counts(server: HubServer) -> None:
    server.post(COMMIT, CONTEXT)
    server.post(COMMIT, CONTEXT, state="failure")
    server.post(COMMIT, "flux/aws/other")
    assert newest(server)[CONTEXT].state == "failure"


def test_context_is_exact(server: HubServer) -> None:
    for context in (CONTEXT + "0", CONTEXT.upper(), CONTEXT[:-1], f"x/{CONTEXT}", ""):
        server.post(COMMIT, context)
    assert newest(server) == {}


def test_the_newest_on_any_page(server: HubServer) -> None:
    server.post(COMMIT, CONTEXT, state="failure")
    server.post(COMMIT, CONTEXT)
    for number in range(250):
        server.post(COMMIT, f"flux/aws/net-{number}")
    assert newest(server)[CONTEXT].state == "success"
    assert len(server.requests) == 3


def test_pages_end_when_all_is_found(server: HubServer) -> None:
    for number in range(250):
        server.post(COMMIT, f"flux/aws/net-{number}")
    assert len(newest(server, "flux/aws/net-249", "flux/aws/net-200")) == 2
    assert len(server.requests) == 1


def test_too_many_statuses(server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.hub.api.MOST_PAGES", 2)
    for number in range(250):
        server.post(COMMIT, f"flux/aws/net-{number}")
    assert failure(server) == "GitHub has more than 200 statuses of aaaaaaaaaaaa"


def test_creator_who_is_gone_has_no_login(server: HubServer) -> None:
    server.post(COMMIT, CONTEXT, creator=None, description=None)
    status = newest(server)[CONTEXT]
    assert (status.creator, status.description) == ("", "")


REFUSALS: dict[str, tuple[Answer, str]] = {
    "credentials": ((401, {}, message("Bad credentials")), "GitHub does not accept the token"),
    "permission": ((403, {}, message(f"Resource {TOKEN}")), "does not let the token do this"),
    "repository": ((404, {}, message("Not Found")), "has no such thing"),
    "commit": ((422, {}, message("No commit found for SHA")), "No commit found for SHA"),
    "html": ((200, {}, b"<html>"), "something else than statuses"),
    "null": ((200, {}, b"null"), "something else than statuses"),
    "object": ((200, {}, b"{}"), "something else than statuses"),
}


@pytest.mark.parametrize(("answer", "reason"), REFUSALS.values(), ids=REFUSALS)
def test_refusal(server: HubServer, answer: Answer, reason: str) -> None:
    server.answer = answer
    assert reason in failure(server)
    assert len(server.requests) == 1


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.hub.api._BACK_OFF", 0)
    environment = {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": "http://127.0.0.1:9"}
    with pytest.raises(RemoteError, match="GitHub does not answer"):
        open_hub(URL, environment).newest(COMMIT, [CONTEXT])


@pytest.mark.parametrize(
    "changes",
    [
        {"url": f"https://api.github.com/repos/{NAME}/statuses/{'b' * 40}"},
        {"url": f"https://api.github.com/repos/{NAME}/statuses/{COMMIT[:7]}"},
        {"url": None},
        {"state": None},
        {"context": 1},
        {"created_at": None},
        {"creator": {}},
        {"creator": {"login": None}},
        {"description": 1},
    ],
)
def test_status_of_something_else_is_refused(server: HubServer, changes: dict[str, object]) -> None:
    server.post(COMMIT, CONTEXT)
    server.statuses[COMMIT][0] |= changes
    assert failure(server) == "GitHub answers with something else than statuses of the commit"


def test_item_that_is_no_object(server: HubServer) -> None:
    server.answer = 200, {}, json.dumps(["x"]).encode()
    assert failure(server) == "GitHub answers with something else than statuses of the commit"


@pytest.mark.parametrize(
    ("url", "api", "name"),
    [
        ("https://github.com/a/b", "https://api.github.com", "a/b"),
        ("https://github.com/a/b.git", "https://api.github.com", "a/b"),
        ("https://github.com/a/b/", "https://api.github.com", "a/b"),
        ("git@github.com:a/b.git", "https://api.github.com", "a/b"),
        ("ssh://git@github.com/a/b", "https://api.github.com", "a/b"),
        ("ssh://git@GitHub.com:22/a/b.git", "https://api.github.com", "a/b"),
        ("https://hub.example.org/a/b.c", "https://hub.example.org/api/v3", "a/b.c"),
    ],
)
def test_repository_of_a_url(url: str, api: str, name: str) -> None:
    hub = open_hub(url, {"GH_TOKEN": TOKEN})
    assert hub.name == name
    assert hub.api.client.requester.base_url == api


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file:///srv/environments.git",
        "/srv/environments.git",
        "https://user:secret@github.com/a/b",
        "https://github.com/a",
        "https://github.com/a/b/c",
        "https://github.com/a/b?x=1",
        "http://github.com/a/b",
    ],
)
def test_url_that_is_not_on_github(url: str) -> None:
    with pytest.raises(UsageError, match="is not on GitHub") as caught:
        open_hub(url, {"GITHUB_TOKEN": TOKEN})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({}, "set GITHUB_TOKEN"),
        ({"GITHUB_TOKEN": ""}, "set GITHUB_TOKEN"),
        ({"GITHUB_TOKEN": f"{TOKEN}\n"}, "is no token"),
        ({"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": "http://example.org"}, "no https address"),
        ({"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": "ftp://127.0.0.1"}, "no https address"),
        ({"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": "https://"}, "no https address"),
        ({"GITHUB_TOKEN": TOKEN, "GITHUB_GRAPHQL_URL": "http://example.org"}, "no https address"),
        ({"GITHUB_TOKEN": TOKEN, "GITHUB_GRAPHQL_URL": "https://example.org"}, "on another host"),
    ],
)
def test_environment_that_will_not_do(environment: dict[str, str], reason: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_hub(URL, environment)
    assert reason in str(caught.value)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a", "a/b/c", "a/..", "../b", "a b/c", "a/b?x", "é/b"])
def test_name_of_no_repository(name: str) -> None:
    with pytest.raises(UsageError, match="is not OWNER/NAME"):
        name_hub(name, {"GITHUB_TOKEN": TOKEN})
