"""What holds of all rules: style, types, coverage, metadata, examples, and that each one runs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from generator.policies import read_examples
from generator.policies.metadata import COUNTS
from generator.rule import Rule, Subjects
from tests.policies import capabilities
from tests.policies.opa import (
    DIRECTORY,
    REPORT,
    RULE,
    SCHEMAS,
    TEST,
    answer,
    opa,
    policies,
    rule_directories,
    written,
)
from tests.policies.synthetic import make_facts

CHECK = ("check", "--strict", "--schema", SCHEMAS, "--capabilities", capabilities.PATH, "--bundle")
EXCUSE = "unreachable.md"


def where(subjects: Subjects) -> dict[str, Any]:
    """Return subjects as they stand in metadata."""
    if subjects.table.startswith(f"{COUNTS}."):
        return {"count": subjects.table.removeprefix(f"{COUNTS}.")}
    conditions = {column: list(values) for column, values in subjects.where.items()}
    return {"table": subjects.table} | ({"where": conditions} if conditions else {})


def test_style() -> None:
    done = opa("fmt", "--list", "--fail", DIRECTORY)
    assert done.returncode == 0, f"opa fmt -w {done.stdout}"


def test_types_columns_and_built_ins() -> None:
    done = opa(*CHECK, DIRECTORY)
    assert done.returncode == 0, done.stderr


def parameters_read(rule: str) -> set[str]:
    """Return the names of parameters that the text of a rule has."""
    text = (DIRECTORY / rule / RULE).read_text("utf-8")
    whole = re.escape(f'data.settings.parameters["{rule}"]')
    names = [re.escape(name) for name in re.findall(rf"^(\w+) := {whole}$", text, re.MULTILINE)]
    read = set(re.findall(rf"(?:{'|'.join([whole, *names])})\.(\w+)", text))
    assert text.count("data.settings") == len(re.findall(rf"{whole}(?:\.|$)", text, re.MULTILINE))
    assert bool(read) == ("data.settings" in text)
    return read


def test_rules_say_which_parameters_they_read() -> None:
    """What they do not say nobody would look for in the settings."""
    rules = policies().rules.values()
    assert {rule.id: set(rule.parameters) for rule in rules} == {
        rule.id: parameters_read(rule.id) for rule in rules
    }


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("some r in data.facts.nets; r.nonesuch", "undefined ref"),
        ("some r in data.facts.nonesuch; r.net", "undefined ref"),
        ('some r in data.facts.nets; sprintf("%s", [r.net]) != ""', "sprintf"),
        ("time.now_ns() > 1", "time.now_ns"),
        ('http.send({"url": "http://localhost"}).status_code == 200', "http.send"),
        ("opa.runtime().env.HOME", "opa.runtime"),
        ('rand.intn("x", 2) == 1', "rand.intn"),
        ('net.lookup_ip_addr("localhost")', "net.lookup_ip_addr"),
    ],
)
def test_check_would_find_it(tmp_path: Path, body: str, said: str) -> None:
    """The check above says no to what it is there for."""
    text = (DIRECTORY / "keys/unique/rule.rego").read_text("utf-8").partition("\njudged")[0]
    (tmp_path / RULE).write_text(f"{text}\nviolations contains {{}} if {{\n\t{body}\n}}\n", "utf-8")
    done = opa(*CHECK, tmp_path)
    assert done.returncode
    assert said in done.stderr


def test_capabilities_are_those_of_this_opa() -> None:
    assert capabilities.PATH.read_text("utf-8") == capabilities.text()


def test_modules_of_lib_know_the_columns() -> None:
    for path in (DIRECTORY / "lib").rglob("*.rego"):
        text = path.read_text("utf-8")
        if "data.facts" in text and not path.name.endswith("_test.rego"):
            assert "data.facts: schema.facts" in text, path


def test_rego_tests_pass_and_cover_every_line() -> None:
    plain = opa("test", "--bundle", DIRECTORY, "--fail-on-empty")
    assert plain.returncode == 0, plain.stdout + plain.stderr
    done = opa("test", "--bundle", DIRECTORY.name, "--coverage", "--format", "json")
    # OPA puts the bundle's own path before each path, once or twice.
    found = json.loads(done.stdout)["files"]
    files = {path.rpartition(f"{DIRECTORY.name}/")[2]: part for path, part in found.items()}
    missed = [
        f"{path}:{part['start']['row']}"
        for path, report in sorted(files.items())
        if path.endswith(RULE) or path.startswith("lib/")
        for part in report.get("not_covered", ())
    ]
    assert not missed, "\n".join(missed)
    assert {f"{rule}/{RULE}" for rule in policies().rules} <= set(files)


def test_opa_reads_the_same_metadata() -> None:
    seen = {}
    for entry in json.loads(opa("inspect", "-a", "-f", "json", DIRECTORY).stdout)["annotations"]:
        steps = [step["value"] for step in entry["path"]]
        if steps[:3] == ["data", "testnet", "rules"]:
            category, name = steps[3:]
            seen[f"{category}/{name}"] = entry["annotations"]
    assert set(seen) == set(policies().rules)
    for identity, said in seen.items():
        rule = policies().rules[identity]
        assert rule.subjects is not None
        subjects = said["custom"]["subjects"]
        for column, value in subjects.get("where", {}).items():
            subjects["where"][column] = value if isinstance(value, list) else [value]
        assert (said["scope"], said["title"], said["description"]) == (
            "package",
            rule.title,
            rule.why,
        )
        assert said["custom"] == {
            "severity": str(rule.severity),
            "waivable": rule.waivable,
            "remediation": rule.remediation,
            "subjects": where(rule.subjects),
        } | ({"parameters": rule.parameters} if rule.parameters else {})


@pytest.mark.parametrize("identity", rule_directories())
class TestDirectory:
    def test_is_complete(self, identity: str) -> None:
        directory = DIRECTORY / identity
        assert {RULE, TEST} <= {path.name for path in directory.iterdir()}
        excuse = directory / EXCUSE
        if excuse.is_file():
            assert len(excuse.read_text("utf-8").split()) >= 10
            assert not (directory / "bad").exists()
        else:
            assert any((directory / "good").rglob("*"))
            assert any((directory / "bad").rglob("*"))

    def test_examples_say_what_they_show(self, identity: str) -> None:
        rule = policies().rules[identity]
        examples = read_examples(DIRECTORY.parent, rule)
        for example in examples.values():
            for path, text in example.files.items():
                assert text.lstrip().startswith("#"), path
        if "bad" in examples:
            assert identity in {marked for _, _, marked in examples["bad"].marks}
            assert not examples["good"].marks


class TestRuns:
    """Every rule gives an answer, over facts as over none."""

    @pytest.mark.parametrize("rows", [0, 1])
    def test_every_rule_is_in_the_report(self, tmp_path: Path, rows: int) -> None:
        facts = written(tmp_path, make_facts(rows))
        report = answer(REPORT, facts)
        assert report["run"] == "synthetic"
        assert set(report["judged"]) == set(policies().rules)

    @pytest.mark.parametrize("rows", [0, 1])
    def test_every_rule_has_violations(self, tmp_path: Path, rows: int) -> None:
        facts = written(tmp_path, make_facts(rows))
        rules = answer("data.testnet.rules", facts)
        given = {
            f"{category}/{name}"
            for category, members in rules.items()
            for name, values in members.items()
            if "violations" in values and "judged" in values
        }
        assert given == set(policies().rules)

    def test_counts_what_its_metadata_name(self, tmp_path: Path) -> None:
        """As the engine does: a rule that judged other rows than it says has judged nothing."""
        made = make_facts(60)
        facts = written(tmp_path, made)
        judged = answer(REPORT, facts)["judged"]
        for identity, rule in policies().rules.items():
            assert judged[identity] == number(rule, made), identity


def number(rule: Rule, facts: dict[str, Any]) -> int:
    """Return how many subjects a rule has."""
    assert rule.subjects is not None
    table, _, count = rule.subjects.table.partition(".")
    if count:
        return int(facts[table][count])
    conditions = rule.subjects.where.items()
    return sum(all(row[c] in values for c, values in conditions) for row in facts[table])


def test_messages_are_alike() -> None:
    """Lower case first, no full stop at the end: as the findings of Python have it."""
    for path, text in policies().modules.items():
        for message in re.findall(r'"message": \$?["`](.+)["`],?$', text, re.MULTILINE):
            is_kind = re.match(r"[A-Z]\w*[a-z][A-Z]", message)
            assert is_kind or not message[0].isupper(), f"{path}: {message}"
            assert not message.endswith("."), f"{path}: {message}"
