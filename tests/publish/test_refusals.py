"""What a publish refuses before it writes anything."""

from __future__ import annotations

import pytest

from tests.publish.stage import Stage, git, group, small


@pytest.fixture
def published(stage: Stage) -> Stage:
    """Net one, published."""
    stage.write("one", small("one", group("whale", "b01")))
    stage.result()
    return stage


def refused(stage: Stage, *options: str, code: int = 2) -> str:
    """Publish, see that it fails and that the branch stays; return the error, one line."""
    head = stage.git("for-each-ref")
    run = stage.publish(*options)
    assert run.code == code, (run.out, run.err)
    assert run.out == ""
    assert "Traceback" not in run.err
    assert stage.git("for-each-ref") == head
    return run.err


class TestMain:
    def test_with_a_wrong_fleet_or_pool_publishes_nothing(self, published: Stage) -> None:
        pool = published.repository.root / "environments/keys/new.yaml"
        text = pool.read_text("utf-8")
        pool.write_text(text.replace("  b02: B62q", "  b02: B62p"), "utf-8")
        assert "error[keys/invalid]" in refused(published)
        pool.write_text(text, "utf-8")
        published.repository.write("environments/fleet.yaml", "clusters: []\n")
        assert "error[schema/missing]" in refused(published)

    def test_behind_what_is_published(self, stage: Stage) -> None:
        root = str(stage.repository.root)
        git("-C", root, "init", "--quiet")
        stage.write("one", small("one", group("whale", "b01")))
        git("-C", root, "add", "--all")
        git("-C", root, "commit", "--quiet", "--message", "First")
        git("-C", root, "commit", "--quiet", "--allow-empty", "--message", "Second")
        stage.result()
        git("-C", root, "reset", "--quiet", "--hard", "HEAD~1")
        assert "main is behind what is published" in refused(stage)

    def test_with_changes_that_nobody_committed(self, stage: Stage) -> None:
        root = str(stage.repository.root)
        git("-C", root, "init", "--quiet")
        git("-C", root, "add", "--all")
        git("-C", root, "commit", "--quiet", "--message", "First")
        stage.write("one", small("one", group("whale", "b01")))
        assert "not committed" in refused(stage)

    def test_without_an_origin_needs_a_url(self, stage: Stage) -> None:
        run = stage.run("publish")
        assert (run.code, "--environments" in run.err) == (2, True)


