"""Every rule finds the mistake of its bad example, there alone, and nothing in its good one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.policies import Example, read_examples
from generator.report.verdict import Verdict
from tests.policies.checking import Checker, make_checker, policies, publish, write_repository
from tests.synthetic import REPOSITORY

Found = set[tuple[str, int, str]]

EXAMPLES = {
    name: read_examples(REPOSITORY, rule) for name, rule in sorted(policies().rules.items())
}
CASES = [
    (name, which) for name, known in EXAMPLES.items() for which in ("good", "bad") if which in known
]


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with make_checker() as made:
        yield made


@pytest.fixture(scope="module")
def plain(checker: Checker, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What is found in the example without anything else."""
    return found(checker.check(write_repository(tmp_path_factory.mktemp("plain") / "root")))


def found(verdict: Verdict) -> Found:
    return {(f.at.path, f.at.line, f.rule) for f in verdict.findings}


def judge(checker: Checker, example: Example, before: Example | None, tmp_path: Path) -> Verdict:
    tree = None
    if before is not None:
        root = write_repository(tmp_path / "before", before.files)
        tree = publish(root, tmp_path / "tree")
    root = write_repository(tmp_path / "root", example.files)
    return checker.check(root, tree=tree)


@pytest.mark.parametrize(("rule", "which"), CASES)
def test_example(rule: str, which: str, checker: Checker, plain: Found, tmp_path: Path) -> None:
    example = EXAMPLES[rule][which]
    verdict = judge(checker, example, EXAMPLES[rule].get("before"), tmp_path)
    # What is found in the example itself, such as images without digests, this is not about.
    others = {known for _, _, known in plain} - {rule}
    marks = set(example.marks)
    new = {mark for mark in found(verdict) - (plain - marks) if mark[2] not in others}
    assert new == marks
    assert {mark[2] for mark in example.marks} == ({rule} if which == "bad" else set())


def test_the_example_has_no_errors(plain: Found) -> None:
    assert {rule for _, _, rule in plain} == {"images/pinned", "network/egress"}
