"""The METADATA comment at the top of a rule, read as OPA reads it but without OPA."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as Readonly
from dataclasses import replace
from typing import cast

from generator.finding import Finding, Location, Severity
from generator.guess import guess_clause
from generator.policies.fault import misread
from generator.policies.settings import plain
from generator.rule import Rule, Subjects, is_unwaivable
from generator.schema import check_schema
from generator.source import Mapping, Sequence, parse_document

COUNTS = "counts"

Columns = Readonly[str, frozenset[str]]
"""The columns of each table of the facts."""

_PACKAGE = re.compile(
    r"""package\ testnet\.rules
        (?:\.(?P<category>[a-z][a-z0-9_]*)|\["(?P<quoted_category>[a-z][a-z0-9-]*)"\])
        (?:\.(?P<name>[a-z][a-z0-9_]*)|\["(?P<quoted_name>[a-z][a-z0-9-]*)"\])""",
    re.VERBOSE,
)
_HEAD = "# METADATA"


def read_rule(
    identity: str, path: str, text: str, columns: Columns
) -> tuple[Rule | None, tuple[Finding, ...]]:
    """Read the metadata of the rule `identity` from the text of its module at `path`.

    The rule is None where any finding is given.
    """
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != _HEAD:
        message = f'rule "{identity}" does not begin with "{_HEAD}"'
        return None, (misread(message, Location(path), "Begin with the metadata.", identity),)
    end = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    # The comment keeps its lines and columns, so that places are those of the file.
    block = ["", *(line.replace("#", " ", 1) for line in lines[1:end])]
    mapping, findings = parse_document(path, "\n".join([*block, ""]).encode())
    found = list(findings)
    if mapping is not None:
        found.extend(check_schema("policy", mapping))
    found = [replace(finding, rule="policies/metadata", subject=identity) for finding in found]
    found.extend(_check_package(identity, path, lines[end] if end < len(lines) else "", end + 1))
    if found or mapping is None:
        return None, tuple(found)
    rule = _make(identity, path, mapping)
    found.extend(_check_subjects(rule, mapping, columns))
    found.extend(_check_waivable(rule, mapping))
    return (None if found else rule), tuple(found)


def _check_package(identity: str, path: str, line: str, number: int) -> Iterable[Finding]:
    """Find a package whose violations would be reported under another name, or nowhere."""
    at = Location(path, number)
    match = _PACKAGE.fullmatch(line.rstrip())
    parts = match.groupdict() if match else {}
    named = "/".join(
        parts.get(part) or parts.get(f"quoted_{part}") or "" for part in ("category", "name")
    )
    if named != identity:
        category, _, name = identity.partition("/")
        step = f'["{name}"]' if "-" in name else f".{name}"
        yield misread(
            f'the line after the metadata must be the package of "{identity}"',
            at,
            f"Write `package testnet.rules.{category}{step}`.",
            identity,
        )


def _make(identity: str, path: str, mapping: Mapping) -> Rule:
    custom = cast("Mapping", mapping["custom"])
    subjects = cast("Mapping", custom["subjects"])
    where = cast("Mapping", subjects.get("where", Mapping(path)))
    parameters = cast("Mapping", custom.get("parameters", Mapping(path)))
    return Rule(
        id=identity,
        title=str(mapping["title"]),
        why=str(mapping["description"]).strip(),
        severity=Severity(str(custom["severity"])),
        remediation=str(custom["remediation"]),
        waivable=bool(custom["waivable"]),
        doc=path.rpartition("/")[0],
        subjects=Subjects(
            table=str(subjects.get("table", f"{COUNTS}.{subjects.get('count')}")),
            where={
                column: tuple(value) if isinstance(value, Sequence) else (value,)
                for column, value in where.items()
            },
        ),
        parameters={name: plain(schema) for name, schema in parameters.items()},
    )


def _check_subjects(rule: Rule, mapping: Mapping, columns: Columns) -> Iterable[Finding]:
    """Find subjects that are in no table: their number would be compared with nothing."""
    assert rule.subjects is not None  # noqa: S101 - for mypy: `_make` gives them
    given = cast("Mapping", cast("Mapping", mapping["custom"])["subjects"])
    table = rule.subjects.table
    if "count" in given:
        known, name, at = columns.get(COUNTS, frozenset()), str(given["count"]), "count"
    else:
        known, name, at = frozenset(columns) - {COUNTS}, table, "table"
    if name not in known:
        yield misread(
            f'the facts have no {at} "{name}"{guess_clause(name, known)}',
            given.value_at(at),
            f"Choose one of: {', '.join(sorted(known))}.",
            rule.id,
        )
        return
    for column in rule.subjects.where:
        if column not in columns[table]:
            yield misread(
                f'table "{table}" has no column "{column}"{guess_clause(column, columns[table])}',
                cast("Mapping", given["where"]).key_at(column),
                f"Choose one of: {', '.join(sorted(columns[table]))}.",
                rule.id,
            )


def _check_waivable(rule: Rule, mapping: Mapping) -> Iterable[Finding]:
    wanted = not is_unwaivable(rule.id)
    if rule.waivable is not wanted:
        reason = "may be" if wanted else "can never be"
        yield misread(
            f'"{rule.id}" {reason} waived: only keys/unique and secrets/* are beyond waivers',
            cast("Mapping", mapping["custom"]).value_at("waivable"),
            f"Write `waivable: {str(wanted).lower()}`.",
            rule.id,
        )
