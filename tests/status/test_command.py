"""`testnet status` against a published branch and small API servers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from rich.console import Console

from generator.commands import look, status
from generator.errors import RemoteError
from generator.kustomize import Kustomize
from generator.schema import schema_text
from generator.status import published
from generator.sync import survey as live
from generator.sync import survey_fleet
from tests.publish.stage import group, small
from tests.status.conftest import CLUSTERS, Scene, read_stage
from tests.status.world import Surveys, change, mirror

Edit = Callable[[Surveys], Surveys]


def without_pod(surveys: Surveys) -> Surveys:
    """Take a pod from the cluster west."""
    return change(surveys, "west", "pods", "net-one/whale-b01-0", lambda _: None)


def other_digest(surveys: Surveys) -> Surveys:
    """Have Flux on the cluster center report another digest."""

    def edit(found: object) -> object:
        assert isinstance(found, live.Kustomization)
        built = replace(found.history[0], digest=f"sha256:{'0' * 64}")
        return replace(found, history=(built,))

    return change(surveys, "center", "kustomizations", "testnets/one-producers-1", edit)


def test_all_delivered(scene: Scene) -> None:
    run = scene.status()
    assert run.code == 0
    lines = [line.split() for line in run.out.splitlines()]
    head = scene.stage.head[:12]
    assert lines[0] == f"published: {head} (environments), 1 net on 3 clusters".split()
    assert ["one", "center", "2", "of", "2", "1", "of", "1", "head", "-"] in lines
    assert lines[-1][:2] == ["all", "delivered:"]
    assert run.err == ""


def test_each_overlay_of_a_net(scene: Scene) -> None:
    run = scene.status("one")
    assert run.code == 0
    rows = [line.split() for line in run.out.splitlines() if "equal" in line]
    assert len(rows) == sum(len(site.overlays) for site in read_stage(scene.stage).sites)
    head = scene.stage.head[:12]
    assert ["center", "shared-1", head, "yes", "equal", "0", "of", "0"] in rows
    assert ["producers-1", head, "yes", "equal", "2", "of", "2"] in rows


def test_what_is_not_as_published_in_a_line_each(scene: Scene) -> None:
    scene.show(lambda surveys: other_digest(without_pod(surveys)))
    run = scene.status()
    assert run.code == 1
    assert "producers-1/whale-b01: 1 pod of 1 not there yet" in run.out
    assert "producers-1: Flux built sha256:000000000000, the lock says sha256:" in run.out
    assert "not all delivered: 2 differences" in run.out


def test_cluster_that_is_away_hides_no_other(scene: Scene) -> None:
    scene.connect({name: scene.servers[name].port for name in ("center", "east")} | {"west": 9})
    run = scene.status()
    assert run.code == 1
    assert "west: it does not answer (nothing listens at its address)" in run.out
    assert "not known" in run.out
    assert "2 of 2" in run.out


def test_no_cluster_can_be_reached(scene: Scene) -> None:
    scene.connect(dict.fromkeys(CLUSTERS, 9))
    assert scene.status().code == 3
    assert scene.status("onne").code == 3


def test_one_cluster_by_another_context(scene: Scene) -> None:
    scene.connect({"mine": scene.servers["west"].port})
    run = scene.status("--cluster", "west", "--context", "west=mine")
    assert run.code == 0
    assert "1 net on 1 cluster" in run.out
    assert "center" not in run.out


def test_tree_without_git(scene: Scene) -> None:
    tree, _ = scene.stage.checkout()
    scene.stage.write("two", small("two"))
    run = scene.status("--tree", str(tree), environments=False)
    assert run.code == 0
    assert "a tree without its history" in run.out


def test_tree_that_was_only_generated(scene: Scene, tmp_path: Path) -> None:
    """It has no register, and nothing to hand over."""
    target = tmp_path.parent / "generated"
    scene.stage.run("generate", "--output", str(target), "--now", "2026-12-01T12:00:00Z")
    run = scene.status("--tree", str(target), environments=False)
    assert run.code == 0
    assert "all delivered" in run.out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["onne"], 'and none is on a cluster that answers; did you mean "one"?'),
        (["--cluster", "wes"], 'nothing for a cluster "wes"; did you mean "west"?'),
        (["--context", "wes=x"], 'nothing for a cluster "wes"; did you mean "west"?'),
        (["--watch", "-o", "json"], "--watch writes text"),
        (["--branch", "other"], "nothing is published in"),
        (["--tree", "environments"], "--tree environments: no published tree is there"),
        (["--context", "x"], '--context "x" is not CLUSTER=CONTEXT'),
    ],
)
def test_wrong_words(scene: Scene, words: list[str], reason: str) -> None:
    run = scene.status(*words)
    assert run.code == 2
    assert reason in run.err


def test_locks_and_register_that_disagree(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    class Disagreeing:
        @property
        def waiting(self) -> None:
            raise KeyError("whale-b01")

    monkeypatch.setattr(look, "Head", lambda **_: Disagreeing())
    monkeypatch.setattr(Disagreeing, "allocations", Disagreeing, raising=False)
    monkeypatch.setattr(Disagreeing, "nets", (), raising=False)
    run = scene.status()
    assert run.code == 2
    assert "`testnet keys audit`" in run.err


def test_what_was_built_is_kept(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    first = scene.status()
    monkeypatch.setattr(published, "build_outputs", None)
    assert scene.status().out == first.out


# --- JSON


def document(scene: Scene, *words: str) -> dict[str, Any]:
    """Return the JSON of a status, after it was held against the published schemas."""
    parsed: dict[str, Any] = json.loads(scene.status("--output", "json", *words).out)
    evidence, own = (json.loads(schema_text(kind)) for kind in ("evidence", "status"))
    Draft202012Validator.check_schema(own)
    assert not list(Draft202012Validator(evidence).iter_errors(parsed))
    assert not list(Draft202012Validator(own).iter_errors(parsed["status"]))
    return parsed


def test_json(scene: Scene) -> None:
    scene.show(without_pod)
    found = document(scene)["status"]
    assert (found["delivered"], found["head"]) == (False, scene.stage.head)
    assert found["differences"] == [
        {
            "kind": "pod",
            "cluster": "west",
            "net": "one",
            "overlay": "producers-1",
            "subject": "whale-b01",
            "text": "1 pod of 1 not there yet",
        }
    ]
    assert [(n["cluster"], n["delivered"]) for n in found["nets"]] == [
        ("center", True),
        ("west", False),
    ]


@pytest.mark.parametrize("name", ["--output", "-o", "--format"])
def test_names_of_the_option(scene: Scene, name: str) -> None:
    assert json.loads(scene.status(name, "json").out)["version"] == 1


def test_json_of_clusters_that_are_away(scene: Scene) -> None:
    scene.connect({name: scene.servers[name].port for name in ("center", "east")})
    found = document(scene)
    assert list(found["failed"]) == ["west"]
    [west] = [c for c in found["status"]["clusters"] if c["name"] == "west"]
    assert west == {
        "name": "west",
        "reached": False,
        "failure": found["failed"]["west"],
        "fetched": None,
    }


def test_json_is_evidence_for_publish(scene: Scene) -> None:
    """The whole way of a key: told to stop, seen to have stopped, given on, all by the JSON."""
    stage = scene.stage
    whales = [group("whale", "b02"), group("orca", "b01", "eu-central-1")]
    stage.write("one", small("one", *whales, group("fish", "b03", "eu-central-1")))
    stage.publish()
    scene.show()
    waiting = scene.status()
    assert waiting.code == 0
    assert "whale-b01 on west" in waiting.out
    assert "has stopped; the next publish gives its key on" in waiting.out
    found = document(scene)
    assert found["status"]["hand_overs"][0]["stopped"] is True
    file = stage.evidence
    file.write_text(json.dumps(found), encoding="utf-8")
    done = stage.result("--evidence", str(file))
    assert [(h["state"], h["waits_for"]) for h in done["hand_overs"]] == [("hand-over", None)]
    assert "orca-b01" in {
        w.name for s in scene.show().sites for o in s.overlays for w in o.workloads
    }
    assert scene.status().code == 0


def test_drain_that_waits_is_told(scene: Scene) -> None:
    stage = scene.stage
    before = mirror(read_stage(stage))
    stage.write("one", small("one", group("whale", "b02"), group("fish", "b03", "eu-central-1")))
    stage.publish()
    scene.show(lambda surveys: surveys | {"west": before["west"]})
    run = scene.status()
    assert run.code == 1
    assert "hand-overs" in run.out
    assert "whale-b01: has not been told to stop yet" in run.out
    assert document(scene)["status"]["hand_overs"][0]["stopped"] is False


# --- what moves while one looks


def test_commit_that_was_published_meanwhile_is_no_difference(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = survey_fleet

    def survey(*words: Any, **named: Any) -> Any:
        scene.stage.write("two", small("two"))
        scene.stage.publish()
        scene.show()
        return real(*words, **named)

    monkeypatch.setattr(look, "survey_fleet", survey)
    before = scene.stage.head
    run = scene.status()
    assert before != scene.stage.head
    assert f"published: {scene.stage.head[:12]} (environments), 2 nets" in run.out
    assert run.code == 0


def test_commit_that_nobody_published(scene: Scene) -> None:
    def ahead(surveys: Surveys) -> Surveys:
        return change(
            surveys,
            "west",
            "kustomizations",
            "testnets/one-shared-1",
            lambda k: replace(k, revision=f"environments@sha1:{'f' * 40}"),  # type: ignore[type-var]
        )

    scene.show(ahead)
    run = scene.status()
    assert run.code == 1
    assert "applied ffffffffffff, which the published branch does not have" in run.out


def test_branch_that_cannot_be_read_again_is_told(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = look.Request(
        url=str(scene.stage.remote),
        branch="environments",
        tree=None,
        kustomize=Kustomize(("kustomize",), "v5.8.1"),
    )
    tree = read_stage(scene.stage)
    first = look.look(request, tree)

    def fail(*_: object, **__: object) -> None:
        raise RemoteError("no route to the host")

    monkeypatch.setattr(look, "read", fail)
    again = look.look_again(request, first)
    assert again.status == first.status
    assert again.note == "still of the last look: no route to the host"
    test_commit_that_nobody_published(scene)
    assert look.look(request, tree).note == "no route to the host"


# --- watching


class Ticks:
    """In the place of `sleep`: does one thing at each call, then interrupts."""

    def __init__(self, *things: Callable[[], object]) -> None:
        self._things = list(things)

    def __call__(self, seconds: float) -> None:
        assert seconds == 5.0
        if not self._things:
            raise KeyboardInterrupt
        self._things.pop(0)()


def test_watching_prints_only_changes_where_nobody_looks(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = Ticks(lambda: scene.show(without_pod), lambda: None, scene.show)
    monkeypatch.setattr(status, "sleep", ticks)
    run = scene.status("--watch")
    assert run.code == 130
    lines = [line.partition(" ")[2] for line in run.out.splitlines()]
    west = "one on west: delivered {} of 3, running 3 of 3, applied head"
    fine = next(line for line in lines if line.startswith("verdict: all delivered"))
    assert lines == [
        "one on center: delivered 2 of 2, running 1 of 1, applied head",
        west.format(3),
        fine,
        west.format(2),
        "one on west, producers-1/whale-b01: 1 pod of 1 not there yet",
        "verdict: not all delivered: 1 difference",
        "one on west, producers-1/whale-b01: no longer",
        west.format(3),
        fine,
    ]


def test_watching_redraws_on_a_terminal(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(force_terminal=True, record=True, width=120, legacy_windows=False)
    monkeypatch.setattr(status, "out", lambda: console)
    monkeypatch.setattr(status, "sleep", Ticks(lambda: scene.show(without_pod)))
    run = scene.status("--watch")
    assert run.code == 130
    shown = console.export_text()
    assert "Ctrl-C ends" in run.out
    assert "not all delivered: 1 difference" in shown
