"""What a rule is, apart from the code that judges: its text, weight and subjects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.finding import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """What a rule judges: rows of a table whose columns have one of the values of `where`."""

    table: str
    where: Mapping[str, tuple[object, ...]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule, `category/name`: what must hold, why, and what to do where it does not.

    `doc` is a path below the root; `subjects` is None for a rule that is not a policy. `parameters`
    are what it reads in the settings, each with its JSON Schema; empty where it does not say.
    """

    id: str
    title: str
    why: str
    severity: Severity
    remediation: str
    waivable: bool
    doc: str
    subjects: Subjects | None = None
    parameters: Mapping[str, object] = field(default_factory=dict, hash=False)


def is_unwaivable(rule: str) -> bool:
    """Say whether no waiver and no setting may soften a rule.

    Real nets did run one key in several pods on purpose: to prevent just that is what this
    project exists for. What a waiver of a secret would allow is in the history for ever.
    """
    return rule == "keys/unique" or rule.startswith(("secrets/", "waivers/"))
