"""Options that several commands share, and what they are turned into."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.models import OptionInfo

from generator.errors import UsageError
from generator.kustomize import Kustomize, find_kustomize
from generator.load import find_root
from generator.pipeline import Planned
from generator.published import is_published
from generator.rebuild import Progress, silent

if TYPE_CHECKING:
    from rich.console import Console


class Output(StrEnum):
    """How a command writes its result."""

    TEXT = "text"
    JSON = "json"


RootOption = Annotated[
    Path | None,
    typer.Option(
        "--root",
        help="Repository with `environments/` and `overlays/`.",
        show_default="the nearest parent that has environments/",
    ),
]
TreeOption = Annotated[
    Path | None,
    typer.Option(
        "--tree",
        help="Published tree whose allocations stay as they are.",
        show_default="build/environments",
    ),
]
NowOption = Annotated[
    str,
    typer.Option(
        "--now",
        help="Moment taken for the first publish of new nets, as RFC 3339 with zone.",
        show_default="the current time",
    ),
]
# Commands that write files have a directory as --output, and --format alone for this.
OutputOption = Annotated[
    Output,
    typer.Option("--output", "-o", "--format", help="Write text for people or JSON for scripts."),
]

YEARS = range(2000, 3000)
LONGEST = 600.0
DEFAULT_TREE = Path("build/environments")


def out() -> Console:
    """Return the console for data: wide when nobody looks, so that tables are not cut."""
    # Here and below: what writes JSON for a program does not wait for Rich.
    from generator.commands.terminal import Terminal  # noqa: PLC0415

    terminal = sys.stdout.isatty()
    return Terminal(highlight=False, markup=False, width=None if terminal else 160)


def drop_output() -> None:
    """Let what is still to be written to standard output go nowhere, as nobody reads it."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def err() -> Console:
    """Return the console for everything that is not the result."""
    from generator.commands.terminal import Terminal  # noqa: PLC0415

    return Terminal(stderr=True, highlight=False, markup=False)


def say(text: str) -> None:
    """Tell whoever watches what goes on beside the result."""
    err().print(text, style="dim", soft_wrap=True)


def resolve_root(root: Path | None) -> Path:
    """Return the repository's root."""
    if root is None:
        return find_root(Path.cwd())
    if not (root / "environments").is_dir():
        message = f"{root} has no `environments/`"
        raise UsageError(message)
    return root.resolve()


def resolve_tree(tree: Path | None, root: Path) -> Path:
    """Return where the published tree is; the default need not be there, as before a first net.

    Raises:
        UsageError: for one that is named and is no directory: all would be judged as if nothing
            were published.
    """
    if tree and not tree.is_dir():
        reason = "it is no directory" if tree.exists() else "no such directory"
        message = (
            f"--tree {tree}: {reason}; name a clone of the environments branch, or leave --tree"
            " out where nothing is published yet"
        )
        raise UsageError(message)
    return place_tree(tree, root)


def place_tree(tree: Path | None, root: Path) -> Path:
    """Return where a tree is, or is to be written."""
    return tree.resolve() if tree else root / DEFAULT_TREE


def resolve_published(tree: Path | None, root: Path) -> Path:
    """Return where the published tree is, which has to be there.

    Raises:
        UsageError: when nothing is published there: nothing could be said about it.
    """
    target = place_tree(tree, root)
    if not is_published(target):
        message = (
            f"{target} holds no published tree; name a clone of the environments branch with --tree"
        )
        raise UsageError(message)
    return target


def show_notes(planned: Planned, root: Path) -> None:
    """Write findings that are no errors, where there are any, to standard error."""
    if planned.findings:
        from generator.report.findings import write_findings  # noqa: PLC0415

        write_findings(planned.findings, err(), root)


def resolve_output(tree: Path | None, root: Path) -> Path:
    """Return where a tree may be written: nowhere that holds what people wrote.

    Raises:
        UsageError: for the repository itself or what is written in it by hand, and for a
            directory whose `clusters/` or `overlays/` this program did not write.
    """
    target = place_tree(tree, root)
    kept = [
        (root / name).resolve()
        for name in ("environments", "overlays", "generator", "policies", ".git")
    ]
    if root.is_relative_to(target) or any(target.is_relative_to(place) for place in kept):
        message = f"{target} holds what people wrote; choose another directory with --output"
        raise UsageError(message)
    managed = [target / "clusters", target / "overlays"]
    if any(place.exists() for place in managed) and not is_published(target):
        message = (
            f"{target} has clusters/ or overlays/ that this program did not write;"
            " choose another directory with --output"
        )
        raise UsageError(message)
    return target


def resolve_kustomize(root: Path) -> Kustomize:
    """Return the kustomize to build with: the one that `make tools` built is the fastest."""
    return find_kustomize(root / "build" / "tools")


def resolve_now(text: str) -> datetime:
    """Return the moment of publishing in UTC.

    Raises:
        UsageError: for a text that is no moment, or has no zone.
    """
    if not text:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.year not in YEARS:
        message = f'--now "{text}" is no moment with a zone, such as 2026-12-01T12:00:00Z'
        raise UsageError(message)
    return moment.astimezone(UTC)


def timeout_option(what: str) -> OptionInfo:
    """Return the option --timeout, of which `what` says for what the time is."""
    option: OptionInfo = typer.Option("--timeout", metavar="TIME", parser=read_seconds, help=what)
    return option


def read_seconds(value: str | float) -> float:
    """Return a time such as `3s` or `0.5` in seconds.

    Raises:
        UsageError: for what is none, or is longer than ten minutes.
    """
    text = str(value)
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST:
        message = f'--timeout "{text}" is no time up to {LONGEST:.0f}s, such as 3s'
        raise UsageError(message)
    return seconds


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Show a bar for each stage on a terminal, and nothing where nobody looks."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield silent
        return
    from generator.commands.terminal import show_progress  # noqa: PLC0415

    with show_progress(err()) as progress:
        yield progress
