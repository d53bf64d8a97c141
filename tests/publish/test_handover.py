"""A key on its way: drained, seen to have stopped, given away; and everything that interrupts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from generator import rebuild
from tests.publish.stage import Stage, group, small

WEST, CENTER = "clusters/west/nets/one", "clusters/center/nets/one"


def key_of(stage: Stage, name: str) -> str:
    """Return the public part of a key that was published."""
    run = stage.keys("explain", name, "--output", "json")
    assert run.code == 0, run.err
    return str(json.loads(run.out)["key"])


def story(stage: Stage, name: str) -> dict[str, Any]:
    """Return what `keys explain` tells as plain data."""
    run = stage.keys("explain", name, "--output", "json")
    assert run.code == 0, run.err
    return dict(json.loads(run.out))


def actions(result: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Return state and reason of each hand-over."""
    return [(row["state"], row["waits_for"]) for row in result["hand_overs"]]


@pytest.fixture
def published(stage: Stage) -> Stage:
    """Net one with two producers in the west, published."""
    stage.write("one", small("one", group("whale", "b01, b02")))
    assert stage.result()["nets"] == ["one"]
    return stage


class TestFirstPublish:
    def test_writes_tree_and_register(self, published: Stage) -> None:
        files = published.files()
        key = key_of(published, "b01")
        record = files[f"keys/{key[-2:]}/{key}.yaml"]
        assert "place: west/net-one/StatefulSet/whale-b01\n" in record
        assert "generation: 0\n" in record
        assert f"{WEST}/producers-1/daemons.yaml" in files
        assert "clusters/east/flux-system/source.yaml" in files

    def test_the_message_is_for_people_and_programs(self, published: Stage) -> None:
        message = published.git("log", "-1", "--format=%B", "environments")
        assert message.startswith("Publish one\n\n")
        key = key_of(published, "b01")
        assert "Testnet-Version: " in message
        assert "Testnet-Time: 2026-12-01T12:00:00Z\n" in message
        assert f"Testnet-Step: claim {key} 0 west/net-one/StatefulSet/whale-b01\n" in message

    def test_again_does_nothing(self, published: Stage) -> None:
        head = published.head
        result = published.result()
        assert (result["commit"], result["changes"]) == (None, [])
        assert published.head == head

    def test_dry_run_writes_nothing(self, stage: Stage) -> None:
        stage.write("one", small("one", group("whale", "b01, b02")))
        result = stage.result("--dry-run")
        assert result["changes"]
        assert stage.git("for-each-ref") == ""

    def test_other_changes_go_ahead_in_one_commit(self, published: Stage) -> None:
        published.write("one", small("one", group("whale", "b01, b02, b03")))
        published.write("two", small("two", group("fish", "b04")))
        result = published.result()
        assert result["nets"] == ["one", "two"]
        assert published.git("rev-list", "--count", "environments").strip() == "2"


