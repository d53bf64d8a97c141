"""`testnet reach`: whether the daemons of a net can be reached from here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from generator.commands.environments import BranchOption, EnvironmentsOption, resolve_environments
from generator.commands.options import (
    Output,
    OutputOption,
    RootOption,
    out,
    progress_bar,
    resolve_published,
    resolve_root,
    say,
    timeout_option,
)
from generator.errors import UsageError
from generator.guess import guess_clause
from generator.reach import Probe, Published, Reached, read_targets
from generator.reach import reach as try_ports
from generator.reach.model import is_public
from generator.report.wording import counted
from generator.repository import open_environments, read_source

UNREACHED = 1
COLUMNS = ("daemon", "cluster", "name", "address", "ports")

TreeOption = Annotated[
    Path | None,
    typer.Option("--tree", metavar="DIR", help="Read the published tree from a directory."),
]


def reach(  # noqa: PLR0913 - the options of the command
    net: Annotated[str, typer.Argument(metavar="NET", help="Name of a published net.")],
    cluster: Annotated[
        list[str] | None,
        typer.Option(
            "--cluster", metavar="CLUSTER", help="Only the daemons of this cluster; repeatable."
        ),
    ] = None,
    timeout: Annotated[float, timeout_option("For each name and each port.")] = 3,
    tree: TreeOption = None,
    environments: EnvironmentsOption = "",
    branch: BranchOption = "environments",
    root: RootOption = None,
    output: OutputOption = Output.TEXT,
) -> int:
    """Connect to all public names and ports of a net, from here.

    Names and ports are those of the published tree. A TCP port that takes a connection is open.
    UDP, where the flavour has it, proves less: only an answer or a refusal says something.

    Exit code 0 when every daemon is reached at a public IPv4 address, 1 when one is not.

    Examples:

      testnet reach berkeley-public

      testnet reach classic --cluster aws-us-west-2 --timeout 10s

      testnet reach smoke --tree ../environments --output json
    """
    with _tree(tree, environments, branch, root) as where:
        published = read_targets(where, net)
    chosen = _choose(published, net, cluster or [])
    if published.closed:
        say(
            f"{net} is a QA net: only addresses in network.egress of the fleet reach it, so this"
            " tells something only from there"
        )
    with progress_bar() as progress:
        found = try_ports(
            chosen.targets,
            seconds=timeout,
            done=lambda over: progress("reach", over, len(chosen.targets)),
        )
    if output is Output.JSON:
        typer.echo(json.dumps(facts(net, published, found), indent=2))
    else:
        show(found, out())
    return 0 if all(reached.fine for reached in found) else UNREACHED


@contextmanager
def _tree(tree: Path | None, environments: str, branch: str, root: Path | None) -> Iterator[Path]:
    """Give the directory of the published tree: what --tree names, or a clone."""
    if tree is not None:
        yield resolve_published(tree, Path.cwd())
        return
    source = None if environments else read_source(resolve_root(root))
    url = resolve_environments(environments, source)
    with open_environments(url, branch, say=say) as opened:
        yield opened.tree


def _choose(published: Published, net: str, clusters: Sequence[str]) -> Published:
    known = sorted({target.cluster for target in published.targets})
    for cluster in clusters:
        if cluster not in known:
            message = f'{net} has no daemon on "{cluster}"{guess_clause(cluster, known)}'
            raise UsageError(message)
    if not clusters:
        return published
    targets = [target for target in published.targets if target.cluster in clusters]
    return replace(published, targets=tuple(targets))


def facts(net: str, published: Published, found: Sequence[Reached]) -> dict[str, object]:
    """Return what came of all daemons as plain data."""
    return {
        "net": net,
        "closed": published.closed,
        "daemons": [
            {
                "daemon": reached.target.daemon,
                "cluster": reached.target.cluster,
                "name": reached.target.name,
                "running": reached.target.running,
                "reached": reached.fine if reached.target.running else None,
                "why": reached.why,
                "addresses": [
                    {"address": address, "public": is_public(address)}
                    for address in reached.addresses
                ],
                "ports": [
                    {
                        "port": probe.port.number,
                        "protocol": probe.port.protocol,
                        "address": probe.address,
                        "answer": str(probe.answer),
                        "ms": probe.ms,
                    }
                    for probe in reached.probes
                ],
            }
            for reached in found
        ],
    }


def show(found: Sequence[Reached], console: Console) -> None:
    """Write a line for each daemon, and the sum of them."""
    table = Table(*COLUMNS, box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for reached in found:
        target = reached.target
        table.add_row(target.daemon, target.cluster, target.name, *_columns(reached))
    console.print(table)
    console.print()
    running = [reached for reached in found if reached.target.running]
    fine = sum(reached.fine for reached in running)
    stopped = len(found) - len(running)
    more = f", {stopped} stopped in the published tree" if stopped else ""
    console.print(f"{fine} of {counted(len(running), 'daemon')} reached{more}")


def _columns(reached: Reached) -> tuple[Text, Text]:
    if not reached.target.running:
        return Text("-", "dim"), Text("stopped in the published tree", "dim")
    if not reached.addresses:
        return Text(reached.why, "red"), Text("-", "dim")
    addresses = [
        Text(address) if is_public(address) else Text(f"{address} (not public)", "red")
        for address in reached.addresses
    ]
    several = len(reached.addresses) > 1
    ports = [_port(probe, several=several) for probe in reached.probes]
    return Text("\n").join(addresses), Text("\n").join(ports)


def _port(probe: Probe, *, several: bool) -> Text:
    at = f" at {probe.address}" if several else ""
    text = f"{probe.port.number}/{probe.port.protocol}{at} {probe.answer}"
    spent = f" {probe.ms:.0f} ms" if probe.answer == "open" else ""
    return Text(text + spent, "" if probe.fine else "red")
