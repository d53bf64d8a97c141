"""Fixtures by noun."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from generator.cache import Cache
from generator.check.setting import Setting
from generator.opa import Bundle, Server, find_opa, private_server
from generator.review.model import NetReview, Review
from generator.review.review import Request, review
from tests.check.judging import make_setting
from tests.check.repositories import GitRepository
from tests.policies.checking import TOOLS, policies, publish


@pytest.fixture(scope="session")
def review_server() -> Iterator[Server]:
    """An OPA with the policies of this repository."""
    known = policies()
    bundle = Bundle(modules=known.modules, settings=known.settings, digest=known.digest)
    with private_server(find_opa(TOOLS), bundle) as server:
        yield server


@pytest.fixture(scope="session")
def review_cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """What was seen in overlays by any test: it goes by their content."""
    return Cache(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example in git at `top`, and its published tree at `tree`, to be copied."""
    place = tmp_path_factory.mktemp("template")
    repository = GitRepository(place / "top")
    publish(repository.root, place / "tree")
    return place


@dataclass
class World:
    """A repository of git with one published net, in which a test changes something."""

    git: GitRepository
    setting: Setting

    def review(self, head: str = "", base: str = "main") -> Review:
        """Review what differs from a branch."""
        return review(Request(root=self.git.root, base=base, head=head, setting=self.setting))

    def net(self, head: str = "") -> NetReview:
        """Return the review of the one net that differs."""
        [net] = self.review(head).nets
        return net

    def branch(self) -> str:
        """Commit everything on a branch of its own, and go back to main; return the commit."""
        self.git.git("checkout", "--quiet", "-b", "change")
        commit = self.git.commit()
        self.git.git("checkout", "--quiet", "main")
        return commit


@pytest.fixture
def world(template: Path, tmp_path: Path, review_server: Server, review_cache: Cache) -> World:
    """The example, published, with nothing changed."""
    shutil.copytree(template, tmp_path / "world", symlinks=True)
    git = GitRepository.__new__(GitRepository)
    git.top = git.root = tmp_path / "world/top"
    setting = make_setting(
        git.root, review_server, cache=review_cache, tree=tmp_path / "world/tree"
    )
    return World(git=git, setting=setting)
