"""`testnet plan`: what a testnet file becomes, before anything is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from generator.commands.options import (
    NowOption,
    Output,
    OutputOption,
    RootOption,
    TreeOption,
    out,
    resolve_now,
    resolve_root,
    resolve_tree,
    show_notes,
)
from generator.errors import UsageError
from generator.load import TESTNETS
from generator.pipeline import plan_nets, select
from generator.report.plan import plan_json, write_plan

FileArgument = Annotated[
    str, typer.Argument(metavar="FILE", help="A testnet file, or the name of a net.")
]


def plan(  # noqa: PLR0913 - a command is its signature
    file: FileArgument,
    root: RootOption = None,
    tree: TreeOption = None,
    now: NowOption = "",
    output: OutputOption = Output.TEXT,
    brief: Annotated[bool, typer.Option("--brief", help="Leave out the table of daemons.")] = False,
) -> int:
    """Show what a testnet file becomes.

    Where every daemon goes, its address and key, and what all of it costs. Nothing is
    written. Daemons that are published keep their place, port and name.

    Examples:

      testnet plan environments/testnets/pickles-qa.yaml

      testnet plan pickles-qa --output json | jq '.daemons[].public_name'
    """
    base = resolve_root(root)
    name, extra = _name(file, base)
    planned = plan_nets(base, resolve_tree(tree, base), now=resolve_now(now), extra=extra)
    show_notes(planned, base)
    chosen = select(planned.plans, [name])[0]
    if output is Output.JSON:
        typer.echo(json.dumps(plan_json(chosen), indent=2))
    else:
        write_plan(chosen, out(), daemons=not brief)
    return 0


def _name(file: str, root: Path) -> tuple[str, list[Path]]:
    """Return the net's name, and its file where that is not under `environments/`."""
    path = Path(file)
    if path.suffix not in {".yaml", ".yml"}:
        return file, []
    if not path.is_file() and (root / path).is_file():
        path = root / path
    if not path.is_file():
        message = f"{file}: no such file"
        raise UsageError(message)
    inside = path.resolve().parent == (root / TESTNETS).resolve()
    return path.stem, [] if inside else [path.resolve()]
