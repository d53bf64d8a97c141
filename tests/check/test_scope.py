"""Which nets a change can affect: what is known of the others is known of just these files."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from generator.check.changed import check_changed
from generator.check.judge import check
from generator.check.scope import Scope, find_scope
from generator.check.setting import Setting, read_published
from generator.errors import InvalidInput
from tests.check.judging import Joining, content, make_setting
from tests.check.repositories import NET, GitRepository
from tests.policies.checking import publish


@pytest.fixture
def git(tmp_path: Path) -> GitRepository:
    """A repository whose net is published as its file asks for."""
    made = GitRepository(tmp_path / "top")
    publish(made.root, tmp_path / "tree")
    return made


@pytest.fixture
def setting(git: GitRepository) -> Setting:
    return make_setting(git.root, content(), kustomize=Joining())


def scope_of(git: GitRepository, setting: Setting) -> Scope | None:
    """Return what a change of nothing can affect."""
    published = read_published(git.root, setting.tree, setting.cache)
    return find_scope(git.root, git.root, published, setting.cache)


def test_a_net_that_is_published_as_its_file_asks_for_stays_as_it_is(
    git: GitRepository, setting: Setting
) -> None:
    assert scope_of(git, setting) is None  # nothing is known yet
    check(git.root, setting)
    scope = scope_of(git, setting)
    assert scope is not None
    assert (scope.nets, set(scope.others)) == (frozenset(), {"example"})


@pytest.mark.parametrize("stage", ["build", "judge"])
@pytest.mark.parametrize("path", [NET, "environments/fleet.yaml"])
def test_what_is_written_during_a_check_is_not_what_was_checked(
    git: GitRepository, setting: Setting, path: str, stage: str
) -> None:
    def write(now: str, done: int, total: int) -> None:
        if now == stage and done == total:
            git.write(git.read(path).rstrip() + "\n# written meanwhile\n", path)

    check(git.root, replace(setting, progress=write))
    scope = scope_of(git, setting)
    assert scope is None or scope.nets == {"example"}


def test_a_draft_beside_the_nets_is_not_one_of_them(
    git: GitRepository, setting: Setting, tmp_path: Path
) -> None:
    draft = tmp_path / "example.yaml"
    (git.root / NET).rename(draft)
    check(git.root, setting, extra=[draft])
    draft.rename(git.root / NET)
    assert scope_of(git, setting) is None


@pytest.mark.parametrize("path", [NET, "environments/keys/example.yaml"])
def test_a_file_that_became_a_link_is_refused_as_in_a_whole_check(
    git: GitRepository, setting: Setting, tmp_path: Path, path: str
) -> None:
    check(git.root, setting)
    assert scope_of(git, setting) is not None
    (git.root / path).rename(tmp_path / "elsewhere.yaml")
    (git.root / path).symlink_to(tmp_path / "elsewhere.yaml")
    for judge in (check, lambda *_: check_changed(git.root, setting, "HEAD")):
        with pytest.raises(InvalidInput) as refusal:
            judge(git.root, setting)
        assert {finding.at.path for finding in refusal.value.findings} == {path}


def test_a_copy_of_the_repository_has_the_same_claims(
    git: GitRepository, setting: Setting, tmp_path: Path
) -> None:
    check(git.root, setting)
    copy = tmp_path / "copy"
    shutil.copytree(git.root, copy)
    published = read_published(copy, setting.tree, setting.cache)
    assert find_scope(copy, copy, published, setting.cache) == scope_of(git, setting)
