"""`testnet github claims` over a real repository with the refs of pull requests."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from generator.errors import RemoteError, UsageError
from generator.hub.pulls import Pull
from generator.repository import Heads
from tests.claims.test_claims import small
from tests.conftest import Program
from tests.publish.stage import git
from tests.repository import FLEET, Repository, Run

KEYS = "environments/keys/more.yaml"
# The package has the function under the name of the module.
command = import_module("generator.commands.github.claims")


class Remote:
    """A repository whose main and pull requests a bare one has."""

    def __init__(self, repository: Repository, run: Program, bare: Path) -> None:
        self.repository = repository
        self.run = run
        self.url = str(bare)
        self.root = str(repository.root)
        git("init", "--quiet", "--bare", self.url)
        self.git("init", "--quiet", "--initial-branch=main")
        self.merge({})

    def git(self, *words: str) -> str:
        """Run git on this side."""
        return git("-C", self.root, *words)

    def merge(self, files: dict[str, str | None]) -> None:
        """Commit files to main, and push it."""
        self.commit(files)
        self.git("push", "--quiet", self.url, "HEAD:refs/heads/main")

    def commit(self, files: dict[str, str | None]) -> str:
        """Commit files, named by their path or by their net; None takes one away."""
        for name, text in files.items():
            path = name if "/" in name else f"environments/testnets/{name}.yaml"
            if text is None:
                (self.repository.root / path).unlink()
            else:
                self.repository.write(path, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "Change")
        return self.git("rev-parse", "HEAD").strip()

    def pull(self, number: int, files: dict[str, str | None], *, on: str = "main") -> str:
        """Open a pull request that changes files on top of a branch or commit."""
        self.git("checkout", "--quiet", "--detach", on)
        head = self.commit(files)
        self.git("push", "--quiet", self.url, f"+HEAD:refs/pull/{number}/head")
        self.git("checkout", "--quiet", "main")
        return head

    def claims(self, *options: str) -> Run:
        """Run the command, in a clone that has nothing but main."""
        clone = Path(self.url).parent / "clone"
        if not clone.exists():
            git("clone", "--quiet", "--branch", "main", self.url, str(clone))
        git("-C", str(clone), "pull", "--quiet", self.url, "main")
        options = ("--remote", self.url, "--root", str(clone), *options)
        return self.run("github", "claims", *options)

    def result(self, *options: str, code: int = 0) -> dict[str, Any]:
        """Return what the command says as JSON."""
        run = self.claims("--format", "json", *options)
        assert run.code == code, (run.out, run.err)
        return dict(json.loads(run.out))


@pytest.fixture
def remote(
    repository: Repository, testnet: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Remote:
    """A main in which nothing is but a fleet and its keys."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    return Remote(repository, testnet, outside / "main.git")


def test_each_with_all_others(remote: Remote) -> None:
    remote.pull(7, {"one": small("one", "b01")})
    remote.pull(8, {"two": small("two", "b01")})
    remote.pull(9, {"three": small("three", "b03")})
    remote.pull(10, {"docs/README.md": "read me\n"})
    text = "this and #8 cannot both merge: key b01: of one/whale-b01 and of two/whale-b01"
    run = remote.claims()
    assert run.out == f"#7: {text}\n", run.err
    found = remote.result("--pull", "7", code=1)
    assert found == {
        "conflicts": [
            {
                "pull": 7,
                "kind": "key",
                "subject": "b01",
                "with": [8],
                "main": False,
                "nets": ["one", "two"],
                "text": text,
            }
        ],
        "left_out": [],
    }
    assert [c["with"] for c in remote.result("--pull", "8", code=1)["conflicts"]] == [[7]]
    for number in ("9", "10"):
        assert remote.result("--pull", number) == {"conflicts": [], "left_out": []}
    assert remote.claims("--pull", "9").out == "no conflicts among 1 compared\n"


