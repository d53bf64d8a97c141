"""What was found in a state is known as long as nothing that it follows from has changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from generator.cache import Cache
from generator.check import changed, compared
from generator.check.base import archive, files_in
from generator.check.changed import check_changed
from generator.check.guard import Guard
from generator.check.judge import check, judge
from generator.check.known import State, find_state
from generator.check.leaks import Leak
from generator.check.scope import find_scope
from generator.check.secrecy import Searched
from generator.check.setting import Setting, read_published
from generator.finding import Severity
from generator.locks import read_locks
from generator.report.verdict import Verdict, fingerprints
from tests.check.judging import content, make_setting
from tests.check.repositories import FLEET, GitRepository
from tests.check.test_changed import finding
from tests.kustomizer import Joining
from tests.policies.checking import policies, publish

LEFT_OUT = ("overlays/__pycache__/", "policies/")
FOUND = (finding(), finding(severity=Severity.NOTE, movable=True, subject="s"))


@pytest.fixture
def git(tmp_path: Path) -> GitRepository:
    made = GitRepository(tmp_path / "top")
    publish(made.root, tmp_path / "tree")
    return made


@pytest.fixture
def setting(git: GitRepository) -> Setting:
    return make_setting(git.root, content(), kustomize=Joining())


def state(git: GitRepository, setting: Setting) -> State:
    """Return the state of everything as it is now."""
    found = find_state(git.root, setting, read_published(git.root, setting.tree))
    assert found
    return found


def later(setting: Setting, **time: int) -> Setting:
    return replace(setting, now=setting.now + timedelta(**time))


class TestState:
    def test_what_was_found_is_known(self, git: GitRepository, setting: Setting) -> None:
        assert state(git, setting).recall() is None
        state(git, setting).remember(Verdict(findings=FOUND))
        known = state(git, later(setting, days=1)).recall()
        assert known
        assert list(fingerprints(known.findings)) == list(fingerprints(FOUND))
        assert [f.severity for f in known.findings] == [f.severity for f in FOUND]

    @pytest.mark.parametrize(
        "change",
        [
            lambda git: git.write("# More\n" + git.read()),
            lambda git: git.write("# More\n" + git.read(FLEET), FLEET),
            lambda git: git.write("x", "environments/notes.txt"),
            lambda git: git.write("x", "overlays/notes.yaml"),
            lambda git: (git.root / "environments/link").symlink_to("x"),
            lambda git: (git.root / "overlays/components/daemon/statefulset.yaml").unlink(),
        ],
    )
    def test_a_change_of_inputs_is_another_state(
        self, git: GitRepository, setting: Setting, change: Callable[[GitRepository], object]
    ) -> None:
        before = state(git, setting)
        before.remember(Verdict(findings=FOUND))
        change(git)
        assert state(git, setting).recall() is None
        # What is changed while it is judged is not what was judged.
        git.git("stash", "--quiet", "--include-untracked")
        before = replace(state(git, setting), setting=replace(setting, cache=Cache(git.root)))
        change(git)
        before.remember(Verdict(findings=FOUND))
        assert before.recall() is None

    @pytest.mark.parametrize(
        "pattern",
        [
            "clusters/*/nets/example/*/kustomization.yaml",
            "clusters/*/nets/example/net.lock.yaml",
            "clusters/*/platform/kustomization.yaml",
            "overlays/*/components/daemon/kustomization.yaml",
        ],
    )
    @pytest.mark.parametrize("way", ["edit", "empty", "link", "directory", "more"])
    def test_a_change_of_the_tree_is_another_state(
        self, git: GitRepository, setting: Setting, pattern: str, way: str
    ) -> None:
        published = read_published(git.root, setting.tree)
        found = find_state(git.root, setting, published)
        assert found
        found.remember(Verdict(findings=FOUND))
        path = min(setting.tree.glob(pattern))
        match way:
            case "edit":
                path.write_text(path.read_text("utf-8") + "\n", "utf-8")
            case "more":
                (path.parent / "more").write_bytes(b"")
            case _:
                path.unlink()
        match way:
            case "empty":
                path.write_bytes(b"")
            case "link":
                path.symlink_to("x")
            case "directory":
                os.mkfifo(path)
        again = replace(
            published, locks=read_locks(setting.tree), guard=Guard(setting.tree, git.root)
        )
        other = find_state(git.root, setting, again)
        assert other
        assert other.recall() is None

    def test_what_a_digest_is_of_is_told_apart(self, tmp_path: Path) -> None:
        path = tmp_path / "clusters/a/nets/n/x"
        path.parent.mkdir(parents=True)
        digests: list[str] = []
        makes: tuple[Callable[[], None], ...] = (
            path.touch,
            lambda: path.symlink_to("y"),
            lambda: os.mkfifo(path),
        )
        for make in makes:
            make()
            digests.append(Guard(tmp_path, tmp_path).digests(["n"])["n"])
            path.unlink()
        assert len(set(digests)) == 3

    def test_files_in_an_archive_are_those_in_a_directory(
        self, git: GitRepository, setting: Setting
    ) -> None:
        for name in (
            "a/b.yaml",
            "a-b/c",
            "a.yaml",
            "__pycache__/x.pyc",
            "\u00e9/x",
            "testnets/.x.yaml",
            "testnets/deep/no-net.yaml",
            "../policies/example/environments/testnets/no-net.yaml",
        ):
            path = git.root / "environments" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name, "utf-8")
        git.commit()
        files = files_in(archive(git.root, "HEAD"))
        assert files
        published = read_published(git.root, setting.tree)
        published.allocations.nets[".x"] = published.allocations.nets["example"]  # type: ignore[index]
        there = find_state(git.root, setting, published)
        known = find_state(files, setting, published)
        assert there
        assert known
        assert known.inputs == there.inputs
        there.remember(Verdict(findings=FOUND))
        assert known.recall()
        known.remember(Verdict(findings=()))
        found = there.recall()
        assert found
        assert not found.findings
        for name in (name for name in files if not name.startswith(LEFT_OUT)):
            other = find_state({**files, name: b"other"}, setting, published)
            assert other
            assert other.recall() is None
        more = find_state({**files, "environments/testnets/new.yaml": b""}, setting, published)
        assert more is None  # a net that is not published

    def test_what_cannot_be_read_is_not_remembered(
        self, git: GitRepository, setting: Setting
    ) -> None:
        state = find_state(git.root, setting, read_published(git.root, setting.tree))
        assert state
        state.remember(Verdict(findings=(finding(rule="yaml/file"),)))
        assert state.recall() is None

    def test_time_makes_another_state(self, git: GitRepository, setting: Setting) -> None:
        until = (setting.now + timedelta(hours=2)).isoformat()
        state(git, setting).remember(Verdict(findings=FOUND, valid_until=until))
        hours = {hours: state(git, later(setting, hours=hours)).recall() for hours in (-1, 0, 1, 2)}
        assert [hour for hour, known in hours.items() if known] == [0, 1]

    def test_other_policies_make_another_state(self, git: GitRepository, setting: Setting) -> None:
        state(git, setting).remember(Verdict(findings=FOUND))
        other = replace(setting, policies=replace(policies(), digest="another"))
        assert state(git, other).recall() is None

    def test_a_net_that_is_not_published_moves(self, git: GitRepository, setting: Setting) -> None:
        nowhere = replace(setting, tree=git.root.parent / "nowhere")
        published = read_published(git.root, nowhere.tree)
        assert find_state(git.root, nowhere, published) is None

    @pytest.mark.parametrize("rows", [{}, {"nets": 1}, {"nets": {}}, {"findings": [[1]]}])
    def test_what_nobody_wrote_is_not_known(
        self, git: GitRepository, setting: Setting, rows: dict[str, object]
    ) -> None:
        class Odd(Cache):
            def read_json(self, _: str) -> object:
                moment = setting.now.isoformat()
                nets = published.guard.digests()
                return {"now": moment, "until": "", "nets": nets, **rows}

        published = read_published(git.root, setting.tree)
        odd = replace(setting, cache=Odd(None))
        found = find_state(git.root, odd, published)
        assert found
        assert found.recall() is None


class TestChange:
    @pytest.fixture
    def judged(self, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
        """Where states were judged that a check of a change compares."""
        roots: list[Path] = []

        def remembering(root: Path, *arguments: object, **more: object) -> Verdict:
            roots.append(root)
            return judge(root, *arguments, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(compared, "judge", remembering)
        return roots

    def test_what_a_full_check_has_judged_is_not_judged_again(
        self,
        git: GitRepository,
        setting: Setting,
        judged: list[Path],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        check(git.root, setting)
        git.edit('fee: "0.001"', 'fee: "0.002"')
        monkeypatch.setattr(changed, "unpacked", None)  # nor is it unpacked
        check_changed(git.root, setting, "HEAD")
        assert judged == [git.root]

    def test_without_one_it_is_judged_once(
        self, git: GitRepository, setting: Setting, judged: list[Path]
    ) -> None:
        for before, fee in (("0.001", "0.002"), ("0.002", "0.003")):
            git.edit(f'fee: "{before}"', f'fee: "{fee}"')
            check_changed(git.root, setting, "HEAD")
        assert [root == git.root for root in judged] == [False, True, True]

    def test_a_part_is_not_taken_for_the_whole(self, git: GitRepository, setting: Setting) -> None:
        check(git.root, setting)
        base = git.root.parent / "base"
        git.git("worktree", "add", "--quiet", str(base))
        git.edit('fee: "0.001"', 'fee: "0.002"')
        published = read_published(git.root, setting.tree)
        scope = find_scope(git.root, base, published, setting.cache)
        assert scope
        files = files_in(archive(git.root, "HEAD"))
        assert files
        assert scope == find_scope(git.root, files, published, setting.cache)
        assert scope.nets == {"example"}
        fresh = replace(setting, cache=Cache(git.root.parent / "fresh"))
        part = find_state(base, fresh, published, scope)
        assert part
        part.remember(Verdict(findings=FOUND))
        assert part.recall()
        whole = find_state(base, fresh, published)
        assert whole
        assert whole.recall() is None


class TestSearched:
    def test_clean_texts_are_searched_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        searched: list[str] = []

        def search(text: str) -> tuple[Leak, ...]:
            searched.append(text)
            return (None,) if "secret" in text else ()  # type: ignore[return-value]

        monkeypatch.setattr("generator.check.secrecy._leaks", search)
        for _ in range(2):
            first = Searched(Cache(tmp_path))
            found = [len(first.find(text)) for text in ("a", "secret", "a")]
            assert found == [0, 1, 0]
            first.keep()
        assert searched == ["a", "secret", "secret"]
        assert not [p for p in tmp_path.rglob("*.json") if b"secret" in p.read_bytes()]
