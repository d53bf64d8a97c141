"""`testnet join`: what an outside node operator needs to join a public net."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from generator.commands.options import (
    NowOption,
    Output,
    OutputOption,
    RootOption,
    TreeOption,
    resolve_now,
    resolve_root,
    resolve_tree,
)
from generator.errors import UsageError
from generator.pipeline import plan_nets, select
from generator.render import join_command
from generator.render.join import render_join
from generator.testnet import Purpose


def join(
    net: Annotated[str, typer.Argument(metavar="NET", help="Name of a public net.")],
    root: RootOption = None,
    tree: TreeOption = None,
    now: NowOption = "",
    output: OutputOption = Output.TEXT,
) -> int:
    """Print how to join a public net.

    Its image, genesis, ports and peers, and the command to run.

    Examples:

      testnet join berkeley-public

      testnet join berkeley-public --output json | jq -r '.files["peers.txt"]'
    """
    base = resolve_root(root)
    planned = plan_nets(base, resolve_tree(tree, base), now=resolve_now(now))
    plan = select(planned.plans, [net])[0]
    if plan.testnet.purpose is not Purpose.PUBLIC:
        message = f'testnet "{net}" is for QA and closed to outsiders'
        raise UsageError(message)
    files = render_join(plan)
    if output is Output.JSON:
        facts = {"net": net, "command": join_command(plan), "files": files}
        typer.echo(json.dumps(facts, indent=2))
    else:
        typer.echo(files["README.md"])
        typer.echo("peers.txt:\n" + files["peers.txt"], nl=False)
    return 0
