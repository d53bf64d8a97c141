"""SARIF: valid by the OASIS schema, within the limits of GitHub, stable names."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema_rs import Draft4Validator

from generator import __version__
from generator.finding import Location, Related, Severity
from generator.report import sarif
from generator.report.sarif import report_sarif
from generator.report.verdict import Verdict, fingerprints
from tests.report.verdicts import NOTE, SMOKE, TAG, TWICE, finding, hostile_verdicts, verdict
from tests.synthetic import REPOSITORY

SCHEMA = REPOSITORY / "tests/data/sarif/sarif-schema-2.1.0.json"
NOWHERE = Path("/nonexistent")


@cache
def validator() -> Draft4Validator:
    """Return the schema of OASIS."""
    return Draft4Validator(json.loads(SCHEMA.read_text("utf-8")))


def run_of(shown: Verdict, root: Path = NOWHERE) -> dict[str, Any]:
    """Return the run of a valid report."""
    text = report_sarif(shown, root)
    log = json.loads(text)
    errors = [f"{list(e.instance_path)}: {e.message}" for e in validator().iter_errors(log)]
    assert not errors
    assert text.isascii()
    [run] = log["runs"]
    assert isinstance(run, dict)
    return run


def test_schema_would_notice() -> None:
    log = json.loads(report_sarif(verdict(TWICE), NOWHERE))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not validator().is_valid(log)


def test_rules_carry_their_help() -> None:
    driver = run_of(verdict(finding(), TAG))["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("testnet", __version__)
    rules = {rule["id"]: rule for rule in driver["rules"]}
    assert list(rules) == ["images/pinned", "keys/unique", "keys/unknown"]
    assert rules["images/pinned"] == {
        "id": "images/pinned",
        "name": "ImagesPinned",
        "shortDescription": {"text": "Images are pinned"},
        "fullDescription": {"text": "A tag can be moved."},
        "help": {
            "text": "A tag can be moved.\nAdd the digest.\nhttps://example.org/images/pinned",
            "markdown": (
                "**Images are pinned**\n\nA tag can be moved.\n\n**Fix:** Add the digest."
                "\n\n**More:** https://example.org/images/pinned"
            ),
        },
        "helpUri": "https://example.org/images/pinned",
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["images", "waivable"]},
    }
    # A path is no URI that anybody could open.
    assert "helpUri" not in rules["keys/unique"]
    assert rules["keys/unknown"]["help"]["text"] == "Register it."


def test_result_says_all_of_a_finding(sources: Path) -> None:
    run = run_of(verdict(TWICE), sources)
    [result] = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["ruleId"] == "keys/unique"
    assert result["level"] == "error"
    assert result["message"]["text"].splitlines() == [
        TWICE.message,
        "fix: Give one of the daemons another key.",
    ]
    [location] = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": SMOKE, "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 4, "startColumn": 26, "endColumn": 32},
    }
    [related] = result["relatedLocations"]
    assert related["message"]["text"] == "held by whale-1 of pickles-qa here"
    assert related["physicalLocation"]["region"]["startColumn"] == 12
    assert result["partialFingerprints"] == {"testnetFinding/v1": next(fingerprints([TWICE]))}
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["properties"]["judged"] == {"images/pinned": 51, "keys/unique": 220}
    assert not {"suppressions", "baselineState"} & set(result)


@pytest.mark.parametrize("level", list(Severity))
def test_levels_are_ours(level: Severity) -> None:
    [result] = run_of(verdict(finding(severity=level)))["results"]
    assert result["level"] == level


def test_new_before_and_waived_are_told_apart() -> None:
    waiver = Related(at=Location(SMOKE, 9, 1), message="waived by protocol until 2026-12-31")
    waived = (finding(related=(waiver,)), finding(line=5))
    run = run_of(verdict(NOTE, before=(TWICE,), waived=waived))
    new, before, first, second = run["results"]
    assert [r["baselineState"] for r in run["results"]] == ["new", "unchanged", "new", "new"]
    # What was found before keeps its level: it is the same alert.
    assert (new["level"], before["level"]) == ("note", "error")
    assert "suppressions" not in new
    assert "suppressions" not in before
    assert first["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "waived by protocol until 2026-12-31",
        }
    ]
    assert second["suppressions"] == [{"kind": "external", "status": "accepted"}]


def test_path_becomes_a_uri() -> None:
    at = Location("a b/%41:é#?.yaml", 1, 1)
    [result] = run_of(verdict(finding(at=at)))["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "a%20b/%2541%3A%C3%A9%23%3F.yaml"


class TestLimits:
    """What GitHub takes: the most severe first, and how many are left out."""

    def test_most_severe_first(self) -> None:
        shown = verdict(NOTE, TAG, finding(), before=(TWICE,))
        levels = [result["level"] for result in run_of(shown)["results"]]
        assert levels == ["error", "warning", "note", "error"]

    def test_results(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sarif, "MAX_RESULTS", 3)
        run = run_of(verdict(*[finding(line=n) for n in range(1, 6)], NOTE))
        assert [r["level"] for r in run["results"]] == ["error"] * 3
        [note] = run["invocations"][0]["toolExecutionNotifications"]
        assert note["message"]["text"].startswith("3 findings left out")

    def test_nothing_is_left_out_at_the_limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sarif, "MAX_RESULTS", 5)
        run = run_of(verdict(*[finding(line=n) for n in range(1, 6)]))
        assert len(run["results"]) == 5
        assert run["invocations"] == [{"executionSuccessful": True}]

    def test_five_thousand(self) -> None:
        shown = verdict(*[finding(line=n) for n in range(1, 5_101)])
        text = report_sarif(shown, NOWHERE)
        assert text.count('"ruleIndex"') == 5_000
        assert "100 findings left out" in text

    @pytest.mark.parametrize("size", [5_000, 20_000])
    def test_bytes(self, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
        monkeypatch.setattr(sarif, "MAX_BYTES", size)
        shown = verdict(*[finding(line=n, message="x" * 500) for n in range(1, 51)])
        text = report_sarif(shown, NOWHERE)
        assert size - 1_000 < len(text) < size + 500
        assert "findings left out" in text

    def test_locations(self) -> None:
        related = (Related(at=Location(SMOKE, 1, 1), message="here"),) * 1_500
        [result] = run_of(verdict(finding(related=related)))["results"]
        assert len(result["relatedLocations"]) + len(result["locations"]) == 1_000


@settings(max_examples=30)
@given(hostile_verdicts())
def test_hostile_text_is_valid(shown: Verdict) -> None:
    run = run_of(shown)
    count = len(shown.findings) + len(shown.before) + len(shown.waived)
    assert len(run["results"]) == count
    names = [r["partialFingerprints"]["testnetFinding/v1"] for r in run["results"]]
    assert len(set(names)) == count
