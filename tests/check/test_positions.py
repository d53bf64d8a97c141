"""A mistake in the library is told once, at its own line, with the testnet that meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.cache import Cache
from generator.check.judge import check
from generator.finding import Finding
from generator.opa import Server
from generator.report.folding import folded
from generator.report.verdict import Verdict
from tests.check.judging import make_setting
from tests.policies.checking import write_repository

COMPONENTS = "overlays/components"
DAEMON = f"{COMPONENTS}/daemon/statefulset.yaml"
HOST_PATH = """\
- op: add
  path: /spec/template/spec/volumes/-
  value: {name: node, hostPath: {path: /etc}}
"""
WRONG_FIELD = "- {op: add, path: /spec/template/spec/hostNetwrk, value: true}\n"
GRAPHQL = """\
- op: add
  path: /spec/template/spec/containers/0/ports/-
  value: {name: graphql, containerPort: 3085, hostPort: 3085}
"""
REPLICAS = """\
patches:
- target: {kind: StatefulSet, labelSelector: testnet/role=block-producer}
  patch: |
    - {op: add, path: /spec/replicas, value: 2}
"""


class Doctored:
    """The example with lines added to files of its library."""

    def __init__(self, root: Path, server: Server, cache: Cache) -> None:
        self.root = write_repository(root)
        self._setting = make_setting(root, server, cache=cache)

    def add(self, path: str, text: str) -> int:
        """Add text to the end of a file; return the number of its first line."""
        target = self.root / path
        old = target.read_text("utf-8")
        assert old.endswith("\n")
        target.write_text(old + text, "utf-8")
        return old.count("\n") + 1

    def check(self) -> Verdict:
        return check(self.root, self._setting)

    def found(self, rule: str, at: str = "") -> list[Finding]:
        """Return what a rule finds below a path, as people are told."""
        findings = folded(self.check()).findings
        return [f for f in findings if f.rule == rule and f.at.path.startswith(at)]


@pytest.fixture
def doctored(tmp_path: Path, judge_server: Server, judge_cache: Cache) -> Doctored:
    return Doctored(tmp_path / "root", judge_server, judge_cache)


def test_a_volume_of_the_node(doctored: Doctored) -> None:
    line = doctored.add(DAEMON, HOST_PATH)
    [finding] = doctored.found("workload/pod-security")
    assert (finding.at.path, finding.at.line, finding.at.column) == (DAEMON, line + 2, 23)
    # Pods of one shape are one subject.
    assert finding.message.endswith("is a directory of its node, and 3 more like this")
    related = finding.related[-1]
    assert related.at.path == "environments/testnets/example.yaml"
    assert related.at.line > 1


def test_a_field_that_is_none(doctored: Doctored) -> None:
    line = doctored.add(DAEMON, WRONG_FIELD)
    [finding] = doctored.found("manifest/schema")
    assert (finding.at.path, finding.at.line) == (DAEMON, line)
    assert finding.at.column > 1
    assert "hostNetwrk" in finding.message
    # Three seeds, six producers, two coordinators and the archive's node are twelve.
    assert finding.message.endswith("and 11 more like this")
    assert [r.at.path for r in finding.related] == ["environments/testnets/example.yaml"]


def test_a_port_that_is_not_for_peers(doctored: Doctored) -> None:
    line = doctored.add(DAEMON, GRAPHQL)
    [finding] = [f for f in doctored.found("network/exposed") if "3085" in f.message]
    assert finding.at.path == DAEMON
    assert line <= finding.at.line <= line + 2
    assert "(graphql)" in finding.message


def test_two_pods_with_one_key(doctored: Doctored) -> None:
    path = f"{COMPONENTS}/block-producer/kustomization.yaml"
    line = doctored.add(path, REPLICAS)
    [finding] = [f for f in folded(doctored.check()).findings if f.at.path == path]
    assert (finding.rule, finding.at.line) == ("keys/single", line + 3)
    assert finding.message.endswith("and 5 more like this")
    assert finding.related[-1].at.line == 12


def test_two_mistakes_are_two_findings(doctored: Doctored) -> None:
    first = doctored.add(DAEMON, WRONG_FIELD)
    second = doctored.add(DAEMON, WRONG_FIELD.replace("hostNetwrk", "hostPidd"))
    lines = [finding.at.line for finding in doctored.found("manifest/schema")]
    assert sorted(lines) == [first, second]


def test_one_mistake_in_two_components_is_two_findings(doctored: Doctored) -> None:
    patch = REPLICAS.replace("path: /spec/replicas, value: 2", "path: /spec/wrong, value: 2")
    first = doctored.add(f"{COMPONENTS}/block-producer/kustomization.yaml", patch)
    other = patch.replace("block-producer", "snark-worker")
    path = f"{COMPONENTS}/snark-worker/kustomization.yaml"
    text = (doctored.root / path).read_text("utf-8")
    assert "\npatches:\n" in text
    second = doctored.add(path, other.removeprefix("patches:\n"))
    found = {(f.at.path.split("/")[2], f.at.line) for f in doctored.found("manifest/schema")}
    assert found == {("block-producer", first + 3), ("snark-worker", second + 2)}


def test_a_patch_that_meets_nothing(doctored: Doctored) -> None:
    path = f"{COMPONENTS}/daemon/kustomization.yaml"
    text = (doctored.root / path).read_text("utf-8")
    assert "\npatches:\n" in text
    entry = "- target: {kind: StatefulSet, name: absent}\n  patch: '[]'\n"
    head, _, tail = text.partition("\npatches:\n")
    (doctored.root / path).write_text(f"{head}\npatches:\n{entry}{tail}", "utf-8")
    [finding] = doctored.found("patches/matched", path)
    assert finding.at.line == head.count("\n") + 3