def test_what_was_merged_since_counts_and_what_is_built_on_another_does_not(
    remote: Remote,
) -> None:
    first = remote.pull(7, {"one": small("one", "b01")})
    remote.pull(8, {"two": small("two", "b02, b03"), "one": small("one", "b01, b04")}, on=first)
    assert remote.result("--pull", "8") == {"conflicts": [], "left_out": []}
    remote.merge({"three": small("three", "b02")})
    (found,) = remote.result("--pull", "8", code=1)["conflicts"]
    assert (found["main"], found["with"], found["subject"]) == (True, [], "b02")
    # What a pull request takes away itself is free for it.
    remote.pull(9, {"three": None, "four": small("four", "b02")})
    found = remote.result("--pull", "9", code=1)["conflicts"]
    assert [(c["with"], c["subject"]) for c in found] == [([8], "b02")], json.dumps(found)


def test_a_key_pool_and_a_fleet_are_compared_whole(remote: Remote) -> None:
    pool = "pool: {}\nowner: tests\nsecrets: {{aws: 'x/{{name}}'}}\nkeys: {{libp2p: {{{}: {}}}}}\n"
    # Nobody has this key yet.
    peer = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"
    remote.pull(7, {KEYS: pool.format("more", "m01", peer)})
    remote.pull(8, {"environments/keys/other.yaml": pool.format("other", "o01", peer)})
    (found,) = remote.result("--pull", "7", code=1)["conflicts"]
    assert (found["kind"], found["with"]) == ("pool", [8])
    remote.merge({"environments/fleet.yaml": FLEET.replace("cpu: 4000", "cpu: 50")})
    nets = {9: ("one", "b01..b04"), 10: ("two", "b05..b08")}
    for number, (name, keys) in nets.items():
        remote.pull(number, {name: small(name, keys)})
    (found,) = remote.result("--pull", "9", code=1)["conflicts"]
    assert (found["kind"], found["with"], found["nets"]) == ("budget", [10], ["one", "two"])
    wider = FLEET.replace("cpu: 4000", "cpu: 100")
    remote.pull(9, {"environments/fleet.yaml": wider, "one": small("one", "b01..b04")})
    assert remote.result("--pull", "9")["conflicts"] == []


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"two": "name: ["}, "environments/testnets/two.yaml:1:"),
        ({"two": small("two", "b99")}, 'key "b99" is in no pool'),
        ({"environments/fleet.yaml": "clusters: []\n"}, "environments/fleet.yaml:1:1"),
    ],
)
def test_one_that_cannot_be_judged_stops_no_other(
    remote: Remote, files: dict[str, str | None], reason: str
) -> None:
    remote.pull(7, {"one": small("one", "b01")})
    remote.pull(8, files)
    remote.pull(9, {"three": small("three", "b01")})
    found = remote.result("--pull", "7", code=1)
    assert [c["with"] for c in found["conflicts"]] == [[9]]
    ((number, told),) = [(entry["pull"], entry["reason"]) for entry in found["left_out"]]
    assert number == 8
    assert reason in told
    run = remote.claims()
    assert f"#8 is left out: {told}" in " ".join(run.err.split())
    own = remote.claims("--pull", "8")
    assert own.code == 2
    assert reason in own.err


def test_a_link_and_a_history_of_its_own_are_left_out(remote: Remote) -> None:
    remote.pull(7, {"one": small("one", "b01")})
    link = remote.repository.root / "environments/testnets/two.yaml"
    link.parent.mkdir(exist_ok=True)
    link.symlink_to("/etc/hostname")
    remote.pull(8, {})
    remote.git("checkout", "--quiet", "--orphan", "alone")
    # Without a file more it could be the very first commit of main.
    remote.commit({"docs/alone.md": "alone\n"})
    remote.git("push", "--quiet", remote.url, "HEAD:refs/pull/9/head")
    reasons = {e["pull"]: e["reason"] for e in remote.result("--pull", "7")["left_out"]}
    assert "environments/testnets/two.yaml" in reasons[8]
    assert "no commit in common" in reasons[9]


def test_nothing_of_them_is_kept(remote: Remote) -> None:
    remote.pull(7, {"one": small("one", "b01")})
    remote.claims()
    clone = Path(remote.url).parent / "clone"
    assert "pull" not in git("-C", str(clone), "for-each-ref")
    assert not (clone / ".git/FETCH_HEAD").read_text("utf-8").count("pull")
    assert git("-C", str(clone), "status", "--porcelain") == ""


