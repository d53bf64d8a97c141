"""`testnet github status`: from commit statuses on the published branch to pull requests."""

from __future__ import annotations

import json

import pytest

from tests.github.desk import IDENTITY, Desk, sound
from tests.github.fake import TOKEN
from tests.publish.stage import group
from tests.repository import PUBLIC

WEST = "flux/west/one-seeds-1"


@pytest.fixture
def merged(desk: Desk) -> Desk:
    """A net that came by pull request 1 and is published."""
    number = desk.propose_net("one")
    desk.fake.merge(number)
    desk.pull()
    assert desk.publish().code == 0
    return desk


def where(desk: Desk) -> tuple[str, str]:
    return "--environments", str(desk.remote)


def told(desk: Desk, *words: str) -> dict[str, dict[str, object]]:
    """Return the state of each phase on each cluster, of the only net of the only pull request."""
    (row,) = desk.asked("status", *where(desk), *words)
    return {f"{c['cluster']}/{c['phase']}": c for c in row["nets"][0]["cells"]}


def states(desk: Desk, *words: str) -> dict[str, object]:
    return {place: cell["state"] for place, cell in told(desk, *words).items()}


def test_from_silence_to_all_is_up(merged: Desk) -> None:
    fake = merged.fake
    silent = {"west/shared": "no word yet", "west/seeds": "no word yet"}
    assert states(merged, "--pull", "1") == silent
    (body,) = fake.bodies(1)
    assert "🟡 coming up" in body
    fake.status(merged.published, WEST)
    done = merged.github("status", *where(merged), "--commit", merged.published)
    assert done.out.startswith("#1: up; comment updated https://")
    (body,) = fake.bodies(1)
    assert "🟢 everything is up" in body
    assert f"✅ applied at `{merged.published[:12]}` `2026-11-23 00:00 UTC`" in body
    # Without an option, the newest commits are looked at.
    again = merged.github("status", *where(merged))
    assert again.out.startswith("#1: up; the comment says so already")


STATUSES: dict[str, tuple[list[dict[str, object]], str]] = {
    "failed": ([{"state": "failure", "description": "`x` | @all"}], "failed"),
    "not ready": ([{"description": "dependency not ready"}], "reconciling"),
    "somebody else": ([{"creator": {"login": "mallory"}}], "no word yet"),
    "nobody": ([{"creator": None}], "no word yet"),
    "then failed": ([{}, {"state": "failure", "description": "x"}], "failed"),
    "then applied": ([{"state": "failure", "description": "x"}, {}], "applied"),
}


def test_what_counts(merged: Desk) -> None:
    for posted, state in STATUSES.values():
        merged.fake.statuses.clear()
        for fields in posted:
            merged.fake.status(merged.published, WEST, **fields)
        assert states(merged, "--pull", "1", "--dry-run")["west/seeds"] == state
    assert not merged.fake.bodies(1)


def test_what_a_later_commit_says(merged: Desk) -> None:
    first = merged.published
    merged.fake.status(first, WEST)
    merged.fake.merge(merged.propose_net("two"))
    merged.pull()
    assert merged.publish().code == 0
    assert merged.published != first
    # It was applied, and what is later has only begun.
    merged.fake.status(merged.published, WEST, description="dependency not ready")
    assert told(merged, "--pull", "1", "--dry-run")["west/seeds"]["commit"] == first
    merged.fake.status(merged.published, WEST, state="failure", description="timeout")
    cell = told(merged, "--pull", "1", "--dry-run")["west/seeds"]
    assert (cell["state"], cell["commit"]) == ("failed", merged.published)
    # A commit of the branch tells of the pull requests that it was the first to have.
    (row,) = merged.asked("status", *where(merged), "--commit", merged.published)
    assert row["pull"] == 2
    assert [row["pull"] for row in merged.asked("status", *where(merged))] == [1, 2]


def test_what_was_seen_on_clusters(merged: Desk) -> None:
    overlays = [
        {"name": name, "delivered": True, "revision": merged.published, "running": 1, "wanted": 1}
        for name in ("shared-1", "seeds-1")
    ]
    seen = {"status": {"nets": [{"net": "one", "cluster": "west", "overlays": overlays}]}}
    file = merged.remote.parent / "seen.json"
    file.write_text(json.dumps(seen))
    found = states(merged, "--pull", "1", "--observed", str(file), "--dry-run")
    assert found == {"west/shared": "proved", "west/seeds": "proved"}


