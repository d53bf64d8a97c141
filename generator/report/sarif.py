"""Findings as SARIF 2.1.0, within what GitHub's code scanning takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from generator import __version__
from generator.finding import Finding, Location
from generator.report.excerpt import SourceLines
from generator.report.verdict import Verdict, by_weight, fingerprints
from generator.report.wording import counted
from generator.rule import Rule

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
MAX_RESULTS = 5_000
MAX_LOCATIONS = 1_000
# GitHub takes 10 MB after gzip. To keep to it before is simpler, and room for 5,000 all the same.
MAX_BYTES = 10_000_000

_URL = re.compile(r"https?://[!-~]+")
_FINGERPRINT = "testnetFinding/v1"
_Object = dict[str, object]


def report_sarif(verdict: Verdict, root: Path) -> str:
    """Return a verdict as a log with one run; its results begin with the most severe new ones."""
    findings, before = by_weight(verdict.findings), by_weight(verdict.before)
    found = [*findings, *before, *by_weight(verdict.waived)]
    rules = _rules(verdict.rules, found)
    run: _Object = {
        "tool": {"driver": _driver(rules.values())},
        "columnKind": "unicodeCodePoints",
        "properties": {
            "judged": dict(sorted(verdict.judged.items())),
            "summary": dict(verdict.summary),
        },
    }
    room = MAX_BYTES - len(json.dumps(run))
    results = _fitting(_results(verdict, found, list(rules), SourceLines(root)), room)
    run["invocations"] = [_invocation(len(found) - len(results))]
    run["results"] = results
    # In ASCII, so that no character of the input does anything to the terminal that shows it.
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n"


def _rules(known: Mapping[str, Rule], found: Iterable[Finding]) -> dict[str, _Object]:
    """Return the rules that are known, and those that only their findings describe, by name."""
    rules = {name: _rule(rule) for name, rule in known.items()}
    for finding in found:
        if finding.rule not in rules:
            described = Rule(
                id=finding.rule,
                title=finding.rule,
                why=finding.why,
                severity=finding.severity,
                remediation=finding.remediation,
                waivable=finding.waivable,
                doc=finding.doc,
            )
            rules[finding.rule] = _rule(described)
    return dict(sorted(rules.items()))


def _driver(rules: Iterable[_Object]) -> _Object:
    return {"name": "testnet", "version": __version__, "rules": list(rules)}


def _rule(rule: Rule) -> _Object:
    """Return the description of a rule; GitHub shows the help, and not the link to it."""
    words = [rule.why, rule.remediation, rule.doc]
    descriptor: _Object = {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in re.split(r"[^a-zA-Z0-9]+", rule.id)),
        "shortDescription": {"text": rule.title or rule.id},
        "fullDescription": {"text": rule.why or rule.title or rule.id},
        "help": {
            "text": "\n".join(word for word in words if word) or rule.id,
            "markdown": "\n\n".join(_help(rule)),
        },
        "defaultConfiguration": {"level": str(rule.severity)},
        "properties": {"tags": [rule.id.split("/")[0], *(["waivable"] if rule.waivable else [])]},
    }
    if _URL.fullmatch(rule.doc):
        descriptor["helpUri"] = rule.doc
    return descriptor


def _help(rule: Rule) -> Iterator[str]:
    """Yield the paragraphs of a rule's help in Markdown; the texts of rules may use it."""
    yield f"**{rule.title or rule.id}**"
    if rule.why:
        yield rule.why
    if rule.remediation:
        yield f"**Fix:** {rule.remediation}"
    if rule.doc:
        yield f"**More:** {rule.doc}"


def _results(
    verdict: Verdict, found: Sequence[Finding], rules: Sequence[str], lines: SourceLines
) -> Iterator[_Object]:
    """Yield results in the order of `found`: new ones, those found before, those waived."""
    index = {rule: number for number, rule in enumerate(rules)}
    new, old = len(verdict.findings), len(verdict.findings) + len(verdict.before)
    for number, (finding, name) in enumerate(zip(found, fingerprints(found), strict=True)):
        result = _result(finding, index[finding.rule], lines)
        result["partialFingerprints"] = {_FINGERPRINT: name}
        # By the specification either all results of a run have a state or none has.
        if verdict.before:
            result["baselineState"] = "unchanged" if new <= number < old else "new"
        if number >= old:
            result["suppressions"] = [_suppression(finding)]
        yield result


def _result(finding: Finding, index: int, lines: SourceLines) -> _Object:
    result: _Object = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": str(finding.severity),
        "message": {"text": f"{finding.message}\nfix: {finding.remediation}"},
        "locations": [_location(finding.at, lines)],
    }
    related = finding.related[: MAX_LOCATIONS - 1]
    if related:
        result["relatedLocations"] = [
            {"id": number, **_location(other.at, lines), "message": {"text": other.message}}
            for number, other in enumerate(related, 1)
        ]
    if finding.subject:
        result["properties"] = {"subject": finding.subject}
    return result


def _location(at: Location, lines: SourceLines) -> _Object:
    line, column = max(at.line, 1), max(at.column, 1)
    end = max(lines.end_column(at), column)
    region = {"startLine": line, "startColumn": column, "endColumn": end}
    # A path is no URI: `quote` keeps what may stand in one, and no colon makes it another scheme.
    uri = {"uri": quote(at.path.encode("utf-8", "replace")), "uriBaseId": "%SRCROOT%"}
    return {"physicalLocation": {"artifactLocation": uri, "region": region}}


def _suppression(finding: Finding) -> _Object:
    """Return by what a finding is waived; the last related place of it is the waiver."""
    suppression: _Object = {"kind": "external", "status": "accepted"}
    if finding.related:
        suppression["justification"] = finding.related[-1].message
    return suppression


def _fitting(results: Iterable[_Object], room: int) -> list[_Object]:
    """Return results from the first on, as many as there is room for."""
    fitting: list[_Object] = []
    for result in results:
        room -= len(json.dumps(result)) + 2
        if room < 0 or len(fitting) == MAX_RESULTS:
            break
        fitting.append(result)
    return fitting


def _invocation(left_out: int) -> _Object:
    invocation: _Object = {"executionSuccessful": True}
    if left_out:
        text = f"{counted(left_out, 'finding')} left out: the most severe ones are here"
        note = {"level": "warning", "message": {"text": text}}
        invocation["toolExecutionNotifications"] = [note]
    return invocation
