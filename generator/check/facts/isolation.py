"""Facts about what network policies let in and out of a net."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from generator.check.facts.table import Row
from generator.check.facts.unit import Origins, Unit, placed
from generator.check.places import Places
from generator.plan import Plan


def isolation_tables(
    plans: Iterable[Plan], units: Sequence[Unit], origins: Origins, places: Places
) -> Mapping[str, list[Row]]:
    """Return where nets are confined, and the rules of their policies, those alike once."""
    purposes = {plan.name: str(plan.testnet.purpose) for plan in plans}
    confined: dict[tuple[str, str], Row] = {}
    passages: dict[str, Row] = {}
    for unit in units:
        if unit.net not in purposes:
            continue
        head = {"net": unit.net, "cluster": unit.cluster, "purpose": purposes[unit.net]}
        at = places.number(origins.of_object(unit, ""))
        row = confined.setdefault((unit.net, unit.cluster), head | {"confined": False, "at": at})
        row["confined"] = row["confined"] or unit.seen["confined"]
        for seen in unit.seen["passages"]:
            passage = seen | {"purpose": head["purpose"]}
            likeness = unit.likeness(passage)
            if likeness not in passages:
                passages[likeness] = placed(passage, unit, origins, places)
    return {"isolation": list(confined.values()), "passages": list(passages.values())}
