"""`merging` of the fleet file: the strictest where nothing is said."""

from __future__ import annotations

from decimal import Decimal

import pytest

from generator.fleet import Automatic, MergeMethod, Merging, load_fleet
from tests.repository import FLEET, document, read_fleet

BOUNDS = 'automatic: {budget_month: "500.50", daemons: 40'

ALL = "deletions: true, restarts: true, handovers: true, warnings: true, forks: true"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("merging: {}\n", Merging()),
        ("merging: {method: rebase}\n", Merging(method=MergeMethod.REBASE)),
        (
            f"merging: {{{BOUNDS}}}}}\n",
            Merging(automatic=Automatic(budget_month=Decimal("500.50"), daemons=40)),
        ),
        (
            f"merging: {{{BOUNDS}, purposes: [qa, public], owners: [a, b], {ALL}}}}}\n",
            Merging(
                automatic=Automatic(
                    budget_month=Decimal("500.50"),
                    daemons=40,
                    purposes=("qa", "public"),
                    owners=("a", "b"),
                    deletions=True,
                    restarts=True,
                    handovers=True,
                    warnings=True,
                    forks=True,
                )
            ),
        ),
    ],
)
def test_policy(text: str, expected: Merging | None) -> None:
    assert read_fleet(FLEET + text).merging == expected


@pytest.mark.parametrize("flag", ["deletions", "restarts", "handovers", "warnings", "forks"])
def test_each_permission_is_its_own(flag: str) -> None:
    merging = read_fleet(f"{FLEET}merging: {{{BOUNDS}, {flag}: true}}}}\n").merging
    expected = Automatic(budget_month=Decimal("500.50"), daemons=40, **{flag: True})  # type: ignore[arg-type]
    assert merging == Merging(automatic=expected)


@pytest.mark.parametrize(
    "text",
    [
        "merging: {automatic: {}}\n",
        "merging: {automatic: {daemons: 1}}\n",
        "merging: {method: octopus}\n",
        "merging: {automatic: {budget_month: -1, daemons: 1}}\n",
        f"merging: {{{BOUNDS}, purposes: []}}}}\n",
        f"merging: {{{BOUNDS}, owners: [A]}}}}\n",
        f"merging: {{{BOUNDS}, deletions: maybe}}}}\n",
        f"merging: {{{BOUNDS}, everything: true}}}}\n",
    ],
)
def test_what_is_no_policy_is_found(text: str) -> None:
    fleet, findings = load_fleet(document("environments/fleet.yaml", FLEET + text))
    assert fleet is None
    assert findings
