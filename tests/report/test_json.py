"""JSON for programs: what the published schema describes, the same bytes in every run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from generator.finding import Location, Severity
from generator.report.json import report_json
from generator.report.verdict import Verdict, fingerprints
from tests.report.verdicts import NOTE, SMOKE, TAG, TWICE, finding, hostile_verdicts, verdict
from tests.synthetic import REPOSITORY

SCHEMA = json.loads((REPOSITORY / "generator/schemas/report.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def walk(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every schema that describes a value."""
    yield path, schema
    for keyword in ("properties", "$defs"):
        for name, inner in schema.get(keyword, {}).items():
            yield from walk(inner, f"{path}/{name}")


def test_report_has_what_scripts_need() -> None:
    shown = verdict(TAG, TWICE, before=(NOTE,), waived=(TAG,), valid_until="2026-12-04T12:00:00Z")
    report = json.loads(report_json(shown))
    assert report["version"] == 1
    assert [entry["rule"] for entry in report["findings"]] == ["images/pinned", "keys/unique"]
    assert report["findings"][1] == {
        "rule": "keys/unique",
        "severity": "error",
        "message": 'key "qa-001" of whale-1 is also held by whale-1 of pickles-qa',
        "remediation": "Give one of the daemons another key.",
        "path": SMOKE,
        "line": 4,
        "column": 26,
        "subject": "qa-001",
        "related": [
            {
                "path": "environments/testnets/pickles-qa.yaml",
                "line": 4,
                "column": 12,
                "message": "held by whale-1 of pickles-qa here",
            }
        ],
        "why": "Two daemons that produce blocks with one key fork the chain.",
        "doc": "policies/keys/unique",
        "waivable": False,
        "fingerprint": next(fingerprints([TWICE])),
    }
    assert [entry["rule"] for entry in report["before"]] == ["regions/stake"]
    assert [entry["rule"] for entry in report["waived"]] == ["images/pinned"]
    assert report["counts"] == {"error": 1, "warning": 1, "note": 0}
    assert report["judged"] == {"images/pinned": 51, "keys/unique": 220}
    assert report["summary"] == {"nets": 2, "daemons": 9, "clusters": 1}
    assert report["valid_until"] == "2026-12-04T12:00:00Z"


def test_report_of_nothing() -> None:
    report = json.loads(report_json(Verdict(findings=())))
    VALIDATOR.validate(report)
    assert (report["findings"], report["valid_until"]) == ([], None)


def test_same_findings_are_the_same_bytes() -> None:
    one = verdict(TAG, TWICE, NOTE, seconds=1.0)
    other = replace(
        one,
        findings=(NOTE, TWICE, TAG),
        seconds=2.0,
        judged=dict(reversed(list(one.judged.items()))),
    )
    assert report_json(one) == report_json(other)


@given(hostile_verdicts())
def test_report_is_valid_and_plain(shown: Verdict) -> None:
    text = report_json(shown)
    assert text.isascii()
    assert all(char.isprintable() or char == "\n" for char in text)
    report = json.loads(text)
    VALIDATOR.validate(report)
    messages = sorted(entry["message"] for entry in report["findings"])
    assert messages == sorted(finding.message for finding in shown.findings)


class TestSchema:
    """The published schema: valid, closed, described, with examples that are valid."""

    def test_is_valid(self) -> None:
        Draft202012Validator.check_schema(SCHEMA)
        assert SCHEMA["$id"] == "https://testnet-gitops.invalid/schema/report.json"

    def test_is_closed_and_described(self) -> None:
        for path, schema in walk(SCHEMA):
            assert schema["title"].strip(), path
            assert schema["description"].endswith("."), path
            assert schema["examples"], path
            for example in schema["examples"]:
                errors = VALIDATOR.evolve(schema=schema).iter_errors(example)
                assert not list(errors), (path, example)
            if "properties" in schema:
                assert schema["additionalProperties"] is False, path
                assert set(schema["required"]) == set(schema["properties"]), path

    def test_every_definition_is_used(self) -> None:
        text = json.dumps(SCHEMA)
        assert all(f'"#/$defs/{name}"' in text for name in SCHEMA["$defs"])

    @pytest.mark.parametrize(
        "change",
        [
            {"severity": "fatal"},
            {"line": 0},
            {"more": 1},
            {"related": [{"path": "x", "line": 1, "column": 1}]},
        ],
    )
    def test_refuses_what_is_no_finding(self, change: dict[str, object]) -> None:
        report = json.loads(report_json(verdict(TWICE)))
        report["findings"][0] |= change
        assert list(VALIDATOR.iter_errors(report))

    def test_is_not_written_for_editors(self) -> None:
        assert not (REPOSITORY / "environments/schema/report.json").exists()


class TestFingerprints:
    """A name for a finding that stays when the finding moves."""

    def test_stays_when_lines_move(self) -> None:
        one = finding(message="as on line 12 of environments/fleet.yaml:12:3, which has 5 nets")
        moved = finding(
            line=9,
            column=1,
            message="as on line 14 of environments/fleet.yaml:14:3, which has 5 nets",
        )
        assert [*fingerprints([one])] == [*fingerprints([moved])]

    @pytest.mark.parametrize(
        "change",
        [
            {"rule": "keys/other"},
            {"subject": "qa-032"},
            {"message": 'key "qa-032" is in no pool'},
            {"message": "5 nets"},
            {"at": Location("environments/fleet.yaml", 4, 34)},
        ],
    )
    def test_differs_for_another_finding(self, change: dict[str, Any]) -> None:
        assert [*fingerprints([finding()])] != [*fingerprints([finding(**change)])]

    def test_does_not_depend_on_level_or_wording_of_the_rule(self) -> None:
        other = finding(severity=Severity.NOTE, why="x", doc="y", remediation="z")
        assert [*fingerprints([finding()])] == [*fingerprints([other])]

    def test_equal_ones_are_counted(self) -> None:
        first, second, third = fingerprints([finding(), finding(line=5), finding(line=6)])
        assert (second, third) == (f"{first}:2", f"{first}:3")

    def test_are_unique_over_all_groups(self) -> None:
        shown = verdict(finding(), before=(finding(line=5),), waived=(finding(line=6),))
        report = json.loads(report_json(shown))
        names = [report[group][0]["fingerprint"] for group in ("findings", "before", "waived")]
        assert len(set(names)) == 3
