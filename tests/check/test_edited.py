"""Published files that somebody edited by hand: Flux applies them, and nobody has judged them."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from generator.cache import Cache
from generator.check.changed import check_changed
from generator.check.guard import Guard
from generator.check.judge import check
from generator.check.setting import Setting
from generator.errors import InvalidInput, UsageError
from generator.finding import Finding
from generator.opa import Server
from generator.published import is_published, read_expiries
from generator.report.verdict import fingerprints
from tests.check.judging import Joining, content, make_setting
from tests.check.repositories import NET, GitRepository
from tests.check.test_hidden_leaks import BODIES, pem
from tests.policies.checking import publish

SITE = "clusters/america/nets/example"
LOCK = f"{SITE}/net.lock.yaml"
DAEMONS = f"{SITE}/producers-1/daemons.yaml"
POD = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: x}\n"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of git, and the tree that it gives beside it."""
    top = tmp_path_factory.mktemp("published")
    publish(GitRepository(top / "root").root, top / "tree")
    return top


@pytest.fixture
def git(published: Path, tmp_path: Path) -> GitRepository:
    shutil.copytree(published, tmp_path, dirs_exist_ok=True)
    made = GitRepository.__new__(GitRepository)
    made.top = made.root = tmp_path / "root"
    return made


@pytest.fixture
def tree(git: GitRepository) -> Path:
    """The published tree, below the repository as it is where people work."""
    return git.root.parent.joinpath("tree").rename(git.root / "build")


@pytest.fixture
def setting(git: GitRepository, tree: Path) -> Setting:
    return make_setting(git.root, content(), kustomize=Joining(), tree=tree)


