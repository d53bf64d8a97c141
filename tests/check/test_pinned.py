"""A change of the library is judged, though all nets are still pinned to what it was."""

from __future__ import annotations

from pathlib import Path

from generator.cache import Cache
from generator.check.judge import check
from generator.opa import Server
from tests.check.judging import make_setting
from tests.policies.checking import publish, write_repository

PATCH = "overlays/components/block-producer/kustomization.yaml"
ON_DELETE = """\
patches:
- target: {kind: StatefulSet}
  patch: |
    - {op: add, path: /spec/updateStrategy, value: {type: OnDelete}}
"""


def test_what_no_net_uses_yet(tmp_path: Path, judge_server: Server, judge_cache: Cache) -> None:
    root = write_repository(tmp_path / "root")
    tree = publish(root, tmp_path / "tree")
    path = root / PATCH
    path.write_text(path.read_text("utf-8") + ON_DELETE, "utf-8")
    setting = make_setting(root, judge_server, tree=tree, cache=judge_cache)
    found = [f for f in check(root, setting).findings if f.rule == "workload/strategy"]
    assert {f.at.path for f in found} == {PATCH}


def test_what_nets_are_pinned_to_is_nobodys_to_edit(
    tmp_path: Path, judge_server: Server, judge_cache: Cache
) -> None:
    root = write_repository(tmp_path / "root")
    path = root / PATCH
    good = path.read_text("utf-8")
    path.write_text(good + ON_DELETE, "utf-8")
    tree = publish(root, tmp_path / "tree")
    path.write_text(good, "utf-8")
    setting = make_setting(root, judge_server, tree=tree, cache=judge_cache)
    found = [f for f in check(root, setting).findings if f.rule == "workload/strategy"]
    assert {f.at.path for f in found} == {"environments/testnets/example.yaml"}
