"""Merging at exactly the head that was checked, in a real git repository."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.hub import Hub, HubError
from generator.hub.merging import MOVED, Fate, Gate, Outcome, merge_pull, read_gate, withdraw
from tests.github.answers import Answer, check_run, message
from tests.github.fake import BOT, FakeGitHub, serve

OTHER = "f" * 40
TROUBLE: Answer = (502, {}, b"<html>")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A repository with `main`, and branches `one` and `two` that do not conflict."""
    path = tmp_path / "bare.git"
    stream = ["reset refs/heads/main"]
    stream += commit("main", "", "start", "README", "readme")
    for name in ("one", "two"):
        stream += commit(name, "refs/heads/main", name, f"environments/testnets/{name}.yaml", name)
    stream += commit("three", "refs/heads/main", "three", "README", "other")
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", path], check=True)
    text = "\n".join([*stream, "done", ""]).encode()
    subprocess.run(["git", "-C", path, "fast-import", "--quiet", "--done"], input=text, check=True)
    return path


def commit(branch: str, parent: str, subject: str, path: str, content: str) -> list[str]:
    return [
        f"commit refs/heads/{branch}",
        "committer A <a@example.org> 1700000000 +0000",
        f"data {len(subject)}",
        subject,
        *([f"from {parent}"] if parent else []),
        f"M 100644 inline {path}",
        f"data {len(content)}",
        content,
    ]


