"""Nets, clusters and daemons that go: only when somebody says so, once they stand still."""

from __future__ import annotations

import json

import pytest

from generator.publish.removal import read_grants
from tests.publish.stage import Stage, git, group, small
from tests.publish.test_handover import actions, story

ONE = small("one", group("whale", "b01"), group("fish", "b02", "eu-central-1"))


@pytest.fixture
def published(stage: Stage) -> Stage:
    """Nets one (in two regions) and two (in one), published."""
    stage.write("one", ONE)
    stage.write("two", small("two", group("whale", "b03")))
    stage.result()
    return stage


def replicas(stage: Stage, net: str) -> set[str]:
    """Return every number of replicas in the published overlays of a net."""
    return {
        line.strip()
        for path, text in stage.files().items()
        if f"/nets/{net}/" in path and path.endswith("daemons.yaml")
        for line in text.splitlines()
        if line.startswith("  replicas:")
    }


class TestNet:
    def test_without_a_grant_it_stays_and_the_others_go_ahead(self, published: Stage) -> None:
        before = {p: t for p, t in published.files().items() if "/one" in p}
        published.remove("one")
        published.write("two", small("two", group("whale", "b03, b04")))
        result = published.result(code=1)
        assert result["nets"] == ["two"]
        assert {p: t for p, t in published.files().items() if "/one" in p} == before
        (removal,) = result["removals"]
        assert (removal["net"], removal["needs_grant"], removal["granted_by"]) == (
            "one",
            True,
            None,
        )
        assert removal["namespaces"] == ["center", "west"]
        run = published.publish()
        assert (run.code, "Allow-removal: one" in run.out) == (1, True)

    def test_its_keys_stay_with_it_whoever_wants_them(self, published: Stage) -> None:
        published.remove("one")
        published.write("two", small("two", group("whale", "b03, b02")))
        result = published.result(code=1)
        assert result["changes"]  # the rest of net two
        assert story(published, "b02")["net"] == "one"

    def test_it_is_drained_in_one_commit_and_removed_in_a_later_one(self, published: Stage) -> None:
        published.remove("one")
        assert [a for a, _ in actions(published.result("--allow-removal", "one"))] == [
            "drain",
            "drain",
        ]
        assert replicas(published, "one") == {"replicas: 0"}
        assert "clusters/west/testnets/one.yaml" in published.files()
        # Nobody has to grant it twice.
        assert published.result()["changes"] == []
        result = published.result(*published.stopped(but=["center"]))
        assert sorted(a for a, _ in actions(result)) == ["release", "wait"]
        assert "clusters/west/testnets/one.yaml" not in published.files()
        assert "clusters/center/testnets/one.yaml" in published.files()
        published.result(*published.stopped())
        assert not [path for path in published.files() if "/one" in path]
        assert story(published, "b01")["state"] == "free"
        assert published.keys("audit").code == 0

    def test_a_net_without_producers_is_stopped_first_too(self, stage: Stage) -> None:
        text = small("one", group("x", "b01"))
        stage.write("one", text[: text.index("block_producers")])
        stage.result()
        stage.remove("one")
        stage.result("--allow-removal", "one")
        assert replicas(stage, "one") == {"replicas: 0"}
        stage.result()
        assert not [path for path in stage.files() if "/one" in path]

    def test_back_again_it_goes_on(self, published: Stage) -> None:
        before = published.files()
        published.remove("one")
        published.result("--allow-removal", "one")
        published.write("one", ONE)
        assert {a for a, _ in actions(published.result())} == {"resume"}
        after = published.files()
        differing = {path for path in before | after if before.get(path) != after.get(path)}
        assert {path.partition("/")[0] for path in differing} == {"keys"}

    def test_a_protected_net_keeps_its_volumes(self, stage: Stage) -> None:
        text = small("one", group("whale", "b01"), fields=("purpose: public", "protected: true"))
        stage.write("one", text.replace("ttl: 1d\n", ""))
        stage.result()
        stage.remove("one")
        assert stage.result(code=1)["changes"] == []
        stage.result("--allow-removal", "one")
        text = stage.files()["clusters/west/nets/one/producers-1/daemons.yaml"]
        claim = text[text.index("kind: PersistentVolumeClaim") :]
        assert "kustomize.toolkit.fluxcd.io/prune: disabled" in claim


