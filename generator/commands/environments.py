"""Options of commands that read the published tree or clusters, and what they name."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from generator.commands.options import resolve_tree, say
from generator.errors import UsageError
from generator.repository import Source, open_environments

EnvironmentsOption = Annotated[
    str,
    typer.Option(
        "--environments",
        metavar="URL",
        help="Repository of the published tree: a path, or a file, https or ssh URL.",
        show_default="this repository's own origin",
    ),
]
BranchOption = Annotated[str, typer.Option("--branch", help="Branch of the published tree.")]
PublishedOption = Annotated[
    str,
    typer.Option(
        "--environments",
        metavar="URL",
        help="Repository of the published tree, instead of --tree.",
        show_default="none",
    ),
]
ContextOption = Annotated[
    list[str] | None,
    typer.Option(
        "--context",
        metavar="CLUSTER=CONTEXT",
        help="Context of the kubeconfig for a cluster that it does not name itself.",
    ),
]


def resolve_environments(text: str, source: Source | None) -> str:
    """Return the URL of the environments repository: by default that of main's own origin.

    Raises:
        UsageError: when none is given and there is no origin.
    """
    url = text or (source.origin if source else "")
    if not url:
        message = (
            "there is no remote `origin` for the published tree; name its repository with"
            " --environments, such as a path to a bare repository"
        )
        raise UsageError(message)
    return str(Path(url).expanduser().absolute()) if Path(url).expanduser().is_dir() else url


@contextmanager
def published_tree(environments: str, branch: str, tree: Path | None, root: Path) -> Iterator[Path]:
    """Yield the directory with the published tree, held while it is read where it is a clone."""
    if not environments:
        yield resolve_tree(tree, root)
        return
    if tree:
        raise UsageError("--environments and --tree both name a published tree; give one of them")
    url = resolve_environments(environments, None)
    with open_environments(url, branch, say=say) as opened:
        yield opened.tree


def read_contexts(pairs: list[str]) -> dict[str, str]:
    """Return the context of each cluster; UsageError for what is no pair."""
    contexts: dict[str, str] = {}
    for pair in pairs:
        cluster, equals, name = pair.partition("=")
        if not (cluster and equals and name):
            message = f'--context "{pair}" is not CLUSTER=CONTEXT'
            raise UsageError(message)
        contexts[cluster] = name
    return contexts


def whoami() -> str:
    """Return who runs this, for what is written about evidence."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (OSError, KeyError):
        return f"unknown@{socket.gethostname()}"
