"""A review for a person at a terminal: what is wrong, then what becomes of each net."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from generator.finding import Finding, Severity
from generator.report.wording import counted
from generator.review.escape import shown
from generator.review.model import ChangeOf, Judgement, NetReview, RegionReview, Review

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold blue"}
_VERDICTS = {Judgement.PASS: "bold green", Judgement.FAIL: "bold red"}
_CHANGES = {ChangeOf.ADDED: "is added", ChangeOf.CHANGED: "changes", ChangeOf.REMOVED: "is removed"}
_NAMED, _SHORT, _LISTED = 5, 12, 20


def write_summary(review: Review, verdict: str, console: Console) -> None:
    """Write a review; `verdict` is its verdict in words."""
    for finding in review.findings:
        _write_finding(finding, console)
    for net in review.nets[:_LISTED]:
        _write_net(net, console)
    if len(review.nets) > _LISTED:
        console.print(f"and {len(review.nets) - _LISTED} more nets")
    if review.counts.known:
        known = f"{counted(review.counts.known, 'finding')} from before this change, not counted"
        console.print(Text(known, style="dim"))
    head = review.head[:_SHORT] or "the working tree"
    line = f"{verdict}; {head} against {review.base[:_SHORT]}"
    console.print(Text(line, style=_VERDICTS.get(review.verdict, "bold red")), soft_wrap=True)


def _write_finding(finding: Finding, console: Console) -> None:
    head = Text(f"{finding.severity}", style=_STYLES[finding.severity])
    head.append(f"[{shown(finding.rule)}]: {shown(finding.message)}", style="bold")
    console.print(head, soft_wrap=True)
    console.print(Text(f"  --> {shown(str(finding.at))}", style="cyan"), soft_wrap=True)
    console.print(Text(f"  fix: {shown(finding.remediation)}"), soft_wrap=True)


def _write_net(net: NetReview, console: Console) -> None:
    facts = [net.purpose, f"owner {net.owner}", f"expires {net.expires}" if net.expires else ""]
    line = Text(f"\n{shown(net.name)} {_CHANGES[net.change]}", style="bold")
    line.append(f"  {', '.join(shown(fact) for fact in facts if fact)}", style="default")
    console.print(line, soft_wrap=True)
    if net.regions:
        console.print(_table(net.regions))
    for text in _entries(net):
        console.print(Text(f"  {shown(text)}"), soft_wrap=True)


def _table(regions: Sequence[RegionReview]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("region", "clusters"):
        table.add_column(name, overflow="fold")
    for name in ("daemons", "stake", "USD a month"):
        table.add_column(name, justify="right")
    for region in regions:
        table.add_row(
            shown(region.region),
            shown(", ".join(region.clusters)),
            _arrow(str(region.daemons.before), str(region.daemons.after)),
            _arrow(region.stake.before, region.stake.after),
            _arrow(region.cost_month.before, region.cost_month.after),
        )
    return table


def _arrow(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def _entries(net: NetReview) -> Iterator[str]:
    if net.chain:
        yield f"chain restart: {net.chain}"
    if net.removals:
        gone = net.removals
        words = [
            f"the namespace on {_listed(gone.namespaces)}" if gone.namespaces else "",
            f"{counted(len(gone.daemons), 'daemon')}" if gone.daemons else "",
            counted(gone.volumes, "volume") if gone.volumes else "",
        ]
        grant = " (nobody has allowed it yet)" if gone.needs_grant and not gone.granted else ""
        yield f"goes for good: {', '.join(filter(None, words)) or 'its protection'}{grant}"
    reasons: dict[str, list[str]] = {}
    for restart in net.restarts:
        reasons.setdefault(restart.why, []).append(f"{restart.cluster}/{restart.daemon}")
    for why, daemons in reasons.items():
        yield f"{counted(len(daemons), 'daemon')} restart ({why}): {_listed(daemons)}"
    if net.moves:
        moves = [f"{move.daemon} ({move.before} → {move.after})" for move in net.moves]
        yield f"moves: {_listed(moves)}"
    for key in net.handovers[:_LISTED]:
        target = f"to {key.after}" if key.after else "and goes free"
        waits = f", waits for {key.waits_for}" if key.waits_for else ""
        yield f"key {key.key} leaves {key.before} {target}{waits}"
    for image in net.images:
        yield f"image {image.before or '-'} → {image.after or '-'} ({image.count})"
    for diff in net.manifests:
        yield f"manifests on {diff.cluster}: +{diff.added} -{diff.removed}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
