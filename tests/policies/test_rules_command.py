"""`testnet rules`, and that it names every rule there is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from generator.main import main
from generator.policies import own_rules
from tests.policies.opa import policies
from tests.policies.python_rules import python_rules
from tests.policies.small import RULE, Small
from tests.repository import Run
from tests.synthetic import REPOSITORY

Command = Callable[..., Run]


@pytest.fixture
def run(small: Small, capsys: pytest.CaptureFixture[str]) -> Command:
    def command(*arguments: str) -> Run:
        code = main(["rules", "--root", str(small.root), *arguments])
        captured = capsys.readouterr()
        return Run(code, captured.out, captured.err)

    return command


def test_list_names_every_rule(run: Command) -> None:
    done = run()
    assert done.code == 0
    for rule in ("nets/good-name", *own_rules()):
        assert f"{rule} " in done.out
    assert f"{len(own_rules()) + 1} rules" in done.out


def test_list_for_scripts(run: Command) -> None:
    rules = json.loads(run("--output", "json").out)["rules"]
    assert [rule["id"] for rule in rules] == sorted([*own_rules(), "nets/good-name"])
    (own,) = (rule for rule in rules if rule["id"] == "nets/good-name")
    assert (own["severity"], own["waivable"]) == ("warning", True)
    assert own["subjects"] == {"table": "nets", "where": {"purpose": ["qa", "public"]}}


def test_one_rule_with_its_settings_and_examples(small: Small, run: Command) -> None:
    small.write(
        "settings/data.yaml",
        "levels: {nets/good-name: error}\nparameters: {nets/good-name: {x: 3}}",
    )
    done = run("nets/good-name")
    assert done.code == 0
    for text in (
        "nets/good-name: Every net has a good name",
        "warning, set to error",
        'every row of nets where purpose is "qa" or "public"',
        "x = 3",
        "Give the net a good name.",
        "> 2 | name: x # finding: nets/good-name",
        "  1 | # A name that says nothing.",
        "  2 | name: pickles",
    ):
        assert text in done.out


def test_one_rule_for_scripts(run: Command) -> None:
    rule = json.loads(run("nets/good-name", "-o", "json").out)["rule"]
    assert (rule["level"], rule["parameters"]) == (None, {"longest": 12})
    assert rule["examples"]["bad"]["findings"] == [
        {"path": "net.yaml", "line": 2, "rule": "nets/good-name"}
    ]


def test_a_rule_of_python(run: Command) -> None:
    done = run("yaml/alias")
    assert (done.code, own_rules()["yaml/alias"].why in done.out) == (0, True)
    assert json.loads(run("yaml/alias", "-o", "json").out)["rule"]["subjects"] is None


def test_a_count_is_judged(small: Small, run: Command) -> None:
    counted = RULE.replace("table: nets, where: {purpose: [qa, public]}", "count: objects")
    small.write("nets/good-name/rule.rego", counted)
    assert re.search(r"every one of the objects *$", run("nets/good-name").out, re.MULTILINE)


def test_an_unknown_rule(run: Command) -> None:
    done = run("nets/god-name")
    assert (done.code, 'did you mean "nets/good-name"?' in done.err) == (2, True)


def test_policies_of_another_directory(run: Command) -> None:
    done = run("--policies", str(REPOSITORY / "policies"))
    assert (done.code, "keys/unique " in done.out) == (0, True)


def test_a_mistake_in_the_metadata(small: Small, run: Command) -> None:
    small.write("nets/good-name/rule.rego", RULE.replace("warning", "fatal"))
    done = run()
    assert (done.code, "policies/nets/good-name/rule.rego:7:15" in done.err) == (2, True)


@pytest.mark.usefixtures("small")
def test_no_colour_where_none_is_wanted(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[31m" in run().out or "\x1b[1;31m" in run().out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;31m" not in run().out


def test_every_rule_of_the_code_is_described_once() -> None:
    """In the data file where Python judges alone, or else in the metadata of the policy."""
    assert set(own_rules()) == python_rules() - set(policies().rules)
