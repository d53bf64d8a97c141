"""`testnet github merge` in a real repository: what merges, what waits, and why."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.github.answers import message
from tests.github.desk import Desk, fleet, sound
from tests.github.fake import BOT, TOKEN
from tests.publish.stage import group
from tests.repository import Run, with_fields

NET = "environments/testnets/one.yaml"


def test_what_may_merge_merges(desk: Desk) -> None:
    number = desk.propose_net("one")
    head = desk.fake.pulls[number].head
    assert desk.github("merge", "--dry-run").out == f"#{number}: would be merged\n"
    assert not desk.main_has("one")
    assert desk.github("merge").out == f"#{number}: merged at {head[:12]}\n"
    assert desk.main_has("one")
    put = next(body for method, path, body in desk.fake.requests if method == "PUT")
    assert put == {"sha": head, "merge_method": "merge"}
    assert desk.github("merge").out == "no open pull request\n"


def test_one_at_a_time_without_a_queue(desk: Desk) -> None:
    """The second would be judged by a main that has not the first."""
    first, second = desk.propose_net("one"), desk.propose_net("two")
    done = desk.asked("merge")
    assert [(row["pull"], row["outcome"]) for row in done] == [(first, "merged"), (second, "waits")]
    assert "waits for the next run: main is not what is checked out here" in done[1]["text"]
    desk.pull()
    assert [row["outcome"] for row in desk.asked("merge")] == ["merged"]


def test_a_queue_takes_all_that_go_together(desk: Desk) -> None:
    desk.fake.queue = []
    numbers = [desk.propose_net("one"), desk.propose_net("two")]
    assert [row["outcome"] for row in desk.asked("merge")] == ["queued", "queued"]
    assert desk.fake.queue == numbers


def test_two_that_take_the_same_key(desk: Desk) -> None:
    desk.fake.queue = []
    for name in ("one", "two"):
        desk.propose_net(name, group("a", "b01"))
    for row in desk.asked("merge"):
        assert row["outcome"] == "waits"
        assert row["text"].startswith("not automatic: ")
        assert "b01" in row["text"]
    assert not desk.fake.queue


@pytest.mark.parametrize("field", ["fork", "draft"])
def test_what_cannot_merge_by_itself_keeps_nothing_back(desk: Desk, field: str) -> None:
    """Anybody may open one that claims every key there is."""
    greedy = desk.propose_net("two", group("a", "b01"), green=False)
    setattr(desk.fake.pulls[greedy], field, True)
    number = desk.propose_net("one", group("a", "b01"))
    outcomes = {row["pull"]: row["outcome"] for row in desk.asked("merge")}
    assert outcomes == {greedy: "waits", number: "merged"}


def test_one_that_is_closed_while_others_are_judged(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.fake.queue = []
    numbers = [desk.propose_net("one"), desk.propose_net("two")]
    respond = desk.fake.respond
    seen: list[str] = []

    def close(method: str, path: str, token: str, body: object) -> object:
        if path.partition("?")[0].endswith("/pulls"):
            seen.append(path)
            if len(seen) > 1:
                desk.fake.pulls[numbers[0]].state = "closed"
        return respond(method, path, token, body)

    monkeypatch.setattr(desk.fake, "respond", close)
    assert [row["outcome"] for row in desk.asked("merge")] == ["waits", "queued"]


def outside(desk: Desk) -> int:
    return desk.propose("one", {NET: sound("one"), "policies/x.rego": "package x\n"})


def renamed(desk: Desk) -> int:
    text = (desk.repository.root / "environments/fleet.yaml").read_text()
    return desk.propose(
        "one", {"environments/fleet.yaml": None, "environments/testnets/fleet.yaml": text}
    )


def policy(desk: Desk) -> int:
    return desk.propose("one", {"environments/fleet.yaml": fleet("waivers: []")})


def wrong(desk: Desk) -> int:
    return desk.propose("one", {NET: sound("one").replace("us-west-2", "atlantis")})


def red(desk: Desk) -> int:
    number = desk.propose_net("one", green=False)
    desk.fake.check(number, "failure")
    return number


def other_app(desk: Desk) -> int:
    number = desk.propose_net("one", green=False)
    desk.fake.check(number, app={"slug": "mallory", "id": 15368, "name": "gate"})
    return number


def draft(desk: Desk) -> int:
    number = desk.propose_net("one")
    desk.fake.pulls[number].draft = True
    return number


def behind(desk: Desk) -> int:
    number = desk.propose_net("one")
    desk.fake.strict = True
    desk.repository.write("README.md", "more")
    desk.commit("More")
    return number


def waives(desk: Desk) -> int:
    waiver = (
        "waivers: [{rule: lifecycle/ttl, subject: one, reason: I just want it, owner: mallory,"
        ' expires: "2026-12-20"}]\n'
    )
    text = with_fields(sound("one"), "ttl: 9000h")
    return desk.propose("one", {NET: f"{text}{waiver}"})


def before_others(desk: Desk) -> int:
    """Begin where the net was not yet another team's, and change other lines."""
    text = sound("three")
    path = "environments/testnets/three.yaml"
    number = desk.propose("one", {path: f"{text}archive: {{count: 1}}\n", NET: sound("one")})
    desk.repository.write(path, with_fields(text, "owner: infra"))
    desk.commit("Give three away")
    return number


