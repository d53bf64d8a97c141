"""The tables of docs/realnets.md: `python -m tests.realnets.table` prints them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence

from generator.plan import Role
from generator.render.flux import overlay_names
from tests.realnets.convert import convert, has_daemons
from tests.realnets.data import Entry, entries
from tests.realnets.losses import LOSSES, Loss
from tests.realnets.planned import plan_nets, planned

# More ids than these are told by their number alone.
MOST_IDS = 12


def tables() -> dict[str, str]:
    """Return each table by its title, as Markdown."""
    nets = [entry for entry in entries().values() if has_daemons(entry)]
    return {
        "By platform and era": _by_era(nets),
        "By flavour": _by_flavour(nets),
        "Left out": _losses(nets, kept=False),
        "Kept in another shape": _losses(nets, kept=True),
    }


def era(entry: Entry) -> str:
    """Return platform and era of an entry, in few words."""
    return f"{entry['platform']}, {entry['era'].partition(' (')[0]}"


def _by_era(nets: Sequence[Entry]) -> str:
    rows: dict[str, Counter[str]] = {}
    for entry in nets:
        refused = bool(plan_nets([convert(entry)]).findings)
        plan = planned(entry["id"])
        counts = rows.setdefault(era(entry), Counter())
        counts.update(entries=1, faithful=not refused, refused=refused)
        counts["overlays"] += sum(len(overlay_names(plan, name)) for name in plan.by_cluster)
        for daemon in plan.daemons:
            counts[_column(daemon.role)] += daemon.replicas
    columns = {
        "entries": "entries",
        "faithful": "as they were",
        "refused": "refused on purpose",
        "overlays": "overlays",
        "daemons": "daemons",
        "workers": "SNARK workers",
        "services": "services",
    }
    total = sum(rows.values(), Counter())
    return _table(
        ["platform, era", *columns.values()],
        [
            [name, *(str(counts[column]) for column in columns)]
            for name, counts in [*rows.items(), ("**all**", total)]
        ],
    )


def _column(role: Role) -> str:
    return {Role.SNARK_WORKER: "workers", Role.SERVICE: "services"}.get(role, "daemons")


def _by_flavour(nets: Sequence[Entry]) -> str:
    counts = Counter(str(planned(entry["id"]).testnet.flavour_name) for entry in nets)
    dates: dict[str, list[str]] = {}
    for entry in nets:
        flavour = str(planned(entry["id"]).testnet.flavour_name)
        dates.setdefault(flavour, []).append(entry["source"].get("date", "after 2021-06"))
    return _table(
        ["flavour", "nets", "configurations from", "to"],
        [[name, str(counts[name]), min(days), max(days)] for name, days in dates.items()],
    )


def _losses(nets: Sequence[Entry], *, kept: bool) -> str:
    return _table(
        ["name", "what the entries have", "why", "entries"],
        [
            [f"`{loss.name}`", loss.what, loss.why, _ids(loss, nets)]
            for loss in LOSSES
            if loss.kept is kept
        ],
    )


def _ids(loss: Loss, nets: Iterable[Entry]) -> str:
    ids = [entry["id"] for entry in nets if loss.has(entry)]
    named = f": {', '.join(ids)}" if len(ids) <= MOST_IDS else ""
    return f"{len(ids)}{named}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    for title, table in tables().items():
        sys.stdout.write(f"### {title}\n\n{table}\n")
