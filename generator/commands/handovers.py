"""Hand-overs of keys as a table for people and as rows for scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich import box
from rich.table import Table

from generator.publish.steps import KeyStep
from generator.register import Action

_SAID = {
    Action.CLAIM: "claimed",
    Action.DRAIN: "told to stop",
    Action.RESUME: "goes on: drain taken back",
    Action.RELEASE: "released",
    Action.HAND_OVER: "handed over",
    Action.WAIT: "waits",
}
_COLUMNS = ("key", "from", "to", "state", "waits for", "since", "then")


def handover_rows(steps: Iterable[KeyStep], since: Mapping[str, str]) -> list[dict[str, object]]:
    """Return a row for each hand-over, by the names of the table's columns."""
    return [
        {
            "key": step.key,
            "from": str(step.before.place) if step.before else None,
            "to": str(step.want.place) if step.want else None,
            "state": str(step.step.action),
            "waits_for": _waits_for(step),
            "since": since.get(step.key) or None,
            "then": list(_to_come(step)),
        }
        for step in steps
    ]


def _to_come(step: KeyStep) -> Iterable[str]:
    """Yield what later commits do with a key, when there is evidence and main stays as it is."""
    drains = step.after is not None and step.after.drain is not None
    if drains and step.want:
        yield f"{Action.HAND_OVER} to {step.want.place}"
    elif drains:
        yield str(Action.RELEASE)
    elif step.want and (step.after is None or step.after.place != step.want.place):
        yield f"{Action.CLAIM} by {step.want.place}"


def _waits_for(step: KeyStep) -> str | None:
    if step.step.action is Action.WAIT:
        return step.step.reason
    if step.step.action is Action.DRAIN and step.before:
        return f"evidence from {step.before.place.cluster} that its daemon has stopped"
    return None


def handover_table(steps: Iterable[KeyStep], since: Mapping[str, str]) -> Table:
    """Return a table of hand-overs: from where to where, and what each waits for."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in _COLUMNS:
        table.add_column(name, overflow="fold")
    for step in steps:
        table.add_row(
            _short(step.key),
            _place(step.before.place.cluster, step.before.net, step.before.place.name)
            if step.before
            else "-",
            _place(step.want.place.cluster, step.want.net, step.want.place.name)
            if step.want
            else "-",
            _SAID.get(step.step.action, str(step.step.action)),
            _waits_for(step) or "-",
            since.get(step.key) or "-",
            ", ".join(text.split()[0] for text in _to_come(step)) or "-",
        )
    return table


def _short(key: str) -> str:
    return f"{key[:8]}…{key[-4:]}"


def _place(cluster: str, net: str, name: str) -> str:
    return f"{net}/{name} on {cluster}"
