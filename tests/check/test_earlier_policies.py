"""Policies of an earlier revision are read where they may be others, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.check.base import archive, unpacked
from generator.check.changed import same_policies
from tests.check.repositories import GitRepository
from tests.directories import content

RULE, SETTINGS, FACTS = "policies/a/b/rule.rego", "policies/settings/data.yaml", "policies/f.json"
MODULES = [RULE, "policies/main.rego"]


def _write(root: Path, **more: str) -> Path:
    names = (*MODULES, SETTINGS, FACTS)
    for name, text in (dict.fromkeys(names, "same\n") | more).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


def test_equal_ones_are_not_read_again(tmp_path: Path) -> None:
    now, base = _write(tmp_path / "now"), _write(tmp_path / "base")
    _write(now, **{"policies/a/b/rule_test.rego": "only now: it was left out of the archive"})
    assert same_policies(now, base, MODULES)


@pytest.mark.parametrize("name", [RULE, SETTINGS, FACTS])
def test_a_change_of_any_is_seen(tmp_path: Path, name: str) -> None:
    now, base = _write(tmp_path / "now"), _write(tmp_path / "base", **{name: "other\n"})
    assert not same_policies(now, base, MODULES)


def test_one_more_or_fewer_is_seen(tmp_path: Path) -> None:
    now, base = _write(tmp_path / "now"), _write(tmp_path / "base")
    assert not same_policies(now, base, [*MODULES, "policies/c/d/rule.rego"])
    assert not same_policies(now, base, MODULES[:1])
    _write(base, **{"policies/c/d/rule.rego": "gone now\n"})
    assert not same_policies(now, base, MODULES)
    assert not same_policies(now, tmp_path, MODULES)


def test_a_link_is_never_the_same(tmp_path: Path) -> None:
    now, base = _write(tmp_path / "now"), _write(tmp_path / "base")
    (base / SETTINGS).unlink()
    (base / SETTINGS).symlink_to(now / SETTINGS)
    assert not same_policies(now, base, MODULES)


def test_what_nothing_is_judged_by_is_left_where_it_is(tmp_path: Path) -> None:
    repository = GitRepository(tmp_path / "top")
    left = ("a/b/rule_test.rego", "a/b/good/x.yaml", "a/b/bad/deep/x.yaml", "a/b/before/x.yaml")
    _write(repository.root, **{f"policies/{name}": "" for name in left})
    repository.git("add", ".")
    repository.commit()
    with unpacked(archive(repository.root, "HEAD")) as base:
        found = {name for name in content(base) if name.startswith("policies/")}
    assert found == {*MODULES, SETTINGS, FACTS}
