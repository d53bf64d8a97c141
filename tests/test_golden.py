"""Small nets and the whole tree that is published of each; `--update-golden` writes them anew."""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from generator.load import load_inputs
from generator.lock import LOCK
from generator.plan import Allocations, Plan, make_plans
from generator.render import net_directory, render_clusters, render_net
from tests.allocation import clusters_of, lock_text
from tests.repository import LIBRARY, NOW

GOLDEN = Path(__file__).resolve().parent / "golden"
CASES = sorted(path.name for path in GOLDEN.iterdir())


def render(case: Path) -> dict[str, str]:
    """Return every file that is published of a case, but for the library; builds are made up."""
    inputs = load_inputs(case)
    plans, findings = make_plans(
        inputs.testnets,
        inputs.fleet,
        inputs.inventory,
        Allocations(),
        now=NOW,
        overlays=LIBRARY,
    )
    assert not findings
    files = {path: text for path, (text, _) in render_clusters(inputs.fleet, LIBRARY).items()}
    for plan in plans:
        files.update(_net(plan))
    return files


def _net(plan: Plan) -> dict[str, str]:
    files = {path: text for path, (text, _) in render_net(plan).items()}
    for cluster in clusters_of(plan):
        files[f"{net_directory(cluster.name, plan.name)}/{LOCK}"] = lock_text(plan, cluster)
    return files


def read(directory: Path) -> dict[str, str]:
    """Return the files below a directory by path."""
    paths = (path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_text("utf-8") for path in paths}


def difference(expected: Mapping[str, str], found: Mapping[str, str]) -> str:
    """Return how two trees differ, as `diff -u` says it."""
    lines: list[str] = []
    for path in sorted(expected.keys() | found.keys()):
        before, after = expected.get(path, ""), found.get(path, "")
        lines += difflib.unified_diff(
            before.splitlines(),
            after.splitlines(),
            f"expected/{path}",
            f"found/{path}",
            lineterm="",
        )
    return "\n".join(lines)


@pytest.mark.parametrize("case", CASES)
def test_tree_is_as_expected(
    case: str, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The locks name the code that rendered; what it rendered is compared here.
    monkeypatch.setattr("generator.inputs.parts_digest", lambda _: "any code")
    found = render(GOLDEN / case)
    directory = GOLDEN / case / "expected"
    if pytestconfig.getoption("update_golden"):
        shutil.rmtree(directory, ignore_errors=True)
        for path, text in found.items():
            target = directory / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
    changed = difference(read(directory), found)
    if changed:
        pytest.fail(
            f"{changed}\n\nIf that is meant: pytest tests/test_golden.py --update-golden",
            pytrace=False,
        )


def test_difference_shows_what_changed() -> None:
    text = difference({"a": "1\n2\n", "b": "x\n"}, {"a": "1\n3\n", "c": "z\n"})
    assert "--- expected/a\n+++ found/a" in text
    for line in ("-2", "+3", "-x", "+z"):
        assert f"\n{line}" in text
    assert not difference({"a": "1\n"}, {"a": "1\n"})
