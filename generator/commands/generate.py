"""`testnet generate`: testnet files to the overlays that Flux reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from generator.commands.options import (
    NowOption,
    Output,
    RootOption,
    err,
    out,
    progress_bar,
    resolve_kustomize,
    resolve_now,
    resolve_output,
    resolve_root,
    show_notes,
)
from generator.pipeline import Generated, plan_nets
from generator.pipeline import generate as run_generate

NetsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NET]...", help="Nets to generate.", show_default="all of them"),
]
DirectoryOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="DIR",
        help="Directory to write the tree to; what is published there keeps its place.",
        show_default="build/environments",
    ),
]
FormatOption = Annotated[
    Output, typer.Option("--format", help="Write text for people or JSON for scripts.")
]


def generate(
    nets: NetsArgument = None,
    root: RootOption = None,
    output: DirectoryOption = None,
    now: NowOption = "",
    form: FormatOption = Output.TEXT,
) -> int:
    """Write the overlays that Flux applies.

    Testnets are rendered into Kustomize overlays, and each is built with kustomize. Nothing
    is written before every overlay was built; files that did not change are not touched, and
    an overlay that did not change is not built again.

    Examples:

      testnet generate

      testnet generate pickles-qa smoke --output ../environments
    """
    base = resolve_root(root)
    target = resolve_output(output, base)
    kustomize = resolve_kustomize(base)
    err().print(f"using {kustomize}", style="dim", soft_wrap=True)
    with progress_bar() as progress:
        planned = plan_nets(base, target, now=resolve_now(now))
        result = run_generate(planned, target, kustomize, names=nets or (), progress=progress)
    show_notes(planned, base)
    if form is Output.JSON:
        typer.echo(json.dumps(summary(result), indent=2))
    else:
        _write(result, target)
    return 0


def summary(result: Generated) -> dict[str, object]:
    """Return what generating did as plain data."""
    return {
        "nets": [plan.name for plan in result.plans],
        "daemons": sum(d.replicas for plan in result.plans for d in plan.daemons),
        "overlays": len(result.builds),
        "objects": sum(build.objects for build in result.builds.values()),
        "changes": [{"path": c.path, "kind": str(c.kind)} for c in result.changes],
    }


def _write(result: Generated, target: Path) -> None:
    facts = summary(result)
    out().print(
        f"{len(result.plans)} nets, {facts['daemons']} daemons, {facts['overlays']} overlays,"
        f" {facts['objects']} objects; {len(result.changes)} files changed in {target}",
        soft_wrap=True,
    )