def test_held_back(merged: Desk) -> None:
    held = {"net": "one", "reason": "key b01 is that of two", "with": ["two"], "commit": None}
    file = merged.remote.parent / "published.json"
    file.write_text(json.dumps({"held": [held, {"net": "else"}, 1]}))
    merged.github("status", *where(merged), "--pull", "1", "--published", str(file))
    (body,) = merged.fake.bodies(1)
    assert "🔴 `one` is held back because of `two`: key `b01` is that of two" in body


def test_keys_that_wait(desk: Desk) -> None:
    desk.fake.merge(desk.propose_net("one", group("a", "b01")))
    desk.pull()
    assert desk.publish().code == 0
    path = "environments/testnets/one.yaml"
    moved = {path: sound("one", group("a", "b01", "eu-central-1"))}
    number = desk.propose("move", moved)
    desk.fake.merge(number)
    desk.pull()
    assert desk.publish().code == 0
    (row,) = desk.asked("status", *where(desk), "--pull", str(number))
    ((wait),) = row["nets"][0]["waits"]
    assert wait["cluster"] == "west"
    assert "evidence from west that its daemon has stopped" in desk.fake.bodies(number)[0]


def test_how_to_join(desk: Desk) -> None:
    text = PUBLIC.replace("name: open", "name: one").replace("l03..l04", "l05..l06")
    desk.fake.merge(desk.propose("one", {"environments/testnets/one.yaml": text}))
    desk.pull()
    assert desk.publish().code == 0
    (row,) = desk.asked("status", *where(desk), "--pull", "1")
    assert "How to join" not in desk.fake.bodies(1)[0]
    for cell in row["nets"][0]["cells"]:
        name = f"flux/{cell['cluster']}/one-{cell['phase']}-1"
        desk.fake.status(desk.published, name)
    assert desk.asked("status", *where(desk), "--pull", "1")[0]["up"]
    (body,) = desk.fake.bodies(1)
    assert "<summary>How to join one</summary>" in body
    assert "# Join one" in body


def test_not_published_yet(desk: Desk) -> None:
    assert desk.publish().code == 0
    number = desk.propose_net("one")
    err = desk.github("status", *where(desk), "--pull", str(number)).err
    assert "#1 is not merged" in err
    desk.fake.merge(number)  # main here is behind: the commit comes from the remote
    (row,) = desk.asked("status", *where(desk), "--pull", str(number))
    assert row["published"] is None
    assert "⚪ not published yet" in desk.fake.bodies(number)[0]
    assert "no merged pull request" in desk.github("status", *where(desk)).out


def test_a_net_that_went(merged: Desk) -> None:
    number = merged.propose("gone", {"environments/testnets/one.yaml": None})
    merged.fake.merge(number)
    merged.pull()
    for _ in range(2):  # what it has goes first, and then what removes it
        assert merged.publish("--allow-removal", "one").code == 0
    merged.github("status", *where(merged), "--pull", str(number))
    assert "**`one`** is not in the published tree" in merged.fake.bodies(number)[0]


def test_without_an_identity_nothing_is_believed(merged: Desk) -> None:
    merged.fake.status(merged.published, WEST)
    path = merged.repository.root / "environments/fleet.yaml"
    path.write_text(path.read_text().replace(f', flux_identity: "{IDENTITY}"', ""))
    done = merged.github("status", *where(merged), "--pull", "1", "--dry-run")
    assert "no commit status is believed" in done.err
    assert "coming up" in done.out


WRONG = {
    "both": (("--pull", "1", "--commit", "a" * 40), 2, "both name what to tell of"),
    "no commit of ours": (("--commit", "a" * 40), 2, "is no commit that `testnet publish` made"),
    "no file": (("--published", "/nowhere"), 2, "no JSON that can be read"),
    "no object": (("--observed", "list.json"), 2, "not what the command writes"),
    "no pull request": (("--pull", "9"), 3, "HTTP 404"),
}


def test_what_is_wrong(desk: Desk) -> None:
    desk.repository.write("list.json", "[]")
    assert desk.publish("--allow-dirty").code == 0
    for words, code, reason in WRONG.values():
        done = desk.github("status", *where(desk), *words, code=code)
        assert reason in done.err
        assert TOKEN not in done.err