class TestMove:
    @pytest.fixture
    def moving(self, published: Stage) -> Stage:
        """The key b02 wanted in the other region: one publish after that."""
        published.write(
            "one", small("one", group("whale", "b01"), group("fish", "b02", "eu-central-1"))
        )
        (row,) = published.result()["hand_overs"]
        assert (row["state"], row["from"]) == ("drain", "west/net-one/StatefulSet/whale-b02")
        return published

    def test_the_old_daemon_stays_and_wants_nothing(self, moving: Stage) -> None:
        text = moving.files()[f"{WEST}/producers-1/daemons.yaml"]
        old = text[text.index("name: whale-b02") :]
        drain = story(moving, "b02")["drain"]
        assert f"testnet/drain: {drain}\n" in old
        assert "replicas: 0\n" in old
        assert "kind: ExternalSecret" in old
        assert "whale-b01" in text
        assert "replicas: 1\n" in text
        assert "fish-b02" not in "".join(moving.files().values())

    def test_its_overlay_waits_for_nobody(self, moving: Stage) -> None:
        admin = moving.files()["clusters/west/testnets/one.yaml"]
        documents = {
            text.split("name: ")[1].split("\n")[0]: text
            for text in admin.split("---\n")
            if "\nkind: Kustomization\n" in f"\n{text}"
        }
        assert "wait: false" in documents["one-producers-1"]
        assert "dependsOn" not in documents["one-producers-1"]
        assert "wait: true" in documents["one-seeds-1"]
        drain = documents[f"one-drain-{story(moving, 'b02')['drain']}"]
        assert "dependsOn:\n  - name: one-producers-1\n" in drain

    def test_nothing_is_built_while_it_waits(
        self, moving: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []

        def build(_: object, overlays: Sequence[str], *__: object, **___: object) -> dict[str, Any]:
            asked.extend(overlays)
            return {}

        monkeypatch.setattr(rebuild, "build_overlays", build)
        assert moving.result()["commit"] is None
        assert asked == []

    def test_without_evidence_it_waits_and_says_why(self, moving: Stage) -> None:
        head = moving.head
        assert actions(moving.result()) == [("wait", "nobody looked: --evidence is none")]
        assert moving.head == head
        run = moving.publish()
        assert run.code == 0
        assert "waits" in run.out

    def test_with_evidence_it_is_handed_over(self, moving: Stage) -> None:
        assert actions(moving.result(*moving.stopped())) == [("hand-over", None)]
        files = moving.files()
        assert "whale-b02" not in files[f"{WEST}/producers-1/daemons.yaml"]
        assert "name: fish-b02" in files[f"{CENTER}/producers-1/daemons.yaml"]
        assert not [path for path in files if "/drain-" in path]
        told = story(moving, "b02")
        assert (told["generation"], told["place"]) == (1, "center/net-one/StatefulSet/fish-b02")
        assert moving.result()["changes"] == []
        message = moving.git("log", "-1", "--format=%B", "environments")
        assert 'Testnet-Evidence: {"key": "' in message
        assert moving.keys("audit").code == 0

    def test_evidence_of_the_commit_before_the_drain_is_none(self, moving: Stage) -> None:
        before = moving.git("rev-parse", "environments~1").strip()
        result = moving.result(*moving.stopped(revision=before))
        assert actions(result) == [("wait", "the evidence is of a revision from before the drain")]

    def test_a_cluster_that_does_not_answer_is_none(self, moving: Stage) -> None:
        assert actions(moving.result(*moving.stopped(but=["west"]))) == [
            ("wait", "west: no answer")
        ]

    def test_taken_back_it_goes_on_where_it_was(self, moving: Stage) -> None:
        stale = moving.stopped()
        moving.write("one", small("one", group("whale", "b01, b02")))
        assert actions(moving.result(*stale)) == [("resume", None)]
        assert story(moving, "b02")["generation"] == 0
        assert "drain" not in moving.files()[f"{WEST}/producers-1/daemons.yaml"]
        # What was seen during the drain that was taken back says nothing about the next one.
        moving.write(
            "one", small("one", group("whale", "b01"), group("fish", "b02", "eu-central-1"))
        )
        assert actions(moving.result(*stale))[0][0] == "drain"
        (row,) = actions(moving.result(*stale))
        assert row[0] == "wait"

    def test_other_daemons_of_the_overlay_go_ahead(self, moving: Stage) -> None:
        moving.write(
            "one", small("one", group("whale", "b01, b05"), group("fish", "b02", "eu-central-1"))
        )
        moving.result()
        text = moving.files()[f"{WEST}/producers-1/daemons.yaml"]
        assert "name: whale-b05" in text
        assert "name: whale-b02" in text

    def test_not_wanted_any_more_it_is_released(self, moving: Stage) -> None:
        moving.write("one", small("one", group("whale", "b01")))
        assert actions(moving.result(*moving.stopped())) == [("release", None)]
        assert story(moving, "b02")["state"] == "free"
        # Free for anybody, with the next generation; also where it was before.
        moving.write("one", small("one", group("whale", "b01, b02")))
        assert moving.result()["commit"]
        assert story(moving, "b02")["generation"] == 1
        assert moving.keys("audit").code == 0


class TestRename:
    def test_inside_one_cluster_is_a_move(self, published: Stage) -> None:
        published.write("one", small("one", group("shark", "b01, b02")))
        assert [a for a, _ in actions(published.result())] == ["drain", "drain"]
        assert "shark" not in published.files()[f"{WEST}/producers-1/daemons.yaml"]
        assert [a for a, _ in actions(published.result(*published.stopped()))] == ["hand-over"] * 2
        text = published.files()[f"{WEST}/producers-1/daemons.yaml"]
        assert ("whale" in text, "name: shark-b01" in text) == (False, True)

    def test_to_another_net(self, published: Stage) -> None:
        published.write("one", small("one", group("whale", "b01")))
        published.write("two", small("two", group("whale", "b02")))
        assert [a for a, _ in actions(published.result())] == ["drain"]
        assert "clusters/west/nets/two/seeds-1/daemons.yaml" in published.files()
        assert [a for a, _ in actions(published.result(*published.stopped()))] == ["hand-over"]
        assert story(published, "b02")["net"] == "two"

    def test_two_keys_that_swap_their_places(self, published: Stage) -> None:
        """The pool gives two names each other's public key: one place, another key."""
        pool = published.repository.root / "environments/keys/new.yaml"
        text = pool.read_text("utf-8")
        one, two = key_of(published, "b01"), key_of(published, "b02")
        swapped = text.replace(one, "@").replace(two, one).replace("@", two)
        pool.write_text(swapped, "utf-8")
        assert [a for a, _ in actions(published.result())] == ["drain", "drain"]
        assert published.result()["changes"] == []
        result = published.result(*published.stopped())
        assert [a for a, _ in actions(result)] == ["release", "release"]
        assert [a for a, _ in actions(published.result())] == ["claim", "claim"]
        assert story(published, "b01")["key"] == two
        assert story(published, "b01")["place"] == "west/net-one/StatefulSet/whale-b01"
        assert published.keys("audit").code == 0

    def test_a_new_key_waits_for_the_place_of_another(self, published: Stage) -> None:
        pool = published.repository.root / "environments/keys/new.yaml"
        text = pool.read_text("utf-8")
        old = key_of(published, "b02")
        fresh = (
            text[text.index("b09") :].split("B62q")[1].split('"')[0].split("\n")[0].split(",")[0]
        )
        fresh = f"B62q{fresh}".rstrip("}").strip()
        pool.write_text(text.replace(fresh, "@").replace(old, fresh).replace("@", old), "utf-8")
        first = published.result()
        assert sorted(actions(first)) == [
            ("drain", "evidence from west that its daemon has stopped"),
            ("wait", "another key is still at the place"),
        ]
        second = published.result(*published.stopped())
        assert sorted(a for a, _ in actions(second)) == ["release", "wait"]
        assert published.result()["commit"]
        assert f"whale-b02: {fresh}\n" in published.files()[f"{WEST}/net.lock.yaml"]


class TestDrainedNeighbours:
    def test_nothing_else_gets_the_name_of_a_drained_daemon(self, stage: Stage) -> None:
        pool = stage.repository.root / "environments/keys/new.yaml"
        text = pool.read_text("utf-8")
        pool.write_text(text.replace("b02", "coordinator", 1), "utf-8")
        stage.write("one", small("one", group("whale", "b01"), group("s", "coordinator")))
        stage.result()
        pools = ('snark_pools: [{name: s, key: s01, workers: 1, fee: "0.001"}]',)
        stage.write("one", small("one", group("whale", "b01"), fields=pools))
        assert [a for a, _ in actions(stage.result())] == ["drain"]
        files = stage.files()
        assert "name: s-coordinator\n" in files[f"{WEST}/producers-1/daemons.yaml"]
        assert f"{WEST}/coordinators-1/daemons.yaml" not in files
        stage.result(*stage.stopped())
        files = stage.files()
        assert "s-coordinator" not in files[f"{WEST}/producers-1/daemons.yaml"]
        assert "name: s-coordinator\n" in files[f"{WEST}/coordinators-1/daemons.yaml"]
        assert stage.result()["changes"] == []

    def test_a_net_stays_with_its_library_while_it_drains(self, stage: Stage) -> None:
        def versions() -> set[str]:
            paths = stage.git("ls-tree", "--name-only", "environments:overlays").split()
            return set(paths)

        stage.write("one", small("one", group("whale", "b01, b02")))
        stage.result()
        (old,) = versions()
        stage.repository.write("overlays/base/net/scripts/other.sh", "# another version\n")
        stage.write("one", small("one", group("whale", "b01")))
        assert [a for a, _ in actions(stage.result())] == ["drain"]
        assert old in versions()
        text = stage.files()[f"{WEST}/producers-1/kustomization.yaml"]
        assert f"overlays/{old}/" in text
        assert [a for a, _ in actions(stage.result(*stage.stopped()))] == ["release"]
        # Now it moves on, and nothing needs the old version any more.
        stage.result()
        assert old not in versions()
        assert stage.result()["changes"] == []
