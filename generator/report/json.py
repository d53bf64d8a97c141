"""Findings for programs: the object that generator/schemas/report.json describes."""

from __future__ import annotations

import json
from collections.abc import Iterator

from generator.finding import Finding, Location
from generator.report.verdict import Verdict, fingerprints, in_order
from generator.report.wording import severity_counts

# Raised only where a program that reads the report has to change.
VERSION = 1


def report_json(verdict: Verdict) -> str:
    """Return a verdict as JSON: the same bytes whenever the same is found."""
    groups = [in_order(group) for group in (verdict.findings, verdict.before, verdict.waived)]
    names = fingerprints(finding for group in groups for finding in group)
    findings, before, waived = ([_entry(f, names) for f in group] for group in groups)
    report = {
        "version": VERSION,
        "findings": findings,
        "before": before,
        "waived": waived,
        "counts": {str(s): count for s, count in severity_counts(verdict.findings).items()},
        "judged": dict(sorted(verdict.judged.items())),
        "summary": dict(verdict.summary),
        "valid_until": verdict.valid_until or None,
    }
    # In ASCII, so that no character of the input does anything to the terminal that shows it.
    return json.dumps(report, indent=2) + "\n"


def _entry(finding: Finding, names: Iterator[str]) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": finding.message,
        "remediation": finding.remediation,
        **_place(finding.at),
        "subject": finding.subject,
        "related": [{**_place(r.at), "message": r.message} for r in finding.related],
        "why": finding.why,
        "doc": finding.doc,
        "waivable": finding.waivable,
        "fingerprint": next(names),
    }


def _place(at: Location) -> dict[str, object]:
    return {"path": at.path, "line": at.line, "column": at.column}