@pytest.fixture
def fake(bare: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    for name in ("HTTP_PROXY", "http_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serve(FakeGitHub(git=bare)) as running:
        yield running


@pytest.fixture
def green(fake: FakeGitHub) -> int:
    number = fake.open_pull("one")
    fake.check(number)
    return number


def merge(hub: Hub, number: int, *, auto: bool = False, dry: bool = False) -> Outcome:
    return merge_pull(hub.api, hub.name, hub.pull(number), auto=auto, dry=dry)


def main_has(fake: FakeGitHub, path: str) -> bool:
    listed = fake.ground._run("ls-tree", "-r", "--name-only", "main")  # noqa: SLF001 - our own
    return path in listed.splitlines()


ONE = "environments/testnets/one.yaml"


@pytest.mark.parametrize("method", ["merge", "squash"])
def test_merged(fake: FakeGitHub, hub: Hub, green: int, method: str) -> None:
    pull = hub.pull(green)
    done = merge_pull(hub.api, hub.name, pull, method=method)
    assert (done.fate, done.text) == (Fate.MERGED, f"merged at {pull.head[:12]}")
    assert main_has(fake, ONE)
    body = fake.requests[-1][2]
    assert body == {"sha": pull.head, "merge_method": method}
    now = hub.pull(green)
    assert (now.merged, now.merge_commit) == (True, fake.ground.head("main"))


def test_a_dry_run_merges_nothing(fake: FakeGitHub, hub: Hub, green: int) -> None:
    assert merge(hub, green, dry=True).text == "would be merged"
    assert not main_has(fake, ONE)


def test_the_head_moved_before_we_looked(fake: FakeGitHub, hub: Hub, green: int) -> None:
    pull = hub.pull(green)
    fake.push(green, fake.ground.head("two"))
    assert merge_pull(hub.api, hub.name, pull) == Outcome(fate=Fate.MOVED, text=MOVED)


@pytest.mark.parametrize("way", ["now", "queue", "auto", "update"])
def test_the_head_moves_while_we_merge(
    fake: FakeGitHub, hub: Hub, green: int, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.settings["allow_auto_merge"] = True
    fake.queue = [] if way == "queue" else None
    fake.pulls[green].merge_state = {"auto": "BLOCKED", "update": "BEHIND"}.get(way, "")
    pull = hub.pull(green)
    respond = fake.respond

    def push_first(method: str, path: str, token: str, body: object) -> object:
        if method == "PUT" or "mutation" in str(body):
            fake.push(green, fake.ground.head("two"))
            fake.check(green)
        return respond(method, path, token, body)

    monkeypatch.setattr(fake, "respond", push_first)
    done = merge_pull(hub.api, hub.name, pull, auto=True)
    assert done == Outcome(fate=Fate.MOVED, text=MOVED)
    assert not main_has(fake, ONE)
    assert not fake.queue
    assert not fake.pulls[green].auto_by


def test_an_answer_that_was_lost(fake: FakeGitHub, hub: Hub, green: int) -> None:
    fake.fail("PUT", "merge", TROUBLE, after=True)
    assert merge(hub, green).fate is Fate.MERGED


def test_a_queue_entry_whose_answer_was_lost(fake: FakeGitHub, hub: Hub, green: int) -> None:
    fake.queue = []
    fake.fail("POST", "Enqueue", TROUBLE, after=True)
    assert merge(hub, green).fate is Fate.QUEUED
    assert fake.queue == [green]


def test_trouble_that_lasts(fake: FakeGitHub, hub: Hub, green: int) -> None:
    fake.fail("PUT", "merge", TROUBLE, times=3)
    with pytest.raises(HubError, match="trouble of its own"):
        merge(hub, green)


def test_queue(fake: FakeGitHub, hub: Hub, green: int) -> None:
    fake.queue = []
    assert merge(hub, green).fate is Fate.QUEUED
    assert fake.queue == [green]
    assert merge(hub, green).text == "waits in the merge queue"
    assert not main_has(fake, ONE)


def test_a_queue_that_refuses(fake: FakeGitHub, hub: Hub, green: int) -> None:
    fake.queue = []
    fake.pulls[green].review = "REVIEW_REQUIRED"
    done = merge(hub, green)
    assert done.fate is Fate.WAITS
    assert done.text.endswith("Pull request is not in a mergeable state")


def test_behind(fake: FakeGitHub, hub: Hub, green: int) -> None:
    fake.strict = True
    other = fake.open_pull("two")
    fake.check(other)
    fake.merge(other)
    head = hub.pull(green).head
    assert merge(hub, green).fate is Fate.UPDATED
    now = hub.pull(green).head
    assert now != head
    assert fake.ground.contains(now, "main")
    # Nobody has checked that head yet.
    assert read_gate(hub.api, hub.name, now) is Gate.MISSING


def test_auto_merge_only_where_it_is_wanted(fake: FakeGitHub, hub: Hub, green: int) -> None:
    fake.pulls[green].review = "REVIEW_REQUIRED"
    assert merge(hub, green).text == "waits for a review"
    refused = "waits for a review; the repository does not allow auto-merge"
    assert merge(hub, green, auto=True).text == refused
    fake.settings["allow_auto_merge"] = True
    assert merge(hub, green, auto=True).fate is Fate.AUTO
    assert fake.pulls[green].auto_by == BOT
    assert merge(hub, green, auto=True).text == "waits for a review; auto-merge is on"
    fake.pulls[green].review = "APPROVED"
    fake.settle()
    assert main_has(fake, ONE)


def test_auto_merge_is_taken_back(fake: FakeGitHub, hub: Hub, green: int) -> None:
    pull = hub.pull(green)
    assert not withdraw(hub.api, hub.name, pull, BOT)
    fake.pulls[green].auto_by = "developer"
    assert not withdraw(hub.api, hub.name, pull, BOT)
    fake.pulls[green].auto_by = BOT
    assert withdraw(hub.api, hub.name, pull, BOT, dry=True)
    assert withdraw(hub.api, hub.name, pull, BOT)
    assert not fake.pulls[green].auto_by


STATES = {
    "draft": ({"draft": True}, "waits for its author: it is a draft"),
    "closed": ({"state": "closed"}, "is closed already"),
    "unknown": ({"merge_state": "UNKNOWN"}, "waits for GitHub"),
    "blocked": ({"merge_state": "BLOCKED"}, "waits for what the rules of its branch require"),
    "changes": ({"review": "CHANGES_REQUESTED"}, "waits for changes that a review asks for"),
}


@pytest.mark.parametrize(("fields", "reason"), STATES.values(), ids=STATES)
def test_waits(
    fake: FakeGitHub, hub: Hub, green: int, fields: dict[str, object], reason: str
) -> None:
    for name, value in fields.items():
        setattr(fake.pulls[green], name, value)
    done = merge(hub, green)
    assert done.fate is Fate.WAITS
    assert done.text.startswith(reason)
    assert not main_has(fake, ONE)


def test_github_works_it_out_when_asked(
    fake: FakeGitHub, hub: Hub, green: int, naps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    states = iter(["UNKNOWN", "UNKNOWN"])
    real = fake.merge_state
    monkeypatch.setattr(fake, "merge_state", lambda number: next(states, None) or real(number))
    assert merge(hub, green).fate is Fate.MERGED
    assert len(naps) == 2


def test_conflict(fake: FakeGitHub, hub: Hub, green: int) -> None:
    fake.merge(fake.open_pull("three"))
    fake.pulls[green].merge_state = "DIRTY"
    assert "conflicts with the branch" in merge(hub, green).text


def test_rules_that_github_knows_better(fake: FakeGitHub, hub: Hub, green: int) -> None:
    fake.fail("PUT", "merge", (405, {}, message("Repository rule violations found")))
    done = merge(hub, green)
    assert done.fate is Fate.WAITS
    assert done.text.startswith("waits: GitHub")


def test_missing_permission(fake: FakeGitHub, hub: Hub, green: int) -> None:
    fake.permissions.remove("contents")
    with pytest.raises(HubError, match="it needs the permission contents: write"):
        merge(hub, green)
    fake.queue = []
    with pytest.raises(HubError, match="does not let the token do this with pull request 1"):
        merge(hub, green)


RUNS: dict[str, tuple[list[dict[str, object]], Gate]] = {
    "none": ([], Gate.MISSING),
    "green": ([{}], Gate.PASSED),
    "runs": ([{"status": "in_progress", "conclusion": None}], Gate.RUNNING),
    "queued": ([{"status": "queued", "conclusion": None}], Gate.RUNNING),
    "red": ([{"conclusion": "failure"}], Gate.FAILED),
    "skipped": ([{"conclusion": "skipped"}], Gate.FAILED),
    "neutral": ([{"conclusion": "neutral"}], Gate.FAILED),
    "cancelled": ([{"conclusion": "cancelled"}], Gate.FAILED),
    "another App": ([{"app": {"slug": "mallory", "id": 15368}}], Gate.MISSING),
    "no App": ([{"app": None}], Gate.MISSING),
    "another name": ([{"name": "gate2"}], Gate.MISSING),
    "another commit": ([{"head_sha": OTHER}], Gate.MISSING),
    "another App is red": ([{}, {"app": {"slug": "other"}, "conclusion": "failure"}], Gate.PASSED),
    "green and red": ([{}, {"conclusion": "failure"}], Gate.FAILED),
    "green and running": ([{}, {"status": "queued", "conclusion": None}], Gate.RUNNING),
}


@pytest.mark.parametrize(("runs", "gate"), RUNS.values(), ids=RUNS)
def test_gate(fake: FakeGitHub, hub: Hub, runs: list[dict[str, object]], gate: Gate) -> None:
    head = "a" * 40
    answer = {"check_runs": [check_run(1, head, "success") | run for run in runs]}
    fake.fail("GET", "check-runs", (200, {}, answer))
    assert read_gate(hub.api, hub.name, head) is gate
    assert fake.requests[-1][1].endswith(
        "check-runs?check_name=gate&filter=latest&page=1&per_page=100"
    )


@pytest.mark.parametrize("entry", [1, {}, {"app": 1, "name": "gate", "head_sha": ""}])
def test_odd_check_runs(fake: FakeGitHub, hub: Hub, entry: object) -> None:
    fake.fail("GET", "check-runs", (200, {}, {"check_runs": [entry]}))
    with pytest.raises(HubError, match="something else than check runs"):
        read_gate(hub.api, hub.name, "a" * 40)


@pytest.mark.parametrize("data", [{}, {"repository": None}, {"repository": {"pullRequest": 1}}])
def test_odd_readiness(fake: FakeGitHub, hub: Hub, green: int, data: object) -> None:
    fake.fail("POST", "Pull", (200, {}, {"data": data}))
    with pytest.raises(HubError, match="something else than pull request 1"):
        merge(hub, green)
