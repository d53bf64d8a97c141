"""Options that the commands of `testnet github` share, and what they are turned into."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from generator.commands.options import say
from generator.errors import UsageError
from generator.hub import Hub, name_hub, open_hub
from generator.repository import read_source

RepositoryOption = Annotated[
    str,
    typer.Option(
        "--repository",
        metavar="OWNER/NAME",
        help="Repository on GitHub.",
        show_default="GITHUB_REPOSITORY, else that of the remote origin",
    ),
]
PullOption = Annotated[
    int | None, typer.Option("--pull", metavar="N", min=1, help="Number of the pull request.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")
]


def resolve_hub(
    repository: str,
    root: Path,
    need: str,
    environment: Mapping[str, str] | None = None,
) -> Hub:
    """Return the repository on GitHub; `need` says what its token is for.

    Raises:
        UsageError: when none is known, there is no token, or the remote is not on GitHub.
    """
    known = os.environ if environment is None else environment
    name = repository or known.get("GITHUB_REPOSITORY") or ""
    if name:
        return name_hub(name, known, need=need, say=say)
    source = read_source(root)
    if not source or not source.origin:
        raise UsageError("name the repository on GitHub with --repository OWNER/NAME")
    try:
        return open_hub(source.origin, known, asker="", need=need, say=say)
    except UsageError as error:
        if "is not on GitHub" not in str(error):
            raise
        message = "the remote `origin` is not on GitHub; name the repository with --repository"
        raise UsageError(message) from None


def published_hub(hub: Hub, url: str) -> Hub:
    """Return the repository of the published tree, which may be another one."""
    try:
        name = open_hub(url, {"GITHUB_TOKEN": "unused"}, asker="").name
    except UsageError:
        say("the environments repository is not on GitHub: its branch is not looked at")
        return hub
    return replace(hub, name=name)
