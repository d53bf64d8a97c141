"""How a merged change comes up: what Flux reported, cluster by cluster, folded into one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from generator.plan import Phase
from generator.review.escape import code, fenced, prose, shorten

# What Flux's notifications say where all of an overlay is there; "success" alone says nothing.
SUCCEEDED = ("success", "reconciliation succeeded")
_FAILED = {"failure", "error"}
_SHORT = 12
_TEXT = 160  # characters of what somebody else says
_MOST_ROWS = 200


class State(StrEnum):
    """How far an overlay is."""

    PROVED = "proved"  # somebody saw it run as it is published
    APPLIED = "applied"
    RUNNING = "reconciling"
    SILENT = "no word yet"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What Flux said of an overlay on a commit of the published branch; `at` is RFC 3339."""

    commit: str
    state: str
    description: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What somebody who reaches the clusters saw of an overlay.

    `current` says that it was looked at as it was published by the change, or later.
    """

    delivered: bool
    current: bool
    reason: str
    running: int
    wanted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How a phase of a net is on a cluster; `commit` and `at` say where and when it was applied."""

    state: State
    commit: str = ""
    at: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A key whose daemon has to be seen to stop, and for what that waits."""

    key: str
    cluster: str
    net: str
    waits_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NetRollout:
    """A net: a cell for each cluster and phase, the keys that wait, how to join.

    Without cells, it is not in the published tree (any more).
    """

    name: str
    cells: Mapping[str, Mapping[Phase, Cell]]
    waiting: tuple[Waiting, ...] = ()
    join: str = ""

    @property
    def up(self) -> bool:
        """Whether all of it is there, and no key waits."""
        cells = [cell for phases in self.cells.values() for cell in phases.values()]
        there = all(cell.state in {State.APPLIED, State.PROVED} for cell in cells)
        return bool(cells) and there and not self.waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A net that publishing holds back, and why."""

    net: str
    reason: str
    others: str = ""
    commit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """A merged change: its commit of main, the first of the published branch that has it."""

    source: str
    published: str
    nets: tuple[NetRollout, ...] = ()
    held: tuple[Held, ...] = ()

    @property
    def up(self) -> bool:
        """Whether nothing more is to come."""
        return (
            bool(self.published) and not self.held and all(n.up or not n.cells for n in self.nets)
        )


def fold_cells(
    overlays: Mapping[str, Sequence[str]],
    reports: Mapping[tuple[str, str], Report],
    seen: Mapping[tuple[str, str], Seen] | None = None,
) -> dict[str, dict[Phase, Cell]]:
    """Return the cells of a net from its overlays by cluster, and what is known of them.

    `reports` and `seen` are by (cluster, overlay). Flux reports the last phase alone, which begins
    on a cluster when those before it are there at the same commit.
    """
    return {
        cluster: _cluster(cluster, names, reports, seen or {})
        for cluster, names in sorted(overlays.items())
    }


def _cluster(
    cluster: str,
    names: Sequence[str],
    reports: Mapping[tuple[str, str], Report],
    seen: Mapping[tuple[str, str], Seen],
) -> dict[Phase, Cell]:
    by_phase = {
        phase: [name for name in names if name.rpartition("-")[0] == phase] for phase in Phase
    }
    phases = [phase for phase in Phase if by_phase[phase]]
    cells: dict[Phase, Cell] = {}
    for phase in reversed(phases):
        looked = [seen.get((cluster, name)) for name in by_phase[phase]]
        told = [reports.get((cluster, name)) for name in by_phase[phase]]
        cell = _worst([_cell(*pair) for pair in zip(told, looked, strict=True)])
        last = cells.get(phases[-1])
        if cell.state is State.SILENT and last and last.state in {State.APPLIED, State.PROVED}:
            cell = Cell(state=State.APPLIED, commit=last.commit, at=last.at)
        cells[phase] = cell
    return {phase: cells[phase] for phase in phases}


def _cell(report: Report | None, seen: Seen | None) -> Cell:
    """Return what is known of one overlay; what was seen counts for more than what was told."""
    commit, at = (report.commit, report.at) if report else ("", "")
    if seen and seen.current and seen.delivered:
        return Cell(state=State.PROVED, commit=commit, at=at)
    if report is None:
        text = f"{seen.running}/{seen.wanted} pods; {seen.reason}".rstrip("; ") if seen else ""
        return Cell(state=State.RUNNING if seen and seen.current else State.SILENT, text=text)
    if report.state in _FAILED:
        return Cell(state=State.FAILED, commit=commit, at=at, text=report.description)
    if (report.state, report.description) == SUCCEEDED:
        return Cell(state=State.APPLIED, commit=commit, at=at)
    return Cell(state=State.RUNNING, commit=commit, at=at, text=report.description)


