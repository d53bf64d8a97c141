"""Rules that Python judges itself: their text, since they have no directory of their own."""

from __future__ import annotations

from collections.abc import Mapping as Readonly
from functools import cache
from importlib.resources import files
from typing import cast

from generator.finding import Severity
from generator.rule import Rule
from generator.source import Mapping, Sequence, parse_document


@cache
def own_rules() -> Readonly[str, Rule]:
    """Return the rules of `generator/data/rules.yaml` by their ids."""
    text = files("generator").joinpath("data", "rules.yaml").read_bytes()
    mapping, findings = parse_document("generator/data/rules.yaml", text)
    if mapping is None or findings:
        raise ValueError(str(findings))
    entries = cast("list[Mapping]", list(cast("Sequence", mapping["rules"])))
    return {
        str(entry["id"]): Rule(
            id=str(entry["id"]),
            title=str(entry["title"]),
            why=str(entry["why"]),
            severity=Severity(str(entry.get("severity", Severity.ERROR))),
            remediation="",  # each finding has its own
            waivable=False,  # what cannot be read cannot be judged, nor let pass
            doc="",
        )
        for entry in entries
    }
