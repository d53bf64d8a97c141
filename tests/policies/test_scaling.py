"""No rule is quadratic, by evaluated expressions where they show it and by time where not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.policies.cost import ROWS, evaluations, growth_in_time, tables_of
from tests.policies.opa import DIRECTORY, RULE, policies, rule_directories, rule_path

N = 1000
TWICE = 2.3  # at most, with twice the rows
FOUR_TIMES = 8.0  # at most, with four times the rows: n log n stays below 6, and n * n is 16
SHORT = 1000  # fewer expressions say nothing of growth

# The slowest form would take half a minute with as many rows as the rules get, and one that is
# quadratic in what it writes shows that only with more.
PROOF = {"index_plus_one": ROWS // 5, "keyed_rule": 2 * ROWS}

HEAD = "package testnet.rules.bad.{name}\n\n"
# The ways of asking "which of these share a key" that look harmless, one that is linear, and
# what shows them: "count" for evaluated expressions, "time" for those that only take longer.
FORMS: dict[str, tuple[str, str]] = {
    "neighbours": (
        "",
        """
_uses := sort([[use.key, use.at] | some use in data.facts.key_uses])

violations contains {"at": next[1]} if {
	some i, first in _uses
	next := _uses[i + 1]
	next[0] == first[0]
}
""",
    ),
    "pairwise": (
        "count",
        """
violations contains {"at": b.at} if {
	some i, a in data.facts.key_uses
	some j, b in data.facts.key_uses
	i < j
	a.key == b.key
}
""",
    ),
    "not_indexed": (
        "count",
        """
violations contains {"at": a.at} if {
	some a in data.facts.key_uses
	count({b.at | some b in data.facts.key_uses; b.key == a.key}) > 1
}
""",
    ),
    "scan_in_function": (
        "count",
        """
_holders(key) := {b.at | some b in data.facts.key_uses; b.key == key}

violations contains {"at": a.at} if {
	some a in data.facts.key_uses
	count(_holders(a.key)) > 1
}
""",
    ),
    "keyed_rule": (
        "time",
        """
_holders[use.key] contains use.at if some use in data.facts.key_uses

violations contains {"at": max(places)} if {
	some places in _holders
	count(places) > 1
}
""",
    ),
    "lookup_in_keyed_rule": (
        "count",
        """
_holders[use.key] contains use.at if some use in data.facts.key_uses

violations contains {"at": use.at} if {
	some use in data.facts.key_uses
	count(_holders[use.key]) > 1
}
""",
    ),
    "index_plus_one": (
        "time",
        """
_uses := sort([[use.key, use.at] | some use in data.facts.key_uses])

violations contains {"at": _uses[i + 1][1]} if {
	some i
	_uses[i][0] == _uses[i + 1][0]
}
""",
    ),
}


def write(directory: Path, name: str) -> Path:
    """Write a rule of one form beside a main module, and return the directory of both."""
    path = directory / "policies/bad" / name / RULE
    path.parent.mkdir(parents=True)
    path.write_text(HEAD.format(name=name) + FORMS[name][1], "utf-8")
    main = (DIRECTORY / "main.rego").read_text("utf-8")
    (directory / "policies/main.rego").write_text(main, "utf-8")
    version = (DIRECTORY / "version.rego").read_text("utf-8")
    (directory / "policies/version.rego").write_text(version, "utf-8")
    return directory / "policies"


def counted(directory: Path, scratch: Path, rows: int = N) -> dict[str, float]:
    """Return the growth of each module that does enough to have one."""
    once, twice = (evaluations(directory, scratch, n) for n in (rows, 2 * rows))
    return {name: twice[name] / once[name] for name in once if once[name] >= SHORT}


def test_twice_the_rows_take_twice_the_expressions(tmp_path: Path) -> None:
    growth = counted(DIRECTORY, tmp_path)
    assert len(growth) > len(policies().rules) / 2
    worse = {name: round(ratio, 2) for name, ratio in growth.items() if ratio > TWICE}
    assert not worse


@pytest.mark.parametrize("rule", rule_directories())
def test_four_times_the_rows_take_four_times_as_long(tmp_path: Path, rule: str) -> None:
    reference = f"{rule_path(rule)}.violations"
    tables = tables_of(DIRECTORY, DIRECTORY / rule / RULE)
    assert growth_in_time(DIRECTORY, tmp_path, reference, tables, limit=FOUR_TIMES) <= FOUR_TIMES


@pytest.mark.parametrize("form", FORMS)
def test_gate_stops_every_quadratic_form(tmp_path: Path, form: str) -> None:
    shown_by = FORMS[form][0]
    directory = write(tmp_path, form)
    (growth,) = (
        r for name, r in counted(directory, tmp_path, N // 2).items() if name.endswith(RULE)
    )
    assert (growth > TWICE) is (shown_by == "count")
    if shown_by != "count":
        reference = f"{rule_path(f'bad/{form}')}.violations"
        tables = frozenset({"key_uses"})
        rows = PROOF.get(form, ROWS)
        longer = growth_in_time(directory, tmp_path, reference, tables, limit=FOUR_TIMES, rows=rows)
        assert (longer > FOUR_TIMES) is (shown_by == "time")
