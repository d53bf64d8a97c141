"""`testnet check` in-process, over small repositories made of the example and other files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from generator.cache import Cache
from generator.check.judge import check
from generator.check.setting import Setting
from generator.errors import InvalidInput
from generator.kustomize import find_kustomize
from generator.opa import Bundle, Server, find_opa, private_server
from generator.pipeline import generate, plan_nets
from generator.policies import Policies, read_policies
from generator.report.verdict import Verdict
from tests.synthetic import REPOSITORY

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
PUBLISHED = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
EXAMPLE = REPOSITORY / "policies/example"
TOOLS = REPOSITORY / "build/tools"

Files = Mapping[str, str]


class Checker:
    """Checks repositories with one OPA and one cache."""

    def __init__(self, server: Server, cache_directory: Path) -> None:
        self._server = server
        self._cache = Cache(cache_directory)
        self.policies: Policies = policies()

    def check(
        self, root: Path, *, tree: Path | None = None, now: datetime = NOW, cached: bool = True
    ) -> Verdict:
        """Check a repository on disk."""
        setting = Setting(
            tree=tree or root / "no-tree",
            policies=self.policies,
            kustomize=find_kustomize(TOOLS),
            server=lambda: nullcontext(self._server),
            cache=self._cache if cached else Cache(None),
            now=now,
        )
        try:
            return check(root, setting)
        except InvalidInput as error:
            return Verdict(findings=error.findings)


@cache
def policies() -> Policies:
    """Return the policies of this repository."""
    return read_policies(REPOSITORY)


@contextmanager
def make_checker() -> Iterator[Checker]:
    """Yield a checker; its server and cache end with the context."""
    loaded = policies()
    bundle = Bundle(modules=loaded.modules, settings=loaded.settings, digest=loaded.digest)
    with ExitStack() as stack:
        directory = Path(mkdtemp(prefix="testnet-cache-"))
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        server = stack.enter_context(private_server(find_opa(TOOLS), bundle))
        yield Checker(server, directory)


def write_repository(root: Path, *layers: Files) -> Path:
    """Write the example with the real overlays, and layers of other files over it."""
    shutil.copytree(EXAMPLE, root)
    shutil.copytree(REPOSITORY / "overlays", root / "overlays")
    for files in layers:
        for path, text in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
    return root


def publish(root: Path, tree: Path, *, now: datetime = PUBLISHED) -> Path:
    """Write the published tree of a repository, as it was generated at some time."""
    planned = plan_nets(root, tree, now=now)
    generate(planned, tree, find_kustomize(TOOLS))
    return tree