class TestGrants:
    def test_by_a_trailer_of_main_since_the_last_publish(self, stage: Stage) -> None:
        root = str(stage.repository.root)
        git("-C", root, "init", "--quiet")

        def commit(message: str) -> None:
            git("-C", root, "add", "--all")
            git("-C", root, "commit", "--quiet", "--message", message)

        stage.write("one", ONE)
        commit("Begin\n\nAllow-removal: one")
        stage.result()
        stage.remove("one")
        commit("End\n\nThe words Allow-removal: one in a sentence are none.")
        assert stage.result(code=1)["changes"] == []
        stage.write("three", small("three", group("whale", "b05")))
        commit("Once more\n\nAllow-removal: one\nSigned-off-by: a <a@example.org>")
        result = stage.result()
        assert result["removals"][0]["granted_by"] == git("-C", root, "rev-parse", "HEAD").strip()
        message = stage.git("log", "-1", "--format=%B", "environments")
        assert "one loses the namespaces on center, west" in message
        assert f"Testnet-Source: {git('-C', root, 'rev-parse', 'HEAD').strip()}" in message

    def test_a_grant_is_of_what_main_wanted_then(self, stage: Stage) -> None:
        root = str(stage.repository.root)
        git("-C", root, "init", "--quiet")

        def commit(message: str, *options: str) -> None:
            git("-C", root, "add", "--all")
            git("-C", root, "commit", "--quiet", "--message", message, *options)

        stage.write("one", ONE)
        commit("Begin")
        stage.result()
        # Nothing to remove: the grant is of no use, and stays in the range of the next publish.
        commit("Nothing\n\nAllow-removal: one", "--allow-empty")
        assert stage.result()["changes"] == []
        stage.remove("one")
        commit("End")
        assert stage.result(code=1)["changes"] == []
        commit("Granted\n\nAllow-removal: one", "--allow-empty")
        assert stage.result()["changes"]

    def test_a_head_that_does_not_know_main_grants_nothing(self, stage: Stage) -> None:
        stage.write("one", ONE)
        stage.result()  # main is no repository yet
        stage.remove("one")
        root = str(stage.repository.root)
        git("-C", root, "init", "--quiet")
        git("-C", root, "add", "--all")
        git("-C", root, "commit", "--quiet", "--message", "Long ago\n\nAllow-removal: one")
        assert stage.result(code=1)["changes"] == []

    @pytest.mark.parametrize(
        ("message", "nets"),
        [
            ("Subject\n\nAllow-removal: a-1", {"a-1"}),
            ("Subject\n\nBody\n\nallow-removal: A\nAllow-removal: b", {"a", "b"}),
            ("Subject\n\nAllow-removal: a\n\nMore", set()),
            ("Allow-removal: a", set()),
            ("Subject\n\nAllow-removal: a\nand words", set()),
            ("Subject\n\nAllow-removal: a\nReviewed-by: b\n  and c", {"a"}),
            ("Subject\n\nAllow-removal: a b", set()),
            ("Subject\n\nAllow-removal: *", set()),
            ("Subject\r\n\r\nAllow-removal: a\r\n", {"a"}),
            ("", set()),
        ],
    )
    def test_are_read_from_the_last_paragraph(self, message: str, nets: set[str]) -> None:
        assert set(read_grants([("c" * 40, message)])) == nets


class TestDaemons:
    def test_a_few_go_without_a_word_and_many_do_not(self, stage: Stage) -> None:
        stage.write("one", small("one", group("whale", "b01..b07")))
        stage.result()
        stage.write("one", small("one", group("whale", "b01")))
        result = stage.result(code=1)
        assert (result["changes"], len(result["removals"][0]["daemons"])) == ([], 6)
        stage.write("one", small("one", group("whale", "b01..b02")))
        assert [a for a, _ in actions(stage.result())] == ["drain"] * 5
        # Those that were told to stop do not count again.
        stage.write("one", small("one", group("whale", "b01")))
        assert "drain" in [a for a, _ in actions(stage.result())]

    def test_those_that_move_leave_their_volumes(self, stage: Stage) -> None:
        stage.write("one", small("one", group("whale", "b01..b06"), group("fish", "b07")))
        stage.result()
        keys = group("whale", "b01..b06", "eu-central-1")
        stage.write("one", small("one", keys, group("fish", "b07")))
        result = stage.result(code=1)
        (removal,) = result["removals"]
        assert (removal["daemons"], removal["volumes"], result["changes"]) == ([], 6, [])
        assert stage.result("--allow-removal", "one")["changes"]

    def test_volumes_are_counted_over_all_nets(self, stage: Stage) -> None:
        for name, keys in (("one", "b01..b04"), ("two", "b11..b14")):
            stage.write(name, small(name, group("whale", keys)))
        stage.result()
        stage.write("one", small("one", group("whale", "b01")))
        stage.write("two", small("two", group("whale", "b11")))
        assert stage.result(code=1)["changes"] == []
        result = stage.result("--allow-removal", "two")
        assert [row["needs_grant"] for row in result["removals"]] == [False, False]
        assert result["nets"] == ["one", "two"]

    def test_a_new_chain_leaves_all_volumes(self, stage: Stage) -> None:
        text = small("one", group("whale", "b01..b05"))
        stage.write("one", text)
        stage.result()
        stage.write("one", f"{text}genesis: {{generation: 2}}\n")
        (removal,) = stage.result(code=1)["removals"]
        assert (removal["volumes"], removal["needs_grant"]) == (6, True)
        assert stage.result("--allow-removal", "one")["changes"]

    def test_protection_is_not_taken_away_by_the_way(self, stage: Stage) -> None:
        def text(*fields: str) -> str:
            net = small("one", group("whale", "b01"), fields=("purpose: public", *fields))
            return net.replace("ttl: 1d\n", "")

        stage.write("one", text("protected: true"))
        stage.result()
        stage.write("one", text())
        run = stage.publish()
        assert (run.code, "it would lose its protection" in run.out) == (1, True)
        assert stage.result("--allow-removal", "one")["changes"]

    def test_a_word_for_a_net_that_loses_nothing_is_told(self, stage: Stage) -> None:
        stage.write("one", small("one", group("whale", "b01")))
        run = stage.publish("--allow-removal", "nobody")
        assert (run.code, "--allow-removal nobody: nothing" in run.err) == (0, True)

    def test_an_empty_repository_publishes_no_end(self, published: Stage) -> None:
        published.remove("one")
        published.remove("two")
        head = published.head
        assert published.result(code=1)["changes"] == []
        assert published.head == head


