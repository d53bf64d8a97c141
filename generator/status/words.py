"""A status in words: rows of tables, and lines that say what is not as published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from generator.report.wording import counted, visible
from generator.status.applied import SHORT
from generator.status.model import Difference, FleetStatus, Kind, OverlayStatus, SiteStatus

# Names before "and n more", and lines of one net on one cluster before the same.
_NAMED = 3
LINES = 8


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, and whether what it tells is as it should be."""

    cells: tuple[str, ...]
    well: bool


SITE_COLUMNS = ("net", "cluster", "delivered", "running", "applied", "not as published")
OVERLAY_COLUMNS = ("cluster", "overlay", "applied", "ready", "digest", "running")


def title(status: FleetStatus) -> str:
    """Return what is held against the clusters, in one line."""
    nets = {site.net for site in status.sites}
    what = f"{counted(len(nets), 'net')} on {counted(len(status.clusters), 'cluster')}"
    head = status.head[:SHORT] if status.head else "a tree without its history"
    return f"published: {head} ({status.branch}), {what}"


def verdict(status: FleetStatus) -> str:
    """Return in one line whether all is delivered, and if not, how much is in the way."""
    if status.delivered:
        pods = sum(site.running for site in status.sites)
        return f"all delivered: {counted(pods, 'pod')} run what was reviewed, and nothing else"
    count = len(status.all_differences)
    silent = sum(bool(cluster.failure) for cluster in status.clusters)
    parts = [f"{counted(count - silent, 'difference')}" if count > silent else ""]
    parts += [f"{counted(silent, 'cluster')} cannot be reached"] if silent else []
    return f"not all delivered: {', '.join(part for part in parts if part)}"


def site_rows(status: FleetStatus) -> list[Row]:
    """Return a row for each net on each cluster, with its phases compressed."""
    return [Row(_site_cells(site), site.delivered) for site in status.sites]


def _site_cells(site: SiteStatus) -> tuple[str, ...]:
    wanted = counted(len(site.overlays), "overlay")
    if not site.known:
        return site.net, site.cluster, "not known", f"? of {site.wanted}", "?", wanted
    if not site.overlays:
        return site.net, site.cluster, "foreign", "-", "-", "not published there"
    done = sum(overlay.delivered for overlay in site.overlays)
    late = [overlay.name for overlay in site.overlays if not overlay.delivered]
    extra = [f"{len(site.differences)} foreign"] if site.differences else []
    return (
        visible(site.net),
        visible(site.cluster),
        f"{done} of {len(site.overlays)}",
        f"{site.running} of {site.wanted}",
        _applied(site.overlays),
        ", ".join([*_compressed(late), *extra]) or "-",
    )


def _applied(overlays: Sequence[OverlayStatus]) -> str:
    """Return what the overlays are at: the same for all, or the worst of them."""
    if any(not overlay.revision for overlay in overlays):
        none = sum(not overlay.revision for overlay in overlays)
        return "nothing" if none == len(overlays) else f"nothing in {none}"
    if any(overlay.behind is None for overlay in overlays):
        return ", ".join(sorted({overlay.revision[:SHORT] for overlay in overlays}))
    worst = max(overlay.behind or 0 for overlay in overlays)
    return f"{worst} behind" if worst else "head"


def _compressed(names: Sequence[str]) -> list[str]:
    """Return names of overlays with numbers that follow one another as a range."""
    runs: list[tuple[str, int, int]] = []
    for name in names:
        phase, _, text = name.rpartition("-")
        number = int(text)
        if runs and (runs[-1][0], runs[-1][2] + 1) == (phase, number):
            runs[-1] = (phase, runs[-1][1], number)
        else:
            runs.append((phase, number, number))
    return [f"{p}-{a}" if a == b else f"{p}-{a}..{b}" for p, a, b in runs]


def overlay_rows(status: FleetStatus) -> list[Row]:
    """Return a row for each overlay of each net on each cluster."""
    rows = []
    for site in status.sites:
        for overlay in site.overlays:
            cells = (
                _overlay_cells(overlay) if site.known else ("?",) * 3 + (f"? of {overlay.wanted}",)
            )
            rows.append(Row((site.cluster, overlay.name, *cells), site.known and overlay.delivered))
    return rows


