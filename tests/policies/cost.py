"""What evaluating a rule costs: evaluated expressions, which have no noise, and time."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

from tests.policies.opa import REPORT, loaded, opa, written
from tests.policies.synthetic import make_facts

_TABLE = re.compile(r"\bdata\.facts\.([a-z_]+)")
_LIB = re.compile(r"^import data\.testnet\.lib\.([a-z_]+)", re.MULTILINE)
_LEAST = 0.01  # seconds; what is shorter is noise

ROWS = 2500
REPEAT = 3


def evaluations(policies: Path, directory: Path, rows: int) -> Counter[str]:
    """Return how many expressions each module evaluates over facts of a size."""
    facts = written(directory, make_facts(rows))
    profile = _run(policies, facts, REPORT, "--profile", "--profile-limit", "0")["profile"]
    counts: Counter[str] = Counter()
    for entry in profile:
        counts[entry["location"]["file"]] += entry["num_eval"]
    return counts


def tables_of(policies: Path, module: Path) -> frozenset[str]:
    """Return the tables that a module reads, through lib too."""
    text = module.read_text("utf-8")
    for name in _LIB.findall(text):
        text += (policies / "lib" / f"{name}.rego").read_text("utf-8")
    return frozenset(_TABLE.findall(text))


def growth_in_time(  # noqa: PLR0913 - the measure, what is measured, and how
    policies: Path,
    directory: Path,
    reference: str,
    tables: frozenset[str],
    *,
    limit: float,
    rows: int = ROWS,
) -> float:
    """Return by what the time of a rule grows with four times the rows.

    What else runs on the machine only ever adds to a time. Where one time each says that the
    growth is beyond `limit`, the least of three decides, of processor time without the loading.
    """
    small, large = (
        written(directory, make_facts(n, tables), f"{n}.json") for n in (rows, 4 * rows)
    )
    quick = _wall(policies, large, reference) / max(_wall(policies, small, reference), _LEAST)
    if quick <= limit:
        return quick
    pairs = [
        (_processor(policies, large, reference), _processor(policies, small, reference))
        for _ in range(REPEAT)
    ]
    return min(pair[0] for pair in pairs) / max(min(pair[1] for pair in pairs), _LEAST)


def _wall(policies: Path, facts: Path, reference: str) -> float:
    """Return the seconds that a query took, without reading its facts."""
    metrics = _run(policies, facts, reference, "--metrics")["metrics"]
    return float(metrics["timer_rego_query_eval_ns"]) / 1e9


def _processor(policies: Path, facts: Path, reference: str) -> float:
    """Return the seconds of processor time by which a query costs more than none."""
    costs = []
    for query in (reference, "data.facts.run"):
        before = getrusage(RUSAGE_CHILDREN).ru_utime
        _run(policies, facts, query)
        costs.append(getrusage(RUSAGE_CHILDREN).ru_utime - before)
    return costs[0] - costs[1]


def _run(policies: Path, facts: Path, query: str, *options: str) -> dict[str, Any]:
    options = ("--format=json", "--fail", *options)
    done = opa("eval", *options, *loaded(policies, facts), query)
    assert not done.returncode, done.stdout[:2000] + done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result