def test_a_number_that_is_not_open_and_a_branch_that_is_not_there(remote: Remote) -> None:
    run = remote.claims("--pull", "7")
    assert (run.code, "is not an open one" in run.err) == (0, True)
    run = remote.claims("--base", "other")
    assert (run.code, 'no branch "other"' in run.err) == (2, True)
    run = remote.run("github", "claims", "--remote", "ext::sh", "--root", remote.root)
    assert (run.code, "is no address" in run.err) == (2, True)


class TestHub:
    class Hub:
        """A hub that knows some pull requests, also such as git does not have any more."""

        name = "example/main"

        def __init__(self, heads: dict[int, str]) -> None:
            self.heads = heads

        def pulls(self) -> tuple[Pull, ...]:
            return tuple(
                Pull(
                    number=number,
                    title="",
                    author="jo",
                    head=head,
                    head_ref="x",
                    base_ref="main" if number < 90 else "other",
                    base="b" * 40,
                    fork=False,
                    draft=False,
                    open=True,
                    merged=False,
                    merge_commit="",
                    node="x",
                )
                for number, head in self.heads.items()
            )

    def test_a_head_that_is_gone_is_left_out(
        self, remote: Remote, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        head = remote.pull(7, {"one": small("one", "b01")})
        other = remote.pull(8, {"two": small("two", "b01")})
        hub = self.Hub({7: head, 8: other, 9: "c" * 40, 91: head})
        monkeypatch.setattr(command, "resolve_hub", lambda *_: hub)
        monkeypatch.setattr(command, "hub_url", lambda *_: remote.url)
        clone = Path(remote.url).parent / "hub"
        git("clone", "--quiet", "--branch", "main", remote.url, str(clone))
        run = remote.run("github", "claims", "--format", "json", "--root", str(clone))
        found = json.loads(run.out)
        assert [(c["pull"], c["with"]) for c in found["conflicts"]] == [(7, [8]), (8, [7])]
        assert [entry["pull"] for entry in found["left_out"]] == [9]
        run = remote.run("github", "claims", "--pull", "9", "--root", str(clone))
        assert (run.code, "pull request 9: git fetch" in run.err) == (2, True)

    @pytest.mark.parametrize(
        ("origin", "url"),
        [
            ("git@github.com:Example/main.git", "git@github.com:Example/main.git"),
            ("https://github.com/fork/main", "https://hub.example.org/example/main"),
            ("https://github.com/an-example/main", "https://hub.example.org/example/main"),
            ("", "https://hub.example.org/example/main"),
        ],
    )
    def test_git_gets_them_from_the_origin_where_that_is_it(
        self, repository: Repository, monkeypatch: pytest.MonkeyPatch, origin: str, url: str
    ) -> None:
        monkeypatch.setenv("GITHUB_SERVER_URL", "https://hub.example.org")
        root = str(repository.root)
        if origin:
            git("-C", root, "init", "--quiet")
            git("-C", root, "commit", "--quiet", "--allow-empty", "--message", "x")
            git("-C", root, "remote", "add", "origin", origin)
        assert command.hub_url(self.Hub({}), repository.root) == url


def test_heads_need_a_repository_and_a_remote_that_answers(remote: Remote, tmp_path: Path) -> None:
    bare = tmp_path / "nowhere"
    bare.mkdir()
    with pytest.raises(UsageError, match="in no git repository"):
        Heads(Path(remote.url).parent)
    heads = Heads(remote.repository.root)
    with pytest.raises(RemoteError, match="no such repository"):
        heads.pulls(str(bare))
    with pytest.raises(RemoteError, match="git fetch"):
        heads.fetch(remote.url, ["c" * 40, "d" * 40])
    assert list(heads.fetch(remote.url, ["c" * 40])) == ["c" * 40]
    assert heads.has(remote.git("rev-parse", "HEAD").strip())
    assert not heads.has("c" * 40)
