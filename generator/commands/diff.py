"""`testnet diff`: what generating would change, cluster by cluster."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from generator.commands.generate import NetsArgument
from generator.commands.options import (
    NowOption,
    Output,
    OutputOption,
    RootOption,
    TreeOption,
    out,
    place_tree,
    progress_bar,
    resolve_kustomize,
    resolve_now,
    resolve_root,
    show_notes,
)
from generator.pipeline import generate, plan_nets
from generator.tree import Change

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def diff(  # noqa: PLR0913 - a command is its signature
    nets: NetsArgument = None,
    root: RootOption = None,
    tree: TreeOption = None,
    now: NowOption = "",
    output: OutputOption = Output.TEXT,
    stat: Annotated[bool, typer.Option("--stat", help="Only count the files.")] = False,
) -> int:
    """Show what generating would change.

    Exit code 1 where anything would.

    Examples:

      testnet diff

      testnet diff pickles-qa --stat
    """
    base = resolve_root(root)
    target = place_tree(tree, base)  # as of `generate`, it need not be there
    with progress_bar() as progress:
        planned = plan_nets(base, target, now=resolve_now(now))
        result = generate(
            planned,
            target,
            resolve_kustomize(base),
            names=nets or (),
            write=False,
            progress=progress,
        )
    show_notes(planned, base)
    if output is Output.JSON:
        entries = [{"path": c.path, "kind": str(c.kind)} for c in result.changes]
        typer.echo(json.dumps({"changes": entries}, indent=2))
    else:
        _write(result.changes, out(), stat=stat)
    return 1 if result.changes else 0


def _place(change: Change) -> str:
    """Return what a changed file belongs to: a cluster, or the library."""
    parts = change.path.split("/")
    return parts[1] if parts[0] == "clusters" else parts[0]


def _write(changes: Sequence[Change], console: Console, *, stat: bool) -> None:
    if not changes:
        console.print("nothing would change")
        return
    if not stat:
        for change in changes:
            _write_change(change, console)
    counts = Counter((_place(change), str(change.kind)) for change in changes)
    for place in sorted({place for place, _ in counts}):
        words = [f"{n} {kind}" for (where, kind), n in sorted(counts.items()) if where == place]
        console.print(f"{place}: {', '.join(words)}")


def _write_change(change: Change, console: Console) -> None:
    lines = difflib.unified_diff(
        (change.before or "").splitlines(),
        (change.after or "").splitlines(),
        f"a/{change.path}",
        f"b/{change.path}",
        lineterm="",
    )
    for line in lines:
        console.print(Text(line, style=_STYLES.get(line[:1], "")), soft_wrap=True)
