"""`testnet status`: what of the published tree is on the clusters as it is published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import Annotated

import typer
from rich import box
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from generator.commands.environments import (
    BranchOption,
    ContextOption,
    EnvironmentsOption,
    read_contexts,
    resolve_environments,
    whoami,
)
from generator.commands.look import Look, Request, look, look_again, read
from generator.commands.options import (
    Output,
    RootOption,
    err,
    out,
    progress_bar,
    resolve_kustomize,
    resolve_root,
    timeout_option,
)
from generator.errors import UsageError
from generator.evidence.file import render_observations
from generator.kustomize import find_kustomize
from generator.plan.genesis import utc_text
from generator.published import is_published
from generator.report.wording import counted
from generator.repository import read_source
from generator.status import FleetStatus
from generator.status.document import status_document
from generator.status.words import (
    LINES,
    OVERLAY_COLUMNS,
    SITE_COLUMNS,
    Row,
    facts,
    handover_lines,
    news,
    overlay_rows,
    sections,
    site_rows,
    title,
    verdict,
)

NOT_DELIVERED, NOBODY_REACHED = 1, 3


def status(  # noqa: PLR0913 - the options of the command
    net: Annotated[
        str, typer.Argument(metavar="NET", help="Show one net, with all of its overlays.")
    ] = "",
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again and again, until Ctrl-C.")
    ] = False,
    form: Annotated[
        Output,
        typer.Option(
            "--output",
            "-o",
            "--format",
            help="Write text for people, or JSON, which `publish --evidence FILE` takes too.",
        ),
    ] = Output.TEXT,
    cluster: Annotated[
        list[str] | None,
        typer.Option("--cluster", metavar="CLUSTER", help="Look at this cluster only; repeatable."),
    ] = None,
    environments: EnvironmentsOption = "",
    branch: BranchOption = "environments",
    tree: Annotated[
        Path | None,
        typer.Option(
            "--tree", help="Read the published tree from a directory; revisions are not compared."
        ),
    ] = None,
    context: ContextOption = None,
    timeout: Annotated[float, timeout_option("For each cluster.")] = 20,
    interval: Annotated[
        float, typer.Option("--interval", min=0, max=3600, help="Seconds between two looks.")
    ] = 5.0,
    root: RootOption = None,
) -> int:
    """Hold what is published against what runs on every cluster.

    All clusters are asked at once, through the contexts of the kubeconfig that are named like
    them. A net is delivered where Flux has applied the head of the published branch and reports
    the digest that was reviewed, and where every workload has the published replicas and images,
    and runs.

    Exit code 0 when all is delivered, 1 when something is not as published, 3 when no cluster
    can be reached.

    Examples:

      testnet status

      testnet status smoke --watch

      testnet status --context aws-us-west-2=my-context

      testnet status --output json > seen.json; testnet publish --evidence seen.json
    """
    if watch and form is Output.JSON:
        message = "--watch writes text; for JSON, run it whenever you want a look"
        raise UsageError(message)
    request = replace(
        _request(environments, branch, tree, root),
        net=net,
        clusters=tuple(cluster or ()),
        contexts=read_contexts(context or []),
        seconds=timeout,
    )
    with progress_bar() as progress:
        published = read(request, progress)
    with err().status(f"asking {counted(len(published.clusters), 'cluster')}"):
        found = look(request, published)
    if watch:
        _watch(request, found, interval)
    elif form is Output.JSON:
        typer.echo(_json(found), nl=False)
    else:
        for part in _shown(found, net):
            out().print(part, soft_wrap=isinstance(part, Text))
    return exit_code(found.status)


def exit_code(found: FleetStatus) -> int:
    """Return 0 when all is delivered, 3 when no cluster says anything, else 1."""
    if found.silent:
        return NOBODY_REACHED
    return 0 if found.delivered else NOT_DELIVERED


def _request(environments: str, branch: str, tree: Path | None, root: Path | None) -> Request:
    """Return what to look at; the repository of main only has to be there to know the URL."""
    base = resolve_root(root) if root or not (tree or environments) else None
    url = ""
    if tree is None:
        url = resolve_environments(environments, read_source(base) if base else None)
    elif not is_published(tree):
        message = f"--tree {tree}: no published tree is there"
        raise UsageError(message)
    return Request(
        url=url,
        branch=branch,
        tree=tree.resolve() if tree else None,
        kustomize=resolve_kustomize(base) if base else find_kustomize(),
    )


def _json(found: Look) -> str:
    return render_observations(
        found.seen,
        who=whoami(),
        at=utc_text(datetime.now(UTC)),
        status=status_document(found.status),
    )


def _shown(found: Look, net: str) -> Iterable[RenderableType]:
    """Yield what people are shown: tables, then what is not as published, then the verdict."""
    shown = found.status
    yield Text(f"{title(shown)}\n", style="bold")
    if found.note:
        yield Text(f"{found.note}\n", style="yellow")
    if net and shown.sites:
        yield _table(OVERLAY_COLUMNS, overlay_rows(shown))
    elif shown.sites:
        yield _table(SITE_COLUMNS, site_rows(shown))
    blocks = [(part.title, part.lines) for part in sections(shown, 0 if net else LINES)]
    waiting = tuple(handover_lines(shown))
    for heading, lines in (*blocks, *([("hand-overs", waiting)] if waiting else ())):
        yield Text(f"\n{heading}", style="bold")
        for line in lines:
            yield Text(f"  {line}")
    yield Text(f"\n{verdict(shown)}", style="bold green" if shown.delivered else "bold red")


def _table(columns: Iterable[str], rows: Iterable[Row]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    before = ""
    for row in rows:
        first, *rest = row.cells
        # A name that is above already is not said again.
        cells = ["" if first == before else first, *rest]
        table.add_row(*(Text(cell) for cell in cells), style="" if row.well else "yellow")
        before = first
    return table


def _watch(request: Request, found: Look, interval: float) -> None:
    """Show each look until somebody interrupts: anew on a terminal, else what has changed."""
    console = out()
    if not console.is_terminal:
        _follow(request, found, interval)
        return
    try:
        with Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                now = datetime.now(UTC).strftime("%H:%M:%S UTC")
                shown = [*_shown(found, request.net), Text(f"{now}; Ctrl-C ends", style="dim")]
                live.update(Group(*shown), refresh=True)
                sleep(interval)
                found = look_again(request, found)
    finally:
        # What was seen last stays on the screen that is there afterwards.
        console.print(Group(*_shown(found, request.net)))


def _follow(request: Request, found: Look, interval: float) -> None:
    """Print everything once, and from then on a line for each thing that has changed."""
    before: dict[str, str] = {}
    while True:
        time = datetime.now(UTC).strftime("%H:%M:%SZ")
        now = facts(found.status) | ({"published tree": found.note} if found.note else {})
        for line in news(before, now):
            typer.echo(f"{time} {line}")
        before = now
        sleep(interval)
        found = look_again(request, found)