def edited(git: GitRepository, setting: Setting) -> list[Finding]:
    return [f for f in check(git.root, setting).findings if f.rule.startswith("kustomize/")]


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def substitute(old: str, new: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    return change


class TestNet:
    @pytest.mark.parametrize(
        ("path", "change"),
        [
            (DAEMONS, substitute("replicas: 1", "replicas: 3")),
            (DAEMONS, lambda path: append(path, POD)),
            (DAEMONS, lambda path: append(path, "# nothing\n")),
            (f"{SITE}/producers-1", shutil.rmtree),
            (f"{SITE}/shared-1/genesis.yaml", Path.unlink),
            ("clusters/america/testnets/example.yaml", lambda path: append(path, POD)),
            (LOCK, substitute("files: sha256:", "files: sha256:" + 24 * "0")),
        ],
    )
    def test_what_was_edited_is_told_at_the_lock(
        self, git: GitRepository, setting: Setting, path: str, change: Callable[[Path], None]
    ) -> None:
        if path == LOCK:
            text = (setting.tree / path).read_text("utf-8")
            digest = text.partition("files: sha256:")[2][:64]
            change = substitute(digest, "0" * 64)
        change(setting.tree / path)
        [found] = edited(git, setting)
        assert (found.rule, found.at.path) == ("kustomize/edited", f"build/{LOCK}")
        assert found.subject == "america/example"
        line = (git.root / found.at.path).read_text("utf-8").splitlines()[found.at.line - 1]
        assert line.startswith("files: sha256:")
        assert not found.waivable

    @pytest.mark.parametrize(
        "spell",
        [
            lambda text: text.replace("\n", "\r\n"),
            lambda text: text.replace("files: sha256:", "files: 'sha256:").replace(
                "\nallocations", "'\nallocations"
            ),
            lambda text: text.replace("files: ", '"files": '),
            lambda text: text.replace("files: ", "files:  "),
            lambda text: text.replace("files: sha256:", "files: sha256:0\nfiles: sha256:"),
        ],
        ids=["line ends", "quotes", "a quoted key", "spaces", "twice"],
    )
    def test_a_lock_that_is_spelled_otherwise_proves_nothing(
        self, tree: Path, spell: Callable[[str], str]
    ) -> None:
        lock = tree / LOCK
        lock.write_bytes(spell(lock.read_text("utf-8")).encode())
        found = [f for f in Guard(tree, tree).findings({}) if f.rule == "kustomize/edited"]
        assert [f.at.path for f in found] == [LOCK]

    def test_the_line_that_was_edited_is_shown(self, git: GitRepository, setting: Setting) -> None:
        substitute("replicas: 1", "replicas: 3")(setting.tree / DAEMONS)
        [found] = edited(git, setting)
        [place] = found.related
        assert place.at.path == f"build/{DAEMONS}"
        line = (setting.tree / DAEMONS).read_text("utf-8").splitlines()[place.at.line - 1]
        assert line == "  replicas: 3"

    def test_what_is_wrong_there_already_says_more(
        self, git: GitRepository, setting: Setting
    ) -> None:
        (setting.tree / SITE / "producers-1/more.yaml").write_text(POD)
        assert [f.rule for f in edited(git, setting)] == ["kustomize/hidden"]

    def test_what_people_change_in_their_files_is_no_edit(
        self, git: GitRepository, setting: Setting
    ) -> None:
        assert edited(git, setting) == []
        git.edit("ttl: 72h", "ttl: 71h")
        path = "overlays/components/block-producer/kustomization.yaml"
        git.write(f"{git.read(path)}# more\n", path)
        assert edited(git, setting) == []
        other = replace(Joining(), version="v5.8.9")
        assert edited(git, replace(setting, kustomize=other)) == []
        (git.root / NET).unlink()
        assert edited(git, setting) == []


class TestLibrary:
    @pytest.mark.parametrize("which", ["current", "older"])
    def test_is_what_its_name_says(self, git: GitRepository, setting: Setting, which: str) -> None:
        [library] = (setting.tree / "overlays").iterdir()
        if which == "older":  # one that no net is pinned to any more
            git.edit("- ", "-  ", "overlays/base/platform/kustomization.yaml")
            shutil.rmtree(setting.tree)
            publish(git.root, setting.tree)
            older = setting.tree / "overlays" / library.name
            shutil.copytree(git.root.parent / "root/overlays", older)
            library = older
        append(library / "components/seed/kustomization.yaml", "# more\n")
        [found] = edited(git, setting)
        place = f"build/overlays/{library.name}"
        assert (found.rule, found.at.path) == ("kustomize/edited", place)
        named = [f"{place}/components/seed/kustomization.yaml"] if which == "current" else []
        assert [other.at.path for other in found.related] == named

    def test_nothing_lies_beside_it(self, git: GitRepository, setting: Setting) -> None:
        [library] = (setting.tree / "overlays").iterdir()
        (library / "notes.txt").write_text("x")
        assert [f.rule for f in edited(git, setting)] == ["kustomize/edited"]


class TestSecrets:
    SECRET = "".join(f"# {line}\n" for line in pem(BODIES[0]).splitlines())
    SHARED = "clusters/america/flux-system/source.yaml"

    def leaks(self, git: GitRepository, setting: Setting, server: Server) -> set[str]:
        verdict = check(git.root, make_setting(git.root, server, tree=setting.tree))
        return {f.at.path for f in verdict.findings if f.rule == "secrets/leak"}

    @pytest.mark.parametrize("path", [DAEMONS, LOCK, SHARED])
    def test_what_was_written_by_hand_is_searched(
        self, git: GitRepository, setting: Setting, judge_server: Server, path: str
    ) -> None:
        append(setting.tree / path, self.SECRET)
        assert self.leaks(git, setting, judge_server) == {f"build/{path}"}

    def test_what_the_generator_wrote_is_searched_where_it_comes_from(self, tree: Path) -> None:
        names = {path.removeprefix("build/") for path in Guard(tree, tree.parent).texts({})}
        assert LOCK in names
        assert self.SHARED in names
        assert DAEMONS not in names
        assert not any(name.startswith("overlays/") for name in names)


class TestChange:
    @pytest.mark.parametrize("cache", ["known", "none"])
    def test_what_was_edited_before_does_not_count(
        self, git: GitRepository, setting: Setting, judge_server: Server, cache: str
    ) -> None:
        """The change is neither the cause of it nor a way to mend it."""
        kept = setting.cache if cache == "known" else Cache(None)
        setting = make_setting(git.root, judge_server, tree=setting.tree, cache=kept)
        [library] = (setting.tree / "overlays").iterdir()
        append(setting.tree / DAEMONS, TestSecrets.SECRET)
        append(library / "components/seed/kustomization.yaml", "# more\n")
        if cache == "known":
            check(git.root, setting)
        git.edit("ttl: 72h", "ttl: 71h")
        path = "overlays/components/block-producer/kustomization.yaml"
        git.write(f"{git.read(path)}# more\n", path)
        verdict = check_changed(git.root, setting, "HEAD")
        rules = {"kustomize/edited", "secrets/leak"}
        assert not rules & {f.rule for f in verdict.findings}
        assert rules <= {f.rule for f in verdict.before}

    def test_names_are_the_same_whatever_is_rendered(self, tree: Path) -> None:
        [library] = (tree / "overlays").iterdir()
        append(tree / DAEMONS, POD)
        append(library / "components/seed/kustomization.yaml", "# more\n")
        texts = dict.fromkeys((DAEMONS, f"{SITE}/workers-1/daemons.yaml"), "another")
        one, other = (Guard(tree, tree).findings(known) for known in ({}, texts))
        assert one != other
        assert list(fingerprints(one)) == list(fingerprints(other))


class TestUnreadable:
    @pytest.fixture
    def closed(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
        """Make a directory one that nobody can list, though root may."""

        def close(closed: Path) -> None:
            real = os.scandir

            def scandir(path: str | Path | int) -> object:
                if isinstance(path, (str, Path)) and Path(path) == closed:
                    raise PermissionError(errno.EACCES, "Permission denied", str(path))
                return real(path)

            monkeypatch.setattr(os, "scandir", scandir)

        return close

    @pytest.mark.parametrize("place", ["clusters", "clusters/america/nets"])
    def test_nobody_takes_a_net_for_unpublished(
        self, setting: Setting, git: GitRepository, closed: Callable[[Path], None], place: str
    ) -> None:
        closed(setting.tree / place)
        for act in (
            lambda: check(git.root, setting),
            lambda: read_expiries(setting.tree),
        ):
            with pytest.raises(UsageError, match=f"{place}: cannot be read: permission denied"):
                act()

    def test_nobody_takes_a_tree_for_none(self, tree: Path, closed: Callable[[Path], None]) -> None:
        assert is_published(tree)
        closed(tree / "clusters")
        with pytest.raises(UsageError, match="cannot be read"):
            is_published(tree)

    @pytest.mark.parametrize(
        "place", ["overlays", f"{SITE}/producers-1", "clusters/america/testnets"]
    )
    def test_all_else_is_a_finding(
        self, setting: Setting, git: GitRepository, closed: Callable[[Path], None], place: str
    ) -> None:
        closed(setting.tree / place)
        [found] = edited(git, setting)
        assert (found.rule, found.at.path) == ("kustomize/hidden", f"build/{place}")
        assert "cannot be read: permission denied" in found.message

    def test_a_state_with_it_is_another(self, tree: Path, closed: Callable[[Path], None]) -> None:
        (tree / "clusters/empty").mkdir()
        before = Guard(tree, tree).digests()
        closed(tree / "clusters/empty")
        assert Guard(tree, tree).digests() != before

    def test_a_lock(
        self, setting: Setting, git: GitRepository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = Path.read_bytes

        def read(path: Path) -> bytes:
            if path == setting.tree / LOCK:
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return real(path)

        monkeypatch.setattr(Path, "read_bytes", read)
        with pytest.raises(UsageError, match=r"net\.lock\.yaml: cannot be read: permission denied"):
            check(git.root, setting)


def test_a_part_of_the_library_that_is_gone(git: GitRepository, setting: Setting) -> None:
    setting = make_setting(git.root, content())
    shutil.rmtree(git.root / "overlays/components/seed")
    with pytest.raises(InvalidInput) as refused:
        check(git.root, setting)
    [found] = refused.value.findings
    assert (found.rule, found.at.path) == ("kustomize/path", "overlays/components/seed")
    assert '"components/seed/kustomization.yaml"' in found.message
