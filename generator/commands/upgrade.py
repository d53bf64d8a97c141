"""`testnet upgrade`: a net goes to the current overlays library, as a plan of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from generator.commands.options import (
    NowOption,
    Output,
    OutputOption,
    RootOption,
    TreeOption,
    out,
    progress_bar,
    resolve_kustomize,
    resolve_now,
    resolve_root,
    resolve_tree,
    say,
)
from generator.errors import InvalidInput, UsageError
from generator.finding import Finding, Severity
from generator.library import read_pinned
from generator.pipeline import Planned, select, try_plans
from generator.plan import Plan
from generator.published import is_published, read_allocations
from generator.tree import FileTree, write_tree
from generator.upgrade import OverlayUpgrade, build_with, compare_builds, pin, restarting


@dataclass(frozen=True, slots=True, kw_only=True)
class _Upgrade:
    """What is to be done for a net; `old` is empty for one that is not published.

    `text` is what its file becomes, empty where it stays. `edited` says that the file had
    changes before that are not published yet.
    """

    net: str
    old: str
    new: str
    file: str
    text: str
    edited: bool
    overlays: tuple[OverlayUpgrade, ...]


def upgrade(  # noqa: PLR0913 - a command is its signature
    net: Annotated[str, typer.Argument(metavar="NET", help="Name of a net.")],
    root: RootOption = None,
    tree: TreeOption = None,
    now: NowOption = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and write nothing.")
    ] = False,
    output: OutputOption = Output.TEXT,
) -> int:
    """Move a net to the current overlays library.

    Every net stays with the version of overlays/ that it is published with until its file
    changes. This writes the current version into the file, in the field `overlays`, and shows
    which overlays change and which daemons restart when that is published.

    Examples:

      testnet upgrade pickles-qa --dry-run

      testnet upgrade pickles-qa --tree ../environments --output json
    """
    base = resolve_root(root)
    target = resolve_tree(tree, base)
    if not is_published(target):
        say(f"{target} holds no published tree: nothing is known of what the net has now")
    planned = try_plans(base, read_allocations(target), now=resolve_now(now))
    plan = select(planned.plans, [net])[0]
    _refuse_errors(planned.findings, plan, base)
    found = _find(planned, plan, base, target)
    if found.text and not dry_run:
        write_tree(FileTree(files={found.file: found.text}), base, ())
    if output is Output.JSON:
        typer.echo(json.dumps(_json(found, written=not dry_run), indent=2))
    else:
        _write(found, out(), written=not dry_run)
    return 0


def _refuse_errors(findings: Sequence[Finding], plan: Plan, base: Path) -> None:
    """Refuse to go on where anything is wrong but the very field that is written here."""
    at = plan.testnet.places.get("overlays")
    left = tuple(f for f in findings if not (f.rule == "overlays/version" and f.at == at))
    if any(finding.severity is Severity.ERROR for finding in left):
        raise InvalidInput(left, base)


def _find(planned: Planned, plan: Plan, base: Path, target: Path) -> _Upgrade:
    testnet, new = plan.testnet, planned.library.version
    published = planned.published.nets.get(plan.name)
    old = published.overlays if published else ""
    # A new net takes the current version anyway, and one that has it needs no field.
    needed = testnet.overlays != new if testnet.overlays else old not in {"", new}
    overlays: tuple[OverlayUpgrade, ...] = ()
    if old not in {"", new}:
        kustomize = resolve_kustomize(base)
        with progress_bar() as progress:
            before = build_with(plan, read_pinned(target, old), kustomize, progress)
            after = build_with(plan, planned.library, kustomize, progress)
        overlays = compare_builds(before, after)
    return _Upgrade(
        net=plan.name,
        old=old,
        new=new,
        file=testnet.at.path,
        text=pin(_text(base / testnet.at.path), testnet, new) if needed else "",
        edited=needed and published is not None and published.source_digest != testnet.digest,
        overlays=overlays,
    )


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: cannot be read any more: {error}"
        raise UsageError(message) from error


def _json(found: _Upgrade, *, written: bool) -> dict[str, object]:
    return {
        "net": found.net,
        "from": found.old or None,
        "to": found.new,
        "file": found.file,
        "written": bool(found.text) and written,
        "other_changes": found.edited,
        "overlays": [asdict(overlay) for overlay in found.overlays],
        "restarts": restarting(found.overlays),
    }


def _write(found: _Upgrade, console: Console, *, written: bool) -> None:
    if not found.text and not found.overlays:
        console.print(f"{found.net} is at the current overlays library, {found.new}")
        return
    old = found.old or "(not published)"
    console.print(f"{found.net}: overlays library {old} -> {found.new}", style="bold")
    if any(overlay.differs for overlay in found.overlays):
        console.print(_table(found.overlays))
    changed = sum(overlay.differs for overlay in found.overlays)
    restarts = restarting(found.overlays)
    console.print(
        f"{changed} of {len(found.overlays)} overlays change; workloads that restart:"
        f" {len(restarts)}"
    )
    refused = [name for overlay in found.overlays for name in overlay.replaced]
    if refused:
        console.print(
            "Kubernetes refuses to change these in place, and Flux will fail on them:"
            f" {', '.join(refused)}",
            style="yellow",
            soft_wrap=True,
        )
    if found.edited:
        console.print("the file has other changes that are not published; they are not shown here")
    if found.text:
        console.print(f"{'wrote' if written else 'would write'} {found.file}", soft_wrap=True)
    else:
        console.print(f"{found.file} says so already; publishing does it", soft_wrap=True)


def _table(overlays: Sequence[OverlayUpgrade]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("overlay", "added", "changed", "removed", "restarts"):
        count = name in {"added", "changed", "removed"}
        table.add_column(name, justify="right" if count else "left", overflow="fold")
    for overlay in overlays:
        if overlay.differs:
            table.add_row(
                overlay.path.removeprefix("clusters/").replace("/nets/", "/"),
                str(len(overlay.added) or "-"),
                str(len(overlay.changed) or "-"),
                str(len(overlay.removed) or "-"),
                ", ".join(name.partition("/")[2] for name in overlay.restarts) or "-",
            )
    return table
