"""What may be set of rules without writing one: `policies/settings/data.yaml`."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Readonly
from decimal import Decimal
from typing import TypeAlias

from generator.finding import Finding, Location, Severity
from generator.guess import guess_clause
from generator.policies.fault import misread
from generator.rule import Rule, is_unwaivable
from generator.schema import check_schema
from generator.source import Mapping, Sequence, Value

PARTS = ("levels", "parameters")

Settings: TypeAlias = Readonly[str, Readonly[str, object]]
"""The settings as plain data: `levels` and `parameters`, each by rule."""


def plain(value: Value) -> object:
    """Return `value` as JSON has it."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [plain(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value


def check_settings(settings: Mapping, rules: Readonly[str, Rule]) -> Iterable[Finding]:
    """Find settings of rules that are not there, and levels that nobody may set."""
    for part in settings:
        if part not in PARTS:
            yield misread(
                f'unknown key "{part}"{guess_clause(part, PARTS)}',
                settings.key_at(part),
                "Keep only `levels` and `parameters`.",
            )
    for part in PARTS:
        entries = settings.get(part)
        if not isinstance(entries, Mapping):
            at = settings.value_at(part) if part in settings else settings.at
            yield misread(f'"{part}" must be a mapping', at, f"Write `{part}: {{}}`.")
            continue
        yield from _unknown(entries, rules)
        if part == "levels":
            yield from _check_levels(entries, rules)
        else:
            yield from _check_parameters(entries, rules)


def _unknown(entries: Mapping, rules: Readonly[str, Rule]) -> Iterable[Finding]:
    for rule in entries:
        if rule not in rules:
            yield misread(
                f'there is no rule "{rule}"{guess_clause(rule, rules)}',
                entries.key_at(rule),
                "Name a rule that `testnet rules` lists, or remove the line.",
                rule,
            )


def _check_levels(levels: Mapping, rules: Readonly[str, Rule]) -> Iterable[Finding]:
    for rule, level in levels.items():
        at: Location = levels.value_at(rule)
        if level not in tuple(Severity):
            names = ", ".join(Severity)
            yield misread(
                f'"{level}" is no severity'
                f"{guess_clause(level, Severity) if isinstance(level, str) else ''}",
                at,
                f"Choose one of: {names}.",
                rule,
            )
        elif rule in rules and is_unwaivable(rule) and level != rules[rule].severity:
            yield misread(f'the level of "{rule}" cannot be set', at, "Remove the line.", rule)


def _check_parameters(parameters: Mapping, rules: Readonly[str, Rule]) -> Iterable[Finding]:
    for rule in rules.values():
        if rule.parameters and rule.id not in parameters:
            names = ", ".join(f"`{name}`" for name in rule.parameters)
            yield misread(
                f'the parameters of "{rule.id}" are missing',
                parameters.at,
                f"Add `{rule.id}:` with {names}.",
                rule.id,
            )
    for name, values in parameters.items():
        if not isinstance(values, Mapping) or not values:
            yield misread(
                f'the parameters of "{name}" must be a mapping',
                parameters.value_at(name),
                "Give each parameter by its name, or remove the line.",
                name,
            )
        elif name in rules and rules[name].parameters:
            yield from _check_values(values, rules[name])


def _check_values(values: Mapping, rule: Rule) -> Iterable[Finding]:
    """Find what the rule does not read, lacks, or could not compare with."""
    schema = {
        "type": "object",
        "properties": dict(rule.parameters),
        "required": list(rule.parameters),
        "additionalProperties": False,
    }
    for finding in check_schema("settings", values, schema=schema):
        message = f'of the parameters of "{rule.id}", {finding.message}'
        yield misread(message, finding.at, finding.remediation, rule.id)
