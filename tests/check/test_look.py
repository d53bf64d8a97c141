"""What is built in a check, and what is remembered instead."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest

from generator.build import build_outputs
from generator.cache import Cache
from generator.check.judge import check
from generator.errors import GeneratorError, ToolError
from generator.kustomize import find_kustomize
from generator.opa import Server
from generator.report.verdict import Verdict
from tests.check.judging import Counting, Joining, content, counting, make_setting
from tests.policies.checking import TOOLS, publish, write_repository

NET = "environments/testnets/example.yaml"
SUMMARY = {"nets": 1, "daemons": 17, "clusters": 3}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_repository(tmp_path / "root")


def edit(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text("utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new), "utf-8")


class TestCache:
    def test_a_second_check_builds_nothing(self, root: Path) -> None:
        kustomize = Joining()
        first = check(root, make_setting(root, content(), kustomize=kustomize))
        assert len(kustomize.built) == first.summary["overlays"] > 3
        second = check(root, make_setting(root, content(), kustomize=kustomize))
        assert len(kustomize.built) == first.summary["overlays"]
        assert second.summary == first.summary

    def test_a_daemon_that_changes_builds_its_overlay(self, root: Path) -> None:
        kustomize = Joining()
        check(root, make_setting(root, content(), kustomize=kustomize))
        kustomize.built.clear()
        edit(root, NET, 'fee: "0.025"', 'fee: "0.026"')
        check(root, make_setting(root, content(), kustomize=kustomize))
        [built] = kustomize.built
        assert built.startswith("now/clusters/america/nets/example/")

    def test_without_it_everything_is_built_again(self, root: Path) -> None:
        kustomize = Joining()
        setting = make_setting(root, content(), kustomize=kustomize, cache=Cache(None))
        first, _ = (check(root, setting) for _ in range(2))
        assert len(kustomize.built) == 2 * first.summary["overlays"]
        assert not (root.parent / "cache").exists()

    def test_entries_that_are_spoilt_are_made_again(self, root: Path) -> None:
        kustomize = Joining()
        first = check(root, make_setting(root, content(), kustomize=kustomize))
        spoilt = sorted((root.parent / "cache").glob("*/*/*.json"))[::2]
        for path in spoilt:
            path.write_bytes(path.read_bytes()[:40])
        second = check(root, make_setting(root, content(), kustomize=kustomize))
        assert second.summary == first.summary
        assert first.summary["overlays"] < len(kustomize.built) < 2 * first.summary["overlays"]

    def test_another_kubernetes_is_looked_at_anew(self, root: Path) -> None:
        kustomize = Joining()
        check(root, make_setting(root, content(), kustomize=kustomize))
        kustomize.built.clear()
        path = root / "environments/fleet.yaml"
        text = path.read_text("utf-8").replace('kubernetes: "1.37"', 'kubernetes: "1.36"', 1)
        path.write_text(text, "utf-8")
        check(root, make_setting(root, content(), kustomize=kustomize))
        clusters = {path.split("/")[2] for path in kustomize.built}
        assert clusters == {"america"}

    def test_a_directory_that_cannot_be_written(self, root: Path) -> None:
        (root.parent / "file").write_text("")
        setting = make_setting(
            root, content(), kustomize=Joining(), cache=Cache(root.parent / "file")
        )
        assert check(root, setting).summary["nets"] == 1


class Output(bytes):
    """An output that is counted while it is in memory."""

    alive: ClassVar[int] = 0
    most: ClassVar[int] = 0

    def __init__(self, *_: object) -> None:
        Output.alive += 1
        Output.most = max(Output.most, Output.alive)

    def __del__(self) -> None:
        Output.alive -= 1


@dataclass(frozen=True)
class Weighing(Joining):
    """Builds outputs that are counted while they are in memory."""

    jobs: list[int] = field(default_factory=list)

    def build(self, directory: Path, *, root: Path) -> bytes:
        return Output(Joining.build(self, directory, root=root))


def test_outputs_are_not_kept(tmp_path: Path) -> None:
    overlays = [f"o{number}" for number in range(60)]
    for overlay in overlays:
        (tmp_path / overlay).mkdir()
        (tmp_path / overlay / "a.yaml").write_text("kind: ConfigMap\n")
    names = [name for name, _ in build_outputs(Weighing(), overlays, tmp_path, jobs=2)]
    assert sorted(names) == sorted(overlays)
    assert Output.most <= 6
    assert Output.alive <= 1


def test_what_is_done_meanwhile_is_done_once(tmp_path: Path) -> None:
    done: list[int] = []

    def meanwhile() -> None:
        done.append(1)

    assert list(build_outputs(Joining(), [], tmp_path, meanwhile=meanwhile)) == []
    assert done == []
    overlays = [f"o{number}" for number in range(9)]
    for overlay in overlays:
        (tmp_path / overlay).mkdir()
    built = build_outputs(Joining(), overlays, tmp_path, jobs=2, meanwhile=meanwhile)
    next(built)
    assert done == [1]
    assert len(list(built)) == 8
    assert done == [1]


class TestPublished:
    """What is published is looked at where it differs, with the library that it was built with."""

    @pytest.fixture
    def tree(self, root: Path) -> Path:
        return publish(root, root.parent / "tree")

    def judged(self, root: Path, kustomize: Counting, server: Server) -> Verdict:
        return check(root, make_setting(root, server, kustomize=kustomize))

    @pytest.mark.usefixtures("tree")
    def test_the_same_is_built_once(self, root: Path, judge_server: Server) -> None:
        kustomize = counting()
        verdict = self.judged(root, kustomize, judge_server)
        assert len(kustomize.built) == verdict.summary["overlays"]
        assert not any(path.startswith("before/") for path in kustomize.built)

    @pytest.mark.usefixtures("tree")
    def test_a_library_that_changed(self, root: Path, judge_server: Server) -> None:
        edit(
            root,
            "overlays/components/daemon/statefulset.yaml",
            "Seconds, value: 60",
            "Seconds, value: 90",
        )
        edit(root, "overlays/base/platform/kustomization.yaml", "\nkind:", "\n# changed\nkind:")
        kustomize = counting()
        verdict = self.judged(root, kustomize, judge_server)
        assert any(path.startswith("before/clusters/america/platform") for path in kustomize.built)
        assert "workload/immutable" not in {finding.rule for finding in verdict.findings}

    def test_a_field_that_never_changes(self, root: Path, tree: Path, judge_server: Server) -> None:
        for path in tree.glob("clusters/*/nets/example/*/daemons.yaml"):
            text = path.read_text("utf-8")
            path.write_text(text.replace("serviceName: ", "serviceName: old-"), "utf-8")
        verdict = self.judged(root, counting(), judge_server)
        found = [f for f in verdict.findings if f.rule == "workload/immutable"]
        assert found
        assert all(finding.at.path == NET for finding in found)

    @pytest.mark.parametrize("line", ["resources: [https://example.org/x]", "generators: [x.yaml]"])
    def test_what_no_overlay_may_is_not_built(self, root: Path, tree: Path, line: str) -> None:
        path = next(tree.glob("clusters/*/nets/example/*/kustomization.yaml"))
        path.write_text(f"{path.read_text('utf-8')}\n{line}\n", "utf-8")
        kustomize = Joining()
        verdict = check(root, make_setting(root, content(), kustomize=kustomize))
        assert "kustomize" in {finding.rule.partition("/")[0] for finding in verdict.findings}
        assert not any(path.startswith("before/") for path in kustomize.built)


class TestFailures:
    def test_an_overlay_that_does_not_build_is_named(
        self, root: Path, judge_server: Server
    ) -> None:
        path = root / "overlays/components/daemon/statefulset.yaml"
        path.write_text(
            path.read_text("utf-8") + "- {op: test, path: /spec/replicas, value: 77}\n", "utf-8"
        )
        with pytest.raises(ToolError, match=r"clusters/\w+/nets/example/") as caught:
            check(root, make_setting(root, judge_server))
        assert "\n" not in str(caught.value)

    def test_nothing_is_left_behind(
        self, root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "tmp").mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
        path = root / "overlays/components/daemon/statefulset.yaml"
        path.write_text("- {op: remove, path: /absent}\n", "utf-8")
        with pytest.raises(GeneratorError):
            check(root, make_setting(root, content(), kustomize=find_kustomize(TOOLS)))
        assert not [p for p in (tmp_path / "tmp").iterdir() if "private" not in p.name]

    def test_outputs_are_told_apart_by_content(self, root: Path) -> None:
        """What is in a cache says of which output it is."""
        setting = make_setting(root, content(), kustomize=Joining())
        check(root, setting)
        text = hashlib.sha256(b"").hexdigest()
        entries = [path.read_text() for path in (root.parent / "cache").glob("*/*/*.json")]
        assert entries
        assert not any(text in entry for entry in entries)
