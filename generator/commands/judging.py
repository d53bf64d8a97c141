"""What commands that judge a repository work with: policies, an OPA, a cache, what is published."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from generator.cache import Cache
from generator.check.setting import ServerContext, Setting
from generator.commands.options import resolve_kustomize
from generator.opa import Bundle, find_opa, named_server, private_server
from generator.policies import Policies, read_policies
from generator.process import stop_all
from generator.program import cache_directory
from generator.rebuild import Progress, silent

PoliciesOption = Annotated[
    Path | None,
    typer.Option("--policies", help="Policies to judge by.", show_default="ROOT/policies"),
]
OpaOption = Annotated[
    str,
    typer.Option(
        "--opa",
        help="Address of an OPA to ask; its token in OPA_TOKEN.",
        show_default="one of its own",
    ),
]
CacheOption = Annotated[
    bool,
    typer.Option("--cache/--no-cache", help="Keep what follows from files that stay the same."),
]


def make_setting(  # noqa: PLR0913 - the options of commands that judge
    root: Path,
    tree: Path,
    *,
    now: datetime,
    policies: Path | None = None,
    opa: str = "",
    cached: bool = True,
    progress: Progress = silent,
) -> Setting:
    """Return what a check of `root` works with, over the published tree in a directory.

    Its policies judge what is there now, an earlier revision is judged by its own; `policies` that
    are named judge both.

    Raises:
        InvalidInput: for policies that cannot be read.
        ToolError: without kustomize.
    """
    kept = cache_directory() if cached else None
    cache = Cache(kept / "check" if kept else None)
    with ThreadPoolExecutor(1) as pool:
        try:
            finding = pool.submit(resolve_kustomize, root)  # it says its version meanwhile
            rules = read_policies(root, policies, cache)
            kustomize = finding.result()
        except BaseException:
            stop_all()
            raise
    return Setting(
        tree=tree,
        policies=rules,
        kustomize=kustomize,
        server=_server(opa, rules, root),
        cache=cache,
        now=now,
        progress=progress,
        earlier=None if policies else lambda at: _policies_at(at, opa, root),
    )


def _policies_at(directory: Path, opa: str, root: Path) -> tuple[Policies, ServerContext]:
    """Return the policies of another state of the repository, and what answers by them."""
    policies = read_policies(directory)
    return policies, _server(opa, policies, root)


def _server(url: str, policies: Policies, root: Path) -> ServerContext:
    bundle = Bundle(modules=policies.modules, settings=policies.settings, digest=policies.digest)
    if url:
        return lambda: named_server(url, bundle, token=os.environ.get("OPA_TOKEN", ""))
    return lambda: private_server(find_opa(root / "build" / "tools"), bundle)