class TestPublishedTree:
    def change(self, stage: Stage, path: str, old: str, new: str) -> None:
        """Commit to the branch as nobody should."""
        tree = stage.remote.parent / "by-hand"
        git("clone", "--quiet", "--branch", "environments", str(stage.remote), str(tree))
        file = tree / path
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")
        git("-C", str(tree), "commit", "--quiet", "--all", "--message", "By hand")
        git("-C", str(tree), "push", "--quiet")

    def key(self, stage: Stage) -> str:
        (path,) = [path for path in stage.files() if path.startswith("keys/")]
        return path

    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            ("state: held", "state: free", "disagree about"),
            ("generation: 0", "generation: -1", "no generation"),
            ("west/net-one", "center/net-one", "disagree about"),
            ("state: held", "state: [", "not a record"),
            ("key: B62q", "key: B62p", "not a record"),
            ('since: ""', "since: HEAD", "no full id of a commit"),
            ("net: one", "net: two", "is not of the net"),
        ],
    )
    def test_a_register_changed_by_hand(
        self, published: Stage, old: str, new: str, reason: str
    ) -> None:
        self.change(published, self.key(published), old, new)
        error = refused(published)
        assert reason in error
        assert error.count("\n") == 1

    def test_a_lock_changed_by_hand(self, published: Stage) -> None:
        lock = "clusters/west/nets/one/net.lock.yaml"
        self.change(published, lock, "  whale-b01: B62q", "  whale-b02: B62q")
        assert "does not say which key" in refused(published)

    def test_an_overlay_changed_by_hand_is_put_right(self, published: Stage) -> None:
        path = "clusters/west/nets/one/seeds-1/daemons.yaml"
        before = published.files()
        self.change(published, path, "replicas: 1", "replicas: 2")
        assert [c["path"] for c in published.result()["changes"]] == [path]
        assert published.files() == before

    @pytest.mark.parametrize(
        ("file", "old", "new"),
        [
            ("producers-1/daemons.yaml", "replicas: 0", "replicas: 1"),
            ("producers-1/daemons.yaml", "testnet/key: B62", "testnet/key: B63"),
            ("drain-", "value: net-one", "value: net-two"),
        ],
    )
    def test_what_is_drained_is_taken_over_only_as_it_was_published(
        self, published: Stage, file: str, old: str, new: str
    ) -> None:
        published.write("one", small("one", group("shark", "b01")))
        published.result()
        base = "clusters/west/nets/one/"
        (path,) = [
            path
            for path, text in published.files().items()
            if path.startswith(base + file) and old in text
        ]
        self.change(published, path, old, new)
        error = refused(published, *published.stopped())
        assert "is not as it was published" in error
        assert error.count("\n") == 1

    def test_what_waits_for_a_grant_too(self, published: Stage) -> None:
        published.remove("one")
        published.write("two", small("two", group("whale", "b02")))
        path = "clusters/west/testnets/one.yaml"
        self.change(published, path, "prune: true", "prune: false")
        assert "is not as it was published" in refused(published)

    def test_strangers_beside_it_are_removed(self, published: Stage) -> None:
        tree = published.remote.parent / "strangers"
        git("clone", "--quiet", "--branch", "environments", str(published.remote), str(tree))
        (tree / ".sourceignore").write_text("/clusters", "utf-8")
        (tree / "extra").mkdir()
        (tree / "extra/file").write_text("mine", "utf-8")
        git("-C", str(tree), "add", "--all")
        git("-C", str(tree), "commit", "--quiet", "--message", "By hand")
        git("-C", str(tree), "push", "--quiet")
        changes = published.result()["changes"]
        assert [c["path"] for c in changes] == [".sourceignore", "extra/file"]

    def test_a_branch_that_is_not_there_is_not_begun(
        self, published: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Lost with every clone, every key would be new, and claimed wherever main wants it."""
        published.git("update-ref", "-d", "refs/heads/environments")
        monkeypatch.setenv("XDG_CACHE_HOME", str(published.remote.parent / "fresh"))
        run = published.run("publish", "--environments", str(published.remote))
        assert (run.code, "begin with --first" in run.err) == (2, True)
        assert published.git("for-each-ref") == ""

    def test_one_that_is_there_is_not_begun_again(self, published: Stage) -> None:
        assert "is there already" in refused(published, "--first")

    def test_keys_of_nobody(self, published: Stage) -> None:
        tree = published.remote.parent / "more"
        git("clone", "--quiet", "--branch", "environments", str(published.remote), str(tree))
        (tree / "keys/README").write_text("mine", "utf-8")
        (tree / "keys/xx").mkdir()
        (tree / "keys/xx/mine.txt").write_text("mine", "utf-8")
        git("-C", str(tree), "add", "--all")
        git("-C", str(tree), "commit", "--quiet", "--message", "By hand")
        git("-C", str(tree), "push", "--quiet")
        assert "no file of the key register" in refused(published)


class TestKeys:
    def test_a_key_that_was_never_published(self, published: Stage) -> None:
        run = published.keys("explain", "b09")
        assert (run.code, "was never published" in run.err) == (2, True)

    def test_a_text_that_is_no_key(self, published: Stage) -> None:
        run = published.keys("explain", "nobody")
        assert (run.code, "neither the name of a key" in run.err) == (2, True)

    def test_a_context_that_is_no_pair(self, published: Stage) -> None:
        run = published.publish("--context", "west")
        assert (run.code, "CLUSTER=CONTEXT" in run.err) == (2, True)