def takes_back(desk: Desk, strict: int = 1) -> int:
    """Have two merge bases, of which the one that git names hides what is taken back.

    It names the newer one: `strict` says when one was committed, the other is of second 2.
    """
    begin = desk.git("rev-parse", "main")
    now = int(desk.git("log", "-1", "--format=%ct", begin))
    with pytest.MonkeyPatch.context() as clock:
        clock.setenv("GIT_COMMITTER_DATE", f"@{now + strict} +0000")
        desk.repository.write("policies/notes.md", "strict\n")
        one = desk.commit("Be strict")
        clock.setenv("GIT_COMMITTER_DATE", f"@{now + 2} +0000")
        desk.git("checkout", "--quiet", "-b", "docs", begin)
        desk.repository.write("docs.md", "more\n")
        other = desk.commit("More docs")
        clock.setenv("GIT_COMMITTER_DATE", f"@{now + 9} +0000")
        desk.git("checkout", "--quiet", "main")
        desk.git("merge", "--quiet", "--no-ff", "--no-edit", "docs")
        desk.git("push", "--quiet", "origin", "main")
        # A merge of both with the rules of the older one.
        tree = desk.git("rev-parse", f"{other}^{{tree}}")
        both = desk.git("commit-tree", tree, "-p", other, "-p", one, "-m", "Merge")
        desk.git("checkout", "--quiet", "-b", "one", both)
        desk.repository.write(NET, sound("one"))
        desk.commit("Add one")
    desk.git("checkout", "--quiet", "main")
    number = desk.fake.open_pull("one")
    desk.fake.check(number)
    return number


def grants(desk: Desk) -> int:
    """Let go, beside a net of its own, what somebody else's net would lose."""
    desk.git("checkout", "--quiet", "-b", "one", "main")
    desk.repository.write(NET, sound("one"))
    desk.commit("Add one\n\nAllow-removal: three")
    desk.git("checkout", "--quiet", "main")
    number = desk.fake.open_pull("one")
    desk.fake.check(number)
    return number


WAITS: dict[str, tuple[Callable[[Desk], int], str]] = {
    "unchecked": (lambda desk: desk.propose_net("one", green=False), "which has not run"),
    "red": (red, "`gate` is red"),
    "another App's gate": (other_app, "which has not run"),
    "more than testnets": (outside, "it changes 1 file outside of environments/testnets/"),
    "moved into testnets": (renamed, "it changes 1 file outside"),
    "its own policy": (policy, "it changes 1 file outside"),
    "wrong": (wrong, "not automatic: it cannot be compared"),
    "draft": (draft, "it is a draft"),
    "a grant for another net": (grants, "it lets three go"),
    "its own waiver": (waives, "waives lifecycle/ttl"),
    "begun before others changed the net": (before_others, "brought up to date"),
    "two merge bases": (takes_back, "it cannot be compared"),
    "two merge bases, the other named": (partial(takes_back, strict=3), "changes 2 files outside"),
    "behind": (behind, "brought up to date with its branch, to be checked again"),
}


@pytest.mark.parametrize("name", WAITS)
def test_waits(desk: Desk, name: str) -> None:
    make, reason = WAITS[name]
    number = make(desk)
    done = desk.github("merge", "--pull", str(number))
    assert done.out.startswith(f"#{number}: ")
    assert reason in done.out
    assert not desk.main_has("one")


def test_a_moved_head_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    number = desk.propose_net("one")
    later = desk.propose_net("two")
    respond = desk.fake.respond

    def push_first(method: str, path: str, token: str, body: object) -> object:
        if method == "PUT":
            desk.fake.push(number, desk.fake.pulls[later].head)
        return respond(method, path, token, body)

    monkeypatch.setattr(desk.fake, "respond", push_first)
    done = desk.github("merge", "--pull", str(number), code=1)
    assert done.out == f"#{number}: the head moved; nothing was merged\n"
    assert not desk.main_has("one")
    assert not desk.main_has("two")


def test_without_a_policy_people_merge(desk: Desk) -> None:
    text = fleet().replace(', automatic: {budget_month: "50000", daemons: 40, warnings: true}', "")
    desk.repository.write("environments/fleet.yaml", text)
    desk.commit("No policy")
    number = desk.propose_net("one")
    desk.fake.pulls[number].auto_by = BOT
    out = desk.github("merge").out
    assert "nothing merges by itself" in out
    assert "its auto-merge was taken back" in out
    assert not desk.fake.pulls[number].auto_by


def test_a_closed_one(desk: Desk) -> None:
    number = desk.propose_net("one")
    desk.fake.pulls[number].state = "closed"
    assert desk.github("merge", "--pull", str(number)).out == f"#{number}: is not open\n"


def test_trouble_with_one_keeps_no_other_from_merging(desk: Desk) -> None:
    desk.propose_net("one")
    second = desk.propose_net("two")
    desk.fake.fail("GET", "pulls/1/files", (404, {}, message("Not Found")))
    done = desk.github("merge", code=3)
    assert "#1: failed: GitHub has no such thing" in done.out
    assert f"#{second}: merged" in done.out


def fails(desk: Desk, *words: str, code: int) -> str:
    done: Run = desk.github("merge", *words, code=code)
    assert TOKEN not in done.out + done.err
    return done.err


def test_a_token_that_may_not(desk: Desk) -> None:
    desk.fake.permissions.remove("pull_requests")
    assert "permission pull_requests: read" in fails(desk, code=3)


def test_no_token(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    monkeypatch.delenv("GH_TOKEN", raising=False)
    assert "set GITHUB_TOKEN to a token that may merge" in fails(desk, code=2)


def test_changes_that_are_not_committed(desk: Desk) -> None:
    desk.repository.write("README.md", "more")
    assert "not committed" in fails(desk, code=2)
    desk.github("merge", "--dry-run")


def test_two_trees(desk: Desk) -> None:
    assert "both name" in fails(desk, "--tree", ".", "--environments", "x", code=2)


def test_over_the_published_tree(desk: Desk) -> None:
    assert desk.publish().code == 0
    desk.propose_net("one")
    done = desk.github("merge", "--environments", str(desk.remote))
    assert "#1: merged" in done.out
