"""Rego and plain Python agree on who breaks a rule, over facts that nobody chose."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policies.opa import DIRECTORY, RULE, answer, rule_path, written
from tests.policies.oracle import ORACLES

Facts = dict[str, list[dict[str, Any]]]

# Few values, so that they often meet; places are numbers of their own.
REGIONS = ("us", "eu", "asia", "sa")
NETS = ("a", "b", "c")
DOCUMENTS = 12  # sets of facts for one start of OPA
LEAST = 50

uses = st.fixed_dictionaries(
    {
        "key": st.sampled_from(["", "aa", "bb", "cc"]),
        "name": st.sampled_from(["k", "l"]),
        "daemon": st.sampled_from(["a/x", "a/y", "b/x"]),
    }
)
ports = st.fixed_dictionaries(
    {
        "cluster": st.sampled_from(["west", "east"]),
        "protocol": st.sampled_from(["TCP", "UDP"]),
        "number": st.integers(10_000, 10_002),
        "daemon": st.sampled_from(["a/x", "a/y", "b/x"]),
    }
)
daemons = st.fixed_dictionaries(
    {
        "host": st.sampled_from(["", "x.example.org", "y.example.org"]),
        "daemon": st.sampled_from(["a/x", "a/y", "b/x"]),
    }
)
# Amounts around the bounds: a half, three fifths and two thirds of a sum.
amounts = st.sampled_from([0, 1, 2, 3, 4, 5, 6, 10])


@st.composite
def nets(draw: st.DrawFn) -> Facts:
    """Nets with regions, whose stake may be more than what their producers have."""
    found: Facts = {"nets": [], "regions": []}
    for name in draw(st.lists(st.sampled_from(NETS), unique=True)):
        rows: list[dict[str, Any]] = [
            {
                "net": name,
                "region": region,
                "stake": draw(amounts),
                "seeds": draw(st.integers(0, 2)),
                "daemons": draw(st.integers(0, 2)),
            }
            for region in draw(st.lists(st.sampled_from(REGIONS), unique=True))
        ]
        found["regions"] += rows
        produced: int = sum(row["stake"] for row in rows)
        found["nets"].append(
            {
                "net": name,
                "availability": draw(st.sampled_from(["high", "high", "single"])),
                "stake": produced + draw(st.sampled_from([0, 0, 0, 1, 5])),
            }
        )
    return found


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    found = draw(nets())
    found["key_uses"] = draw(st.lists(uses, max_size=6))
    found["host_ports"] = draw(st.lists(ports, max_size=6))
    found["daemons"] = draw(st.lists(daemons, max_size=6))
    place = 0
    for rows in found.values():
        for row in rows:
            row.update({"at": place, "regions_at": place + 1})
            place += 2
    return found


def judged_by_rego(documents: list[Facts], directory: Path) -> list[dict[str, Any]]:
    """Return the violations of each set of facts by rule, from one run of OPA."""
    module = directory / "batch.rego"
    members = "\n".join(
        f"\t{name} := {rule_path(rule)}.violations with data.facts as document"
        for name, rule in zip("abcdef", ORACLES, strict=True)
    )
    pairs = ", ".join(f'"{rule}": {name}' for name, rule in zip("abcdef", ORACLES, strict=True))
    query = f"[{{{pairs}}} |\n\tsome document in data.facts.documents\n{members}\n]"
    module.write_text(f"package batch\n\nanswers := {query}\n", "utf-8")
    file = written(directory, {"documents": documents})
    found: list[dict[str, Any]] = answer("data.batch.answers", file, more=(module,))
    return found


def test_agrees_with_plain_python(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=50)
    @given(documents=st.lists(facts(), min_size=DOCUMENTS, max_size=DOCUMENTS))
    def agrees(documents: list[Facts]) -> None:
        answers = judged_by_rego(documents, tmp_path)
        assert len(answers) == len(documents)
        for document, by_rule in zip(documents, answers, strict=True):
            for rule, oracle in ORACLES.items():
                found = {(v["subject"], v["at"]) for v in by_rule[rule]}
                assert found == set(oracle(document)), (rule, document)
                seen[rule] += len(found)

    agrees()
    # Where nothing was found, agreeing says nothing.
    assert all(seen[rule] > LEAST for rule in ORACLES), seen


def test_every_rule_is_there() -> None:
    assert all((DIRECTORY / rule / RULE).is_file() for rule in ORACLES)