def _overlay_cells(overlay: OverlayStatus) -> tuple[str, ...]:
    applied = overlay.revision[:SHORT] or "nothing"
    if overlay.behind:
        applied += f", {overlay.behind} behind"
    equal = {"": "-", overlay.digest: "equal"}.get(overlay.reported, "differs")
    ready = "yes" if overlay.ready else overlay.reason.partition(":")[0] or "no"
    return applied, visible(ready), equal, f"{overlay.running} of {overlay.wanted}"


@dataclass(frozen=True, slots=True)
class Section:
    """Lines about one thing: a cluster, or a net on one."""

    title: str
    lines: tuple[str, ...]


def sections(status: FleetStatus, limit: int = LINES) -> list[Section]:
    """Return what is not as published, by where; `limit` lines each, 0 for all of them."""
    places: dict[tuple[int, str], list[Difference]] = {}
    for found in status.all_differences:
        places.setdefault(_place(found), []).append(found)
    return [
        Section(visible(where), _lines(found, limit))
        for (_, where), found in sorted(places.items(), key=lambda place: place[0][0])
    ]


def _place(found: Difference) -> tuple[int, str]:
    """Return under which title a difference is told, after how urgent it is."""
    if found.kind is Kind.KEY:
        return 0, "keys that are used twice"
    if found.kind is Kind.UNREACHABLE:
        return 1, "clusters that say nothing"
    if not found.net:
        return 2, f"Flux on {found.cluster}"
    return 3, f"{found.net} on {found.cluster}"


def _lines(differences: Iterable[Difference], limit: int) -> tuple[str, ...]:
    """Return a line for all that is said of a thing, and for all things of which it is said."""
    texts: dict[tuple[str, str], list[str]] = {}
    for found in differences:
        texts.setdefault((found.overlay, found.subject), []).append(found.text)
    said: dict[tuple[str, str], list[str]] = {}
    for (overlay, subject), parts in texts.items():
        said.setdefault((overlay, "; ".join(parts)), []).append(subject)
    lines = [visible(_line(overlay, text, of)) for (overlay, text), of in said.items()]
    if limit and len(lines) > limit:
        return (*lines[:limit], f"and {len(lines) - limit} more; name the net to see all of them")
    return tuple(lines)


def _line(overlay: str, text: str, subjects: Sequence[str]) -> str:
    names = ", ".join(subjects[:_NAMED])
    more = f" and {len(subjects) - _NAMED} more" if len(subjects) > _NAMED else ""
    where = f"{overlay}/" if overlay and list(subjects) != [overlay] else ""
    return f"{where}{names}{more}: {text}"


def handover_lines(status: FleetStatus) -> list[str]:
    """Return a line for each daemon that was told to stop."""
    return [
        visible(
            f"{found.net}/{found.daemon} on {found.cluster} ({found.key[:8]}…{found.key[-4:]}): "
            + (found.waits_for or "has stopped; the next publish gives its key on")
        )
        for found in status.handovers
    ]


VERDICT = "verdict"


def facts(status: FleetStatus) -> dict[str, str]:
    """Return everything that a person sees change: what is said, by what it is said of."""
    found = {
        f"{row.cells[0]} on {row.cells[1]}": ", ".join(
            f"{name} {cell}" for name, cell in zip(SITE_COLUMNS[2:5], row.cells[2:5], strict=True)
        )
        for row in site_rows(status)
    }
    for part in sections(status, 0):
        for line in part.lines:
            subject, _, text = line.partition(": ")
            found[f"{part.title}, {subject}"] = text
    for line in handover_lines(status):
        subject, _, text = line.partition(": ")
        found[f"hand-over of {subject}"] = text
    return found | {VERDICT: verdict(status)}


def news(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return a line for each thing of which something else is said now, or nothing any more."""
    gone = [f"{subject}: no longer" for subject in before if subject not in now]
    return gone + [f"{name}: {text}" for name, text in now.items() if before.get(name) != text]
