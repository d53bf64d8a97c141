"""The parts of the comment as Markdown: findings, and what becomes of each net."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from generator.finding import Finding, Severity
from generator.quantity import decimal_text
from generator.report.wording import counted
from generator.review.escape import code, fenced, html_code, prose, shorten
from generator.review.fitting import Block, Form, Weight, always, optional
from generator.review.model import (
    ChangeOf,
    Delta,
    ImageChange,
    ManifestDiff,
    NetReview,
    RegionReview,
    Removal,
)
from generator.review.picture import draw

_SIGNS = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.NOTE: "ℹ️"}  # noqa: RUF001 - signs of GitHub
_CHANGES = {ChangeOf.ADDED: "is added", ChangeOf.CHANGED: "changes", ChangeOf.REMOVED: "is removed"}
_NAMED, _MESSAGE = 5, 1_000


def finding_blocks(findings: Sequence[Finding]) -> Iterator[Block]:
    """Yield what a change adds, a line each, the most severe first."""
    if findings:
        yield always("\n### Findings\n\n")
    for finding in findings:
        yield optional(finding_line(finding), Weight.FINDING, "finding")


def finding_line(finding: Finding) -> str:
    """Return a finding as an entry of a list: where, what, what to do, and by which rule."""
    at = f"{finding.at.path}:{finding.at.line}"
    message = prose(shorten(finding.message, _MESSAGE))
    parts = [
        f"- {_SIGNS[finding.severity]} **{finding.severity}** {code(at)} {message}",
        f"  Fix: {prose(shorten(finding.remediation, _MESSAGE))} ({code(finding.rule)})",
        *(
            f"  See {code(f'{other.at.path}:{other.at.line}')} {prose(other.message)}"
            for other in finding.related[:_NAMED]
        ),
    ]
    return "  \n".join(parts) + "\n"


def known_block(findings: Sequence[Finding], count: int) -> Iterator[Block]:
    """Yield what was wrong before the change, folded."""
    if not count:
        return
    title = f"{counted(count, 'finding')} from before this change, not counted"
    lines = "".join(finding_line(finding) for finding in findings)
    yield optional(
        f"\n<details><summary>{title}</summary>\n\n{lines}\n</details>\n",
        Weight.KNOWN,
        "known-findings list",
        Form(text=f"\n{title}.\n"),
    )


def net_blocks(net: NetReview, *, alone: bool) -> Iterator[Block]:
    """Yield what becomes of a net; the picture of one that is `alone` is open."""
    line = Form(text=net_line(net), weight=Weight.LINE, what="net")
    full = Form(
        text="".join(_detail(net, "###" if alone else "####")),
        weight=Weight.DETAIL,
        what="net detail",
    )
    yield Block((full, line, Form(text="")))
    name = html_code(net.name)
    if net.topology:
        fold = "<details open>" if alone else "<details>"
        picture = fenced(draw(net.topology), "mermaid")
        yield optional(
            f"\n{fold}<summary>Topology of {name}</summary>\n\n{picture}\n</details>\n",
            Weight.PICTURE,
            "picture",
        )
    if net.join:
        text = fenced(net.join, "text")
        yield optional(
            f"\n<details><summary>How to join {name}</summary>\n\n{text}\n</details>\n",
            Weight.PICTURE,
            "join text",
        )
    for diff in net.manifests:
        yield _diff_block(name, diff)


def _diff_block(name: str, diff: ManifestDiff) -> Block:
    title = f"Manifests of {name} on {html_code(diff.cluster)}: +{diff.added} −{diff.removed}"  # noqa: RUF001 - a minus
    rest = f"\n{counted(diff.cut, 'more line')} in the report.\n" if diff.cut else ""
    text = (
        f"\n<details><summary>{title}</summary>\n\n{fenced(diff.text, 'diff')}{rest}\n</details>\n"
    )
    short = Form(text=f"\n{title}\n", weight=Weight.LINE, what="diff count")
    return Block((Form(text=text, weight=Weight.DIFF, what="manifest diff"), short, Form(text="")))


def net_line(net: NetReview) -> str:
    """Return what becomes of a net in one line."""
    daemons = _sum(region.daemons for region in net.regions)
    facts = [
        f"{_arrow(str(daemons.before), str(daemons.after))} daemons",
        f"USD {_arrow(*_costs(net.regions))} a month",
    ]
    for count, what in (
        (len(net.restarts), "restart"),
        (len(net.moves), "move"),
        (len(net.handovers), "key hand-over"),
    ):
        facts += [counted(count, what)] if count else []
    facts += ["**the chain restarts**"] if net.chain else []
    facts += [f"**{counted(net.removals.volumes, 'volume')} go**"] if net.removals else []
    return f"\n- {code(net.name)} {_CHANGES[net.change]}: {', '.join(facts)}\n"


def _detail(net: NetReview, level: str) -> Iterator[str]:
    yield f"\n{level} {code(net.name)} {_CHANGES[net.change]}\n\n"
    yield f"{'; '.join(_facts(net))}\n"
    if net.regions:
        yield "\n| region | clusters | daemons | stake | share of stake | USD a month |\n"
        yield "| --- | --- | ---: | ---: | ---: | ---: |\n"
        yield from _rows(net.regions)
    entries = list(_entries(net))
    if entries:
        yield "\n"
        yield from (f"- {entry}\n" for entry in entries)


def _facts(net: NetReview) -> Iterator[str]:
    if not net.purpose:
        yield "It cannot be planned as it is: see the findings"
        return
    before = net.purpose_before
    changed = before and before != net.purpose
    yield f"**{before} → {net.purpose}**" if changed else net.purpose
    owner = net.owner_before
    was = f"{code(owner)} → " if owner and owner != net.owner else ""
    yield f"owner {was}{code(net.owner)}"
    if net.expires and net.change is not ChangeOf.REMOVED:
        yield f"expires {code(net.expires)}"
    if net.protected:
        yield "**protected**"


def _rows(regions: Sequence[RegionReview]) -> Iterator[str]:
    total = _sums(regions)
    for region in regions:
        clusters = ", ".join(map(code, region.clusters))
        yield _row(code(region.region), clusters, region.daemons, region.stake, total, region)
    if len(regions) > 1:
        daemons = _sum(region.daemons for region in regions)
        cost = _arrow(*_costs(regions))
        stake = _arrow(total.before, total.after)
        counts = _arrow(str(daemons.before), str(daemons.after))
        yield f"| **all** | | {counts} | {stake} | | {cost} |\n"


def _row(  # noqa: PLR0913 - the cells
    region: str,
    clusters: str,
    daemons: Delta[int],
    stake: Delta[str],
    total: Delta[str],
    cost: RegionReview,
) -> str:
    counts = _arrow(str(daemons.before), str(daemons.after))
    share = _arrow(_share(stake.before, total.before), _share(stake.after, total.after))
    amount = _arrow(stake.before, stake.after)
    dollars = _arrow(cost.cost_month.before, cost.cost_month.after)
    return f"| {region} | {clusters} | {counts} | {amount} | {share} | {dollars} |\n"


def _arrow(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def _share(part: str, whole: str) -> str:
    return f"{Decimal(part) / Decimal(whole):.1%}" if Decimal(whole) else "-"


def _sum(deltas: Iterable[Delta[int]]) -> Delta[int]:
    found = list(deltas)
    return Delta(before=sum(d.before for d in found), after=sum(d.after for d in found))


def _sums(regions: Sequence[RegionReview]) -> Delta[str]:
    stakes = [region.stake for region in regions]
    return Delta(
        before=_total(stake.before for stake in stakes),
        after=_total(stake.after for stake in stakes),
    )


def _costs(regions: Sequence[RegionReview]) -> tuple[str, str]:
    costs = [region.cost_month for region in regions]
    return _total(cost.before for cost in costs), _total(cost.after for cost in costs)


def _total(amounts: Iterable[str]) -> str:
    return decimal_text(sum((Decimal(amount) for amount in amounts), Decimal(0)))


def _entries(net: NetReview) -> Iterator[str]:
    """Yield what happens to daemons, keys, volumes and images."""
    if net.waivers:
        yield f"⚠️ **waives**: {_listed(net.waivers)}"
    if net.chain:
        yield f"⚠️ **chain restart**: {prose(net.chain)}"
    if net.removals:
        yield f"⚠️ **goes for good**: {_removal(net.removals)}"
        if net.removals.needs_grant:
            yield _grant(net.name, net.removals)
    yield from _restarts(net)
    for move in net.moves[:_NAMED]:
        yield f"{code(move.daemon)} moves from {code(move.before)} to {code(move.after)}"
    if len(net.moves) > _NAMED:
        yield f"{counted(len(net.moves) - _NAMED, 'more daemon')} move"
    for key in net.handovers[:_NAMED]:
        target = f"to {code(key.after)}" if key.after else "and goes free"
        waits = f", and waits for {prose(key.waits_for)}" if key.waits_for else ""
        yield f"key {code(key.key)} leaves {code(key.before)} {target}{waits}"
    if len(net.handovers) > _NAMED:
        yield f"{len(net.handovers) - _NAMED} more keys are handed over, and wait for the same"
    yield from map(_image, net.images)


def _restarts(net: NetReview) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for restart in net.restarts:
        reasons.setdefault(restart.why, []).append(f"{restart.cluster}/{restart.daemon}")
    for why, daemons in sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0])):
        yield f"{counted(len(daemons), 'daemon')} restart ({prose(why)}): {_listed(daemons)}"
    if not reasons and net.change is ChangeOf.CHANGED and net.purpose:
        known = net.purpose_before
        yield "nothing restarts" if known else "what restarts cannot be told: see the findings"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(map(code, names[:_NAMED])) + more


def _removal(removal: Removal) -> str:
    parts = []
    if removal.namespaces:
        parts.append(f"the namespace on {_listed(removal.namespaces)} with all in it")
    if removal.daemons:
        parts.append(f"{counted(len(removal.daemons), 'daemon')} ({_listed(removal.daemons)})")
    if removal.volumes:
        parts.append(counted(removal.volumes, "volume"))
    return "; ".join(parts) or "its protection"


def _grant(net: str, removal: Removal) -> str:
    if removal.granted:
        return f"allowed by {code(removal.granted)}"
    line = code(f"Allow-removal: {net}")
    return f"it stays as it is published until a commit on main has the last line {line}"


def _image(image: ImageChange) -> str:
    if image.before and image.after:
        change = f"{code(image.before)} → {code(image.after)}"
    else:
        change = f"{code(image.after or image.before)} {'comes' if image.after else 'goes'}"
    return f"image {change} ({counted(image.count, 'daemon')})"
