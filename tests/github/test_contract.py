"""Every request and every answer, held against what GitHub says of its own interfaces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, execute, parse, validate

from generator.hub import Hub, HubError, name_hub, rules
from generator.hub import graphql as documents
from generator.hub.comments import Effect, Section, compose, open_sticky
from generator.hub.merging import Fate, Gate, merge_pull, read_gate
from generator.hub.rules import look_at_rulesets, look_at_settings, write_ruleset, write_settings
from tests.github import graphql
from tests.github.description import OPERATIONS, example, packages
from tests.github.fake import TOKEN, FakeGitHub, serve
from tests.github.prism import enforce

# Of what the small GitHub answers, the fields that no test is about are GitHub's own.
EXAMPLES = {
    "diff-entry": "diff-entry-items",
    "full-repository": "full-repository",
    "integration": "integration",
    "issue-comment": "issue-comment",
    "pull-request": "pull-request",
    "pull-request-simple": "pull-request-simple-items",
    "status": "status-items",
}
HEAD = "a" * 40


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    for name in ("HTTP_PROXY", "http_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    examples = {name: example(of) for name, of in EXAMPLES.items()}
    runs = example("check-run-paginated")["check_runs"]
    with serve(FakeGitHub(examples=examples | {"check-run": runs[0]})) as running:
        yield running


@pytest.fixture
def hub(fake: FakeGitHub, tmp_path: Path) -> Iterator[Hub]:
    """The client of a GitHub that refuses whatever its description does not have."""
    with enforce(fake.url, tmp_path) as url:
        yield name_hub(
            fake.name,
            {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": url, "GITHUB_GRAPHQL_URL": f"{url}/graphql"},
        )


def test_requests_and_answers(fake: FakeGitHub, hub: Hub) -> None:
    _read(fake, hub)
    _write_comments(fake, hub)
    _merge(fake, hub)
    _set_up(fake, hub)
    with pytest.raises(HubError) as caught:
        hub.api.send("PUT", f"/repos/{hub.name}/pulls/1/merge", "pull", {"merge_method": "fast"})
    assert caught.value.status == 422  # by its description: the small GitHub was not asked
    asked = {(_operation(path), method.lower()) for method, path, _ in fake.requests}
    wanted = {(path, method) for path, methods in OPERATIONS.items() for method in methods}
    assert asked - {("/graphql", "post")} == wanted


def _operation(path: str) -> str:
    plain = path.partition("?")[0]
    if plain == "/graphql":
        return plain
    return next(
        known
        for known in sorted(OPERATIONS, key=lambda known: known.count("{"))
        if re.fullmatch(re.sub(r"\{[a-z_]+\}", "[^/]+", known), plain)
    )


def _read(fake: FakeGitHub, hub: Hub) -> None:
    files = [{"filename": "environments/testnets/a.yaml", "status": "added"}]
    number = fake.open_pull("net", head=HEAD, files=files)
    fake.open_pull("other", head="b" * 40, fork=True, draft=True)
    assert [pull.number for pull in hub.pulls()] == [1, 2]
    assert hub.pull(number).head == HEAD
    assert [(file.path, str(file.change)) for file in hub.files(number)] == [
        ("environments/testnets/a.yaml", "added")
    ]
    assert [pull.number for pull in hub.pulls_of(HEAD)] == [number]
    fake.status(HEAD, "flux/west/a-services-1")
    assert hub.statuses(HEAD)["flux/west/a-services-1"].creator == "testnet-flux[bot]"
    fake.check(number)
    assert read_gate(hub.api, hub.name, HEAD) is Gate.PASSED


def _write_comments(fake: FakeGitHub, hub: Hub) -> None:
    sticky = open_sticky(hub.api, hub.name, 1)
    assert sticky.write(Section.REVIEW, lambda _: "one").effect is Effect.CREATED
    fake.comment(1, compose({}, Section.REVIEW, lambda _: "double"))
    done = sticky.write(Section.REVIEW, lambda _: "two")
    assert (done.effect, done.removed) == (Effect.UPDATED, 1)


def _merge(fake: FakeGitHub, hub: Hub) -> None:
    fake.pulls[1].merge_state = "BEHIND"
    assert merge_pull(hub.api, hub.name, hub.pull(1)).fate is Fate.UPDATED
    fake.pulls[1].merge_state = ""
    assert merge_pull(hub.api, hub.name, hub.pull(1)).fate is Fate.MERGED
    assert hub.pull(1).merged


def _set_up(fake: FakeGitHub, hub: Hub) -> None:
    actions, app = rules.read_actions(hub.api), rules.read_app(hub.api, "testnet-bot")
    wanted = [
        rules.main_ruleset("main", actions, queue=True),
        rules.history_ruleset("environments"),
        rules.publisher_ruleset("environments", app),
    ]
    for item in look_at_rulesets(hub.api, hub.name, wanted):
        write_ruleset(hub.api, hub.name, item)
    assert not any(i.differences for i in look_at_rulesets(hub.api, hub.name, wanted))
    next(iter(fake.rulesets.values()))["enforcement"] = "disabled"
    (drifted, *_) = look_at_rulesets(hub.api, hub.name, wanted)
    write_ruleset(hub.api, hub.name, drifted)
    settings = look_at_settings(hub.api, hub.name)
    write_settings(hub.api, hub.name, settings)
    assert not look_at_settings(hub.api, hub.name).differences


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    path = packages() / "node_modules/@octokit/graphql-schema/schema.graphql"
    return build_schema(path.read_text(), assume_valid=True)


def test_documents(schema: GraphQLSchema) -> None:
    assert len(documents.DOCUMENTS) == 5
    for document in documents.DOCUMENTS:
        assert not validate(schema, parse(document)), document
    broken = documents.PULL.replace("headRefOid", "headOid")
    assert validate(schema, parse(broken))


def test_answers_to_documents(schema: GraphQLSchema) -> None:
    """What the small GitHub answers is of the types that the schema has."""
    fake = FakeGitHub(queue=[], settings={"allow_auto_merge": True})
    number = fake.open_pull("net", head=HEAD)
    fake.pulls[number].auto_by = "developer"
    pull: dict[str, object] = {"pull": f"PR_{number}", "head": HEAD}
    named = fake.name.split("/")
    asked: dict[str, dict[str, object]] = {
        documents.VIEWER: {},
        documents.PULL: {"owner": named[0], "name": named[1], "number": 1, "branch": "main"},
        documents.ENABLE_AUTO_MERGE: {**pull, "method": "SQUASH"},
        documents.DISABLE_AUTO_MERGE: pull,
        documents.ENQUEUE: pull,
    }
    assert asked.keys() == set(documents.DOCUMENTS)
    for document, variables in asked.items():
        if document is documents.ENQUEUE:
            fake.check(number)
        answer = graphql.answer(fake, {"query": document, "variables": variables})
        assert "errors" not in answer, answer
        done = execute(schema, parse(document), _typed(answer["data"]), variable_values=variables)
        assert not done.errors  # type: ignore[union-attr] # nothing here waits
        assert done.data == answer["data"]  # type: ignore[union-attr]


def _typed(data: object) -> object:
    """Give what has an interface as its type the name of one that it may be."""
    if isinstance(data, dict):
        typed = {name: _typed(value) for name, value in data.items()}
        return typed | ({"__typename": "User"} if data.keys() == {"login"} else {})
    return data
