"""Whole checks in-process: one OPA for all, a cache for each repository, and what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from generator.cache import Cache
from generator.check.evaluate import count_subjects
from generator.check.setting import Setting
from generator.kustomize import Kustomize, find_kustomize
from generator.opa import Server
from generator.policies import Policies
from tests.policies.checking import TOOLS, policies

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Joining(Kustomize):
    """Gives the objects of an overlay as they are rendered, without what components add."""

    command: tuple[str, ...] = ("none",)
    version: str = "v5.8.1"
    built: list[str] = field(default_factory=list)

    def build(self, directory: Path, *, root: Path) -> bytes:
        """Return the documents of a directory, and remember that it was asked for."""
        self.built.append(directory.as_posix())
        files = sorted((root / directory).glob("*.yaml"))
        texts = [path.read_bytes() for path in files if path.name != "kustomization.yaml"]
        return b"---\n".join(texts)


@dataclass(frozen=True)
class Counting(Kustomize):
    """The real one; it remembers what it was asked for."""

    built: list[str] = field(default_factory=list)

    def build(self, directory: Path, *, root: Path) -> bytes:
        """Build, and remember it."""
        self.built.append(directory.as_posix())
        return Kustomize.build(self, directory, root=root)


@dataclass(frozen=True)
class Content(Server):
    """Finds nothing wrong in anything, and says that it judged everything."""

    def ask(self, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a report on some facts."""
        rules = policies().rules.items()
        judged = {n: count_subjects(r.subjects, facts) for n, r in rules if r.subjects is not None}
        digest = policies().digest
        report = {"run": facts["run"], "policies": digest, "violations": [], "judged": judged}
        return report | {"answered": list(judged)}


def content() -> Server:
    """Return a server that is content with everything."""
    return Content(connect=lambda: cast("Any", None), name="content")


def counting() -> Counting:
    """Return the real kustomize, counting."""
    real = find_kustomize(TOOLS)
    return Counting(command=real.command, version=real.version)


def make_setting(root: Path, server: Server, **changes: Any) -> Setting:
    """Return what a check of a repository works with; its cache and tree lie beside it."""
    setting = Setting(
        tree=root.parent / "tree",
        policies=policies(),
        kustomize=find_kustomize(TOOLS),
        server=lambda: nullcontext(server),
        cache=Cache(root.parent / "cache"),
        now=NOW,
    )
    return replace(setting, **changes)


def policies_with(**changes: Any) -> Policies:
    """Return the policies of this repository with something else in them."""
    return replace(policies(), **changes)
