"""The register told again from the history: what no publisher writes is in doubt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.publish.stage import Stage, git, group, small
from tests.publish.test_handover import key_of

OVERLAY = "clusters/west/nets/one/producers-1/daemons.yaml"
ELSEWHERE = "clusters/center/nets/one/producers-1/daemons.yaml"


@pytest.fixture
def drained(stage: Stage) -> Stage:
    """Net one with two producers, of which b02 is drained."""
    stage.write("one", small("one", group("whale", "b01, b02")))
    stage.result()
    stage.write("one", small("one", group("whale", "b01")))
    stage.result()
    return stage


def commit(stage: Stage, files: dict[str, str | None], message: str = "By hand") -> str:
    """Commit files to the branch as nobody should (None removes one), and return the commit."""
    tree = stage.remote.parent / f"by-hand-{stage.head}"
    git("clone", "--quiet", "--branch", "environments", str(stage.remote), str(tree))
    for path, text in files.items():
        target = tree / path
        if text is None:
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    git("-C", str(tree), "add", "--all")
    git("-C", str(tree), "commit", "--quiet", "--message", message)
    git("-C", str(tree), "push", "--quiet")
    return stage.head


def doubts(stage: Stage, code: int = 1) -> list[dict[str, str]]:
    """Return what an audit finds."""
    run = stage.keys("audit", "--output", "json")
    assert run.code == code, run.err
    found: list[dict[str, str]] = json.loads(run.out)["doubts"]
    return found


def without(text: str, name: str) -> str:
    """Return an overlay without the objects of a daemon."""
    header, _, rest = text.partition("\n")
    documents = [part for part in rest.split("---\n") if f"testnet/daemon: {name}\n" not in part]
    return f"{header}\n" + "---\n".join(documents)


def released(stage: Stage) -> dict[str, str | None]:
    """Return the overlay without the daemon that is drained."""
    return {OVERLAY: without(stage.files()[OVERLAY], "whale-b02")}


def test_a_history_of_publishes_is_in_order(drained: Stage) -> None:
    assert doubts(drained, code=0) == []
    run = drained.keys("audit")
    assert run.out == "the register is what the history says: 2 keys over 2 commits\n"


def test_a_key_that_runs_at_two_places(drained: Stage) -> None:
    text, key = drained.files()[OVERLAY], key_of(drained, "b01")
    made = commit(drained, {ELSEWHERE: text})
    found = doubts(drained)
    assert {doubt["commit"] for doubt in found} == {made}
    told = [doubt for doubt in found if "is at two places at once" in doubt["message"]]
    assert key in {doubt["key"] for doubt in told}


def test_a_move_without_a_drain(drained: Stage) -> None:
    text = drained.files()[OVERLAY]
    commit(drained, {ELSEWHERE: without(text, "whale-b02"), OVERLAY: without(text, "whale-b01")})
    messages = [doubt["message"] for doubt in doubts(drained)]
    assert any("without a drain at west/net-one/StatefulSet/whale-b01" in m for m in messages)
    assert any("its commit names no evidence" in m for m in messages)
    assert any(m.startswith("the register says held at west") for m in messages)


def test_a_daemon_that_is_just_removed(drained: Stage) -> None:
    commit(drained, {OVERLAY: without(drained.files()[OVERLAY], "whale-b01")})
    assert any("leaves the tree without a drain" in doubt["message"] for doubt in doubts(drained))


def test_a_release_without_evidence(drained: Stage) -> None:
    commit(drained, released(drained))
    (first, _) = doubts(drained)
    assert first["message"].endswith("its commit names no evidence")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"drain": "0" * 12}, "its evidence is of another drain"),
        ({"place": "center/net-one/StatefulSet/whale-b02"}, "its evidence is of another drain"),
        ({"revision": "0" * 40}, "its evidence is of no revision from the drain on"),
        ({"revision": "BEFORE"}, "its evidence is of no revision from the drain on"),
        ({"revision": None}, "no evidence"),
        ({"place": "nowhere"}, "no place"),
    ],
)
def test_a_release_with_evidence_of_something_else(
    drained: Stage, changes: dict[str, str | None], reason: str
) -> None:
    key = key_of(drained, "b02")
    record = drained.document(f"keys/{key[-2:]}/{key}.yaml")
    evidence: dict[str, str | None] = {
        "key": key,
        "place": record["place"],
        "drain": record["drain"]["id"],
        "revision": drained.head,
        "source": "file",
        "who": "tests",
        **changes,
    }
    if evidence["revision"] == "BEFORE":
        evidence["revision"] = record["drain"]["after"]
    fields = {name: value for name, value in evidence.items() if value is not None}
    message = f"Release\n\nTestnet-Evidence: {json.dumps(fields)}"
    commit(drained, released(drained), message)
    assert any(reason in doubt["message"] for doubt in doubts(drained))


def test_evidence_that_is_no_json(drained: Stage) -> None:
    commit(drained, released(drained), "Release\n\nTestnet-Evidence: {nothing")
    assert any("no evidence" in doubt["message"] for doubt in doubts(drained))


def test_a_key_that_the_register_never_heard_of(drained: Stage) -> None:
    key = key_of(drained, "b01")
    other = key[:-6] + ("aaaaaa" if key[-6:] != "aaaaaa" else "bbbbbb")
    text = without(drained.files()[OVERLAY], "whale-b02").replace(key, other)
    commit(drained, {ELSEWHERE: text.replace("whale-b01", "odd")})
    assert any("never heard of it" in doubt["message"] for doubt in doubts(drained))


def test_a_key_that_begins_with_a_drain(drained: Stage) -> None:
    key, other = key_of(drained, "b01"), key_of(drained, "b02")
    overlay = without(drained.files()[OVERLAY], "whale-b02")
    stopped = overlay.replace("replicas: 1", "replicas: 0").replace(key, other)
    commit(drained, {ELSEWHERE: stopped, OVERLAY: overlay})
    assert any("where it never ran" in doubt["message"] for doubt in doubts(drained))


def test_another_drain_of_the_same_daemon(drained: Stage) -> None:
    key = key_of(drained, "b02")
    drain = drained.document(f"keys/{key[-2:]}/{key}.yaml")["drain"]["id"]
    commit(drained, {OVERLAY: drained.files()[OVERLAY].replace(drain, "f" * 12)})
    (doubt,) = doubts(drained)
    assert doubt["message"].startswith("the register says draining at west")


def test_a_register_that_says_something_else(drained: Stage) -> None:
    key, other = key_of(drained, "b01"), key_of(drained, "b02")
    path, gone = f"keys/{key[-2:]}/{key}.yaml", f"keys/{other[-2:]}/{other}.yaml"
    text = drained.files()[path].replace("generation: 0", "generation: 7")
    commit(drained, {path: text, gone: None})
    told = {doubt["key"]: doubt["message"] for doubt in doubts(drained)}
    assert "generation 7, and from the history follows" in told[key]
    assert "says nothing, and from the history follows draining" in told[other]


def test_a_register_that_cannot_be_read(drained: Stage) -> None:
    key = key_of(drained, "b01")
    commit(drained, {f"keys/{key[-2:]}/{key}.yaml": "state: ["})
    told = [doubt["message"] for doubt in doubts(drained)]
    assert any("not a record that this program wrote" in message for message in told)


def test_the_register_is_rebuilt(drained: Stage, tmp_path: Path) -> None:
    run = drained.keys("audit", "--rebuild", str(tmp_path / "rebuilt"))
    assert run.code == 0
    published = {p: t for p, t in drained.files().items() if p.startswith("keys/")}
    base = tmp_path / "rebuilt"
    rebuilt = {p.relative_to(base).as_posix(): p.read_text("utf-8") for p in base.rglob("*.yaml")}
    assert rebuilt == published
