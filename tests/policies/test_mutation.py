"""The tests of the rules that matter most notice every small mistake in them."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.policies.mutate import Fate, Mutant, judge, mutants
from tests.policies.opa import DIRECTORY, RULE, TEST, rule_directories
from tests.policies.rego import bodies, tokens

CATEGORIES = ("keys", "regions", "secrets")
EQUIVALENT = Path(__file__).with_name("equivalent.yaml")

SAMPLE = """# METADATA
# title: 1 == 1
package testnet.rules.keys.sample

import data.testnet.lib.words

judged := count([1 | some net in data.facts.nets; net.stake > 2])

violations contains {
	"subject": net.net,
	"message": $"net \\"{net.net}\\" has {format_int(net.stake + 1, 10)} < 3",
	"at": net.at,
} if {
	some net in data.facts.nets
	net.stake >= 2 # not == 2
	not net.ledger
	net.net in {r.net | some r in data.facts.regions; r.seeds == 0}
}
"""


def chosen() -> list[str]:
    return [rule for rule in rule_directories() if rule.partition("/")[0] in CATEGORIES]


def source(rule: str) -> str:
    return (DIRECTORY / rule / RULE).read_text("utf-8")


def equivalent() -> set[tuple[str, str, str]]:
    entries: list[dict[str, Any]] = yaml.safe_load(EQUIVALENT.read_text("utf-8"))
    assert all(len(entry["reason"].split()) > 3 for entry in entries)
    return {(entry["rule"], entry["before"], entry["after"]) for entry in entries}


def test_every_mistake_is_noticed(tmp_path: Path) -> None:
    made = [mutant for rule in chosen() for mutant in mutants(rule, source(rule))]
    fates = judge(made, tmp_path)
    alive = {mutant for mutant, fate in fates.items() if fate is Fate.SURVIVED}
    known = equivalent()
    unnoticed = sorted(str(mutant) for mutant in alive if mutant.name not in known)
    assert not unnoticed, "\n".join(["no test fails with:", *unnoticed])
    assert known == {mutant.name for mutant in alive}, "listed as equivalent, but noticed or gone"
    counts = Counter(fates.values())
    assert counts[Fate.KILLED] > 5 * len(chosen())
    assert counts[Fate.INVALID] < counts[Fate.KILLED], "too many that do not even compile"


def test_rules_themselves_pass(tmp_path: Path) -> None:
    """Otherwise every mutant would look as if it had been noticed."""
    same = [Mutant(rule, 0, "", "", source(rule)) for rule in chosen()]
    assert set(judge(same, tmp_path).values()) == {Fate.SURVIVED}


def test_a_missing_test_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the test of unknown keys, the condition on them may go unseen."""
    rule = "keys/unique"
    directory = tmp_path / "policies"
    for part in ("lib", "settings"):
        (directory / part).mkdir(parents=True)
    (directory / rule).mkdir(parents=True)
    text = (DIRECTORY / rule / TEST).read_text("utf-8")
    cut = text.index("# A key that is in no pool")
    (directory / rule / TEST).write_text(text[:cut], "utf-8")
    monkeypatch.setattr("tests.policies.mutate.DIRECTORY", directory)
    fates = judge(mutants(rule, source(rule)), tmp_path)
    alive = [mutant for mutant, fate in fates.items() if fate is Fate.SURVIVED]
    assert {mutant.before for mutant in alive} == {'use.key != ""'}


@cache
def changes() -> set[tuple[str, str]]:
    return {(mutant.before, mutant.after) for mutant in mutants("keys/sample", SAMPLE)}


class TestMutator:
    """What is changed and what is not, by the changed lines of a sample."""

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("net.stake >= 2 # not == 2", "net.stake > 2 # not == 2"),
            ("net.stake >= 2 # not == 2", "net.stake < 2 # not == 2"),
            ("net.stake >= 2 # not == 2", "net.stake >= 1 # not == 2"),
            ("net.stake >= 2 # not == 2", "net.stake >= 3 # not == 2"),
            ("net.stake >= 2 # not == 2", "true # not == 2"),
            ("net.stake >= 2 # not == 2", "not net.stake >= 2 # not == 2"),
            ("net.stake >= 2 # not == 2", "net.at >= 2 # not == 2"),
            ("not net.ledger", "net.ledger"),
            ("not net.ledger", "true"),
            ('"at": net.at,', '"at": net.ledger,'),
            (
                "judged := count([1 | some net in data.facts.nets; net.stake > 2])",
                "judged := count([1 | some net in data.facts.nets; true])",
            ),
            (
                "net.net in {r.net | some r in data.facts.regions; r.seeds == 0}",
                "net.net in {r.net | some r in data.facts.regions; r.seeds != 0}",
            ),
            (
                "net.net in {r.net | some r in data.facts.regions; r.seeds == 0}",
                "true",
            ),
        ],
    )
    def test_changes(self, before: str, after: str) -> None:
        assert (before, after) in changes()

    def test_leaves_alone(self) -> None:
        for before, _ in changes():
            assert not before.startswith(("#", "import", "package", '"message"'))

    def test_strings_and_templates_are_one_token(self) -> None:
        text = '$"a {f("}", `x`)} \\" b" + `c " d` + "e # \\" f" # g "\n'
        assert [token.text for token in tokens(text) if token.kind == "string"] == [
            '$"a {f("}", `x`)} \\" b"',
            '`c " d`',
            '"e # \\" f"',
        ]

    def test_bodies_without_braces(self) -> None:
        text = "x if y == 1\nz if {\n\ta\n\tb; c\n}\n"
        found = [[text[s:e] for s, e in body] for body in bodies(tokens(text))]
        assert found == [["y == 1"], ["a", "b", "c"]]