class TestStanding:
    def test_a_namespace_stays_while_the_next_daemon_waits(self, stage: Stage) -> None:
        """Of a net's only daemon on a cluster the key changes, and the new one is elsewhere yet."""
        stage.write("one", small("one", group("a", "b01", "eu-central-1")))
        stage.write("two", small("two", group("z", "b02, b03")))
        seed = stage.result()
        assert seed["nets"] == ["one", "two"]
        place = [p for p in stage.files() if p.startswith("clusters/center/nets/one/seeds")]
        assert not place
        stage.write("one", small("one", group("a", "b02", "eu-central-1")))
        stage.write("two", small("two", group("z", "b03")))
        assert [a for a, _ in actions(stage.result())] == ["drain", "drain"]
        result = stage.result(*stage.stopped(but=["west"]))
        assert sorted(a for a, _ in actions(result)) == ["release", "wait"]
        files = stage.files()
        assert "clusters/center/testnets/one.yaml" in files
        assert "clusters/center/nets/one/shared-1/net.yaml" in files
        assert "leaving" not in files["clusters/center/nets/one/net.lock.yaml"]
        assert stage.result()["changes"] == []
        assert [a for a, _ in actions(stage.result(*stage.stopped()))] == ["hand-over"]
        assert story(stage, "b02")["place"] == "center/net-one/StatefulSet/a-b02"
        assert stage.result()["changes"] == []


class TestCluster:
    def test_it_leaves_the_fleet_once_its_nets_have(self, published: Stage) -> None:
        fleet = published.repository.root / "environments/fleet.yaml"
        text = fleet.read_text("utf-8")
        start, end = text.index("  - name: center"), text.index("  - name: east")
        fleet.write_text(text[:start] + text[end:], "utf-8")
        one, two = group("whale", "b01, b02"), group("whale", "b03")
        published.write("one", small("one", one).replace(", eu-central-1", ""))
        published.write("two", small("two", two).replace(", eu-central-1", ""))
        assert published.result(code=1)["nets"] == ["two"]
        result = published.result("--allow-removal", "one")
        assert [a for a, _ in actions(result)] == ["drain"]
        files = published.files()
        assert "clusters/center/flux-system/source.yaml" in files
        assert "clusters/center/platform/kustomization.yaml" in files
        published.result(*published.stopped())
        assert not [path for path in published.files() if path.startswith("clusters/center/")]
        assert story(published, "b02")["place"] == "west/net-one/StatefulSet/whale-b02"

    def test_that_is_gone_is_released_by_hand(self, published: Stage) -> None:
        published.write("one", small("one", group("whale", "b01, b02")))
        by = ("--by", "jo", "--why", "it burnt [/red] down")
        early = published.keys("release", "b02", "--cluster-is-gone", *by)
        assert (early.code, "is not draining" in early.err) == (2, True)
        assert early.err.count("\n") == 1
        published.result("--allow-removal", "one")
        # Main wants it back where it is: then it goes on there, and nobody is told otherwise.
        published.write("one", ONE)
        back = published.keys("release", "b02", "--cluster-is-gone", *by)
        assert (back.code, "main wants it where it is, at center" in back.err) == (2, True)
        published.write("one", small("one", group("whale", "b01, b02")))
        published.result("--allow-removal", "one")
        for missing in ((), ("--cluster-is-gone",), ("--cluster-is-gone", "--by", "jo")):
            assert published.keys("release", "b02", *missing).code == 2
        for odd in ("jo\nSigned-off-by: jo", "\x1b[31mjo"):
            run = published.keys("release", "b02", "--cluster-is-gone", "--by", odd, "--why", "x")
            assert (run.code, "on one line" in run.err) == (2, True)
        head = published.head
        dry = published.keys("release", "b02", "--cluster-is-gone", *by, "--dry-run")
        assert (dry.code, published.head) == (0, head)
        done = published.keys("release", "b02", "--cluster-is-gone", *by)
        assert (done.code, done.err) == (0, "")
        told = story(published, "b02")
        assert told["place"] == "west/net-one/StatefulSet/whale-b02"
        (past,) = told["past"]
        assert (past["evidence"]["source"], past["evidence"]["who"]) == ("override", "jo")
        assert past["evidence"]["why"] == "it burnt [/red] down"
        text = published.keys("explain", "b02").out
        assert "it burnt [/red] down" in text
        audit = published.keys("audit", "--output", "json")
        assert (audit.code, json.loads(audit.out)["doubts"]) == (0, [])