def _worst(cells: Sequence[Cell]) -> Cell:
    order = list(State)
    return max(cells, key=lambda cell: order.index(cell.state))


def render_rollout(rollout: Rollout, limit: int) -> str:
    """Return the section of a pull request's comment, of at most `limit` characters.

    What there is no room for goes: first how to join, then the tables, in the end all but the
    first line.
    """
    for parts in (_parts(rollout), _parts(rollout, join=False), _parts(rollout, tables=False)):
        text = "\n\n".join(parts)
        if len(text) <= limit:
            return text
    return _first(rollout)[: max(limit, 0)]


def _parts(rollout: Rollout, *, join: bool = True, tables: bool = True) -> Iterator[str]:
    yield _first(rollout)
    for held in rollout.held:
        yield _held(held)
    rows = 0
    for net in rollout.nets:
        rows += len(net.cells)
        yield from _net(net, join=join, tables=tables and rows <= _MOST_ROWS)


def _first(rollout: Rollout) -> str:
    if rollout.up:
        state = "🟢 everything is up"
    elif rollout.published:
        state = "🟡 coming up"
    else:
        state = "⚪ not published yet"
    where = f", published as {code(rollout.published[:_SHORT])}" if rollout.published else ""
    return f"### Rollout\n\n{state}: merged as {code(rollout.source[:_SHORT])}{where}."


def _held(held: Held) -> str:
    because = f" because of {code(held.others)}" if held.others else ""
    return f"🔴 {code(held.net)} is held back{because}: {prose(shorten(held.reason, 500))}"


def _net(net: NetRollout, *, join: bool, tables: bool) -> Iterator[str]:
    if not net.cells:
        yield f"**{code(net.name)}** is not in the published tree."
        return
    phases = [phase for phase in Phase if any(phase in cells for cells in net.cells.values())]
    if tables:
        yield f"**{code(net.name)}**"
        lines = [f"| cluster | {' | '.join(phases)} |", f"|---{'|---' * len(phases)}|"]
        for cluster, cells in net.cells.items():
            shown = [_shown(cells[phase]) if phase in cells else "" for phase in phases]
            lines.append(f"| {code(cluster)} | {' | '.join(shown)} |")
        yield "\n".join(lines)
    else:
        there = sum(
            all(c.state in {State.APPLIED, State.PROVED} for c in cells.values())
            for cells in net.cells.values()
        )
        yield f"**{code(net.name)}**: {there} of {len(net.cells)} clusters are up."
    for waiting in net.waiting:
        text = f"⏸ waiting for hand-over of {code(waiting.key)} on {code(waiting.cluster)}"
        yield f"{text}: {prose(shorten(waiting.waits_for, _TEXT))}"
    if join and net.up and net.join:
        summary = f"<details><summary>How to join {_plain(net.name)}</summary>"
        yield f"{summary}\n\n{fenced(net.join)}\n\n</details>"


def _plain(name: str) -> str:
    """Return the name of a net, which is a DNS label, for HTML."""
    return "".join(sign for sign in name if sign.isalnum() or sign == "-")


_SIGNS = {
    State.PROVED: "✅",
    State.APPLIED: "✅",
    State.RUNNING: "⏳",
    State.SILENT: "…",
    State.FAILED: "❌",
}


def _shown(cell: Cell) -> str:
    words = [_SIGNS[cell.state], str(cell.state)]
    if cell.commit and cell.state is not State.SILENT:
        words.append(f"at {code(cell.commit[:_SHORT])}")
    if cell.at:
        words.append(_time(cell.at))
    text = f": {code(shorten(cell.text, _TEXT))}" if cell.text else ""
    return f"{' '.join(words)}{text}"


def _time(at: str) -> str:
    """Return a time of GitHub, short; of one that is odd, nothing."""
    day, t, rest = at.partition("T")
    return f"{code(f'{day} {rest[:5]} UTC')}" if t and rest.endswith("Z") else ""
