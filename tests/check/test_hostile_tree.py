"""A published tree that somebody filled with what the generator never wrote."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from generator.check import plain
from generator.check.guard import Guard
from generator.check.judge import check
from generator.check.plain import read_plain
from generator.errors import ToolError
from generator.finding import Finding
from generator.library import Library
from generator.opa import Server
from tests.check.judging import Joining, content, make_setting
from tests.policies.checking import publish, write_repository

PATTERN = "clusters/*/nets/example/*/daemons.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_repository(tmp_path / "root")


@pytest.fixture
def tree(root: Path) -> Path:
    return publish(root, root.parent / "tree")


def judged(root: Path, kustomize: Joining | None = None) -> list[Finding]:
    """Return what is found about kustomizations, building what would be applied."""
    setting = make_setting(root, content(), kustomize=kustomize or Joining())
    return [f for f in check(root, setting).findings if f.rule.startswith("kustomize/")]


def daemons(tree: Path) -> Path:
    return min(tree.glob(PATTERN))


@dataclass(frozen=True)
class Refusing(Joining):
    """Refuses what is published where it holds a word."""

    def build(self, directory: Path, *, root: Path) -> bytes:
        """Build, or fail as kustomize does."""
        output = Joining.build(self, directory, root=root)
        if b"REFUSED" in output:
            message = f"none {directory.as_posix()}: bad {root}/{directory}/daemons.yaml"
            raise ToolError(message)
        return output


class TestPlainFiles:
    def test_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        (tmp_path / "a/b").write_bytes(b"x")
        assert read_plain(tmp_path, "a/b") == b"x"

    def test_whatever_leads_to_the_tree(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        (tmp_path / "a/b").write_bytes(b"x")
        (tmp_path / "link").symlink_to("a")
        assert read_plain(tmp_path / "link", "b") == b"x"
        assert read_plain(tmp_path, "link/b") is None

    def test_nothing_else_is(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "zero").symlink_to("/dev/zero")
        (tmp_path / "file").write_bytes(b"x")
        for path in ("pipe", "zero", "absent", "file/x", ".", "a\0b"):
            assert read_plain(tmp_path, path) is None, path
        assert read_plain(Path("/dev"), "zero") is None

    def test_to_a_size(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "file").write_bytes(b"1234")
        monkeypatch.setattr(plain, "LARGEST", 4)
        assert read_plain(tmp_path, "file") == b"1234"
        monkeypatch.setattr(plain, "LARGEST", 3)
        assert read_plain(tmp_path, "file") is None

    def test_no_descriptor_is_left(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"x")
        before = len(list(Path("/proc/self/fd").iterdir()))
        for path in ("file", "absent", "file/x"):
            read_plain(tmp_path, path)
        assert len(list(Path("/proc/self/fd").iterdir())) == before


class TestTree:
    def test_a_pipe_is_told_of_and_not_waited_for(self, root: Path, tree: Path) -> None:
        path = daemons(tree)
        path.unlink()
        os.mkfifo(path)
        [found] = judged(root)
        assert (found.rule, found.at.path) == ("kustomize/hidden", path.as_posix())
        assert "no plain file" in found.message

    def test_a_link_is_told_of_and_not_followed(self, root: Path, tree: Path) -> None:
        path = daemons(tree)
        path.unlink()
        path.symlink_to("/dev/zero")
        kustomize = Joining()
        assert ("kustomize/link", path.as_posix()) in {
            (found.rule, found.at.path) for found in judged(root, kustomize)
        }
        assert not any(name.startswith("before/") for name in kustomize.built)

    def test_a_directory_that_is_a_link(self, root: Path, tree: Path) -> None:
        path = daemons(tree).parent
        path.rename(root.parent / "elsewhere")
        path.symlink_to(root.parent / "elsewhere")
        text = path / "daemons.yaml"
        text.write_text(f"{text.read_text()}# more\n")
        kustomize = Joining()
        assert [f.rule for f in judged(root, kustomize)] == ["kustomize/link"]
        assert not any(name.startswith("before/") for name in kustomize.built)

    def test_a_top_that_is_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "tree").mkdir()
        (tmp_path / "tree/clusters").symlink_to("/")
        [found] = Guard(tmp_path / "tree", tmp_path).findings({})
        assert (found.rule, found.at.path) == ("kustomize/link", "tree/clusters")


class TestLibrary:
    @pytest.mark.parametrize("more", ["", "# more\nhelmCharts: []\n"])
    def test_one_that_was_judged_counts_as_it_was_alone(self, tmp_path: Path, more: str) -> None:
        text = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nplugins: x\n"
        library = Library("0123456789ab", {"part/kustomization.yaml": text})
        (path, _), *_ = library.published().items()
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text + more)
        rules = {f.rule for f in Guard(tmp_path, tmp_path).findings({}, libraries=[library])}
        assert rules == ({"kustomize/field", "kustomize/plugin"} if more else set())


class TestBuilds:
    def test_what_does_not_build_is_told_where_it_is(self, root: Path, tree: Path) -> None:
        path = daemons(tree)
        path.write_text(f"{path.read_text()}# REFUSED\n")
        kustomize = Refusing()
        for _ in range(2):
            found, edited = sorted(judged(root, kustomize), key=lambda f: f.rule)
            assert edited.rule == "kustomize/edited"
            assert (found.rule, found.at.path) == ("kustomize/build", path.as_posix())
            assert "does not build as it is published: bad clusters/" in found.message
        assert len([name for name in kustomize.built if name.startswith("before/")]) == 2

    def test_real_kustomize(self, root: Path, tree: Path, judge_server: Server) -> None:
        path = daemons(tree)
        path.write_text(f"{path.read_text()}---\nkind: Pod\nmetadata: {{}}\n")
        verdict = check(root, make_setting(root, judge_server))
        found = [f for f in verdict.findings if f.at.path == path.as_posix()]
        assert [f.rule for f in found] == ["kustomize/build"]
        assert str(root.parent) not in found[0].message
        assert "testnet-" not in found[0].message

    def test_a_file_of_flux_that_is_no_yaml(self, root: Path, tree: Path) -> None:
        path = min(tree.glob("clusters/*/testnets/example.yaml"))
        path.write_text("a: [\n")
        found = {f.rule: f.at.path for f in judged(root)}
        lock = path.parent.parent / "nets/example/net.lock.yaml"
        assert found == {"kustomize/build": path.as_posix(), "kustomize/edited": lock.as_posix()}

    def test_a_library_that_is_gone(self, root: Path, tree: Path) -> None:
        path = daemons(tree).parent / "kustomization.yaml"
        [version] = [p.name for p in (tree / "overlays").iterdir()]
        path.write_text(path.read_text().replace(version, "0123456789ab"))
        assert {f.at.path for f in judged(root)} == {path.as_posix()}
