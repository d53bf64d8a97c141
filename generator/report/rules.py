"""Rules as people read them: a list by category, or one with its examples."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from generator.finding import Severity
from generator.policies import Example, Policies
from generator.rule import Rule

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold blue"}


def write_rules(rules: Iterable[Rule], console: Console) -> None:
    """Write a table of rules for each category."""
    count = 0
    for category, members in groupby(sorted(rules, key=_identity), key=_category):
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        table.add_column(category, no_wrap=True, min_width=30)
        for name in ("severity", "waivable", "what must hold"):
            table.add_column(name, overflow="fold", min_width=8)
        for rule in members:
            count += 1
            severity = Text(rule.severity, style=_STYLES[rule.severity])
            table.add_row(rule.id, severity, "yes" if rule.waivable else "no", Text(rule.title))
        console.print(table)
        console.print()
    console.print(f"{count} rules; `testnet rules RULE` explains one")


def write_rule(
    rule: Rule, policies: Policies, examples: Mapping[str, Example], console: Console
) -> None:
    """Write everything there is to know of one rule."""
    head = Text(rule.id, style="bold").append(f": {rule.title}", style="bold")
    console.print(head, soft_wrap=True)
    console.print()
    grid = Table.grid(padding=(0, 2, 0, 2))
    grid.add_column(style="dim")
    grid.add_column(max_width=100)
    for name, value in _facts(rule, policies):
        grid.add_row(name, Text(value))
    console.print(grid)
    for name, title in (("bad", "finds"), ("good", "accepts")):
        if name in examples:
            _write_example(rule, title, examples[name], console)


def rules_json(rules: Iterable[Rule]) -> str:
    """Return rules as a JSON object with one list."""
    entries = [_entry(rule) for rule in sorted(rules, key=_identity)]
    return json.dumps({"rules": entries}, indent=2, ensure_ascii=False)


def rule_json(rule: Rule, policies: Policies, examples: Mapping[str, Example]) -> str:
    """Return one rule as a JSON object, with its settings and examples."""
    more = {
        "level": policies.settings["levels"].get(rule.id),
        "parameters": policies.settings["parameters"].get(rule.id, {}),
        "examples": {
            name: {
                "files": example.files,
                "findings": [
                    {"path": path, "line": line, "rule": marked}
                    for path, line, marked in example.marks
                ],
            }
            for name, example in examples.items()
        },
    }
    return json.dumps({"rule": _entry(rule) | more}, indent=2, ensure_ascii=False)


def _identity(rule: Rule) -> str:
    return rule.id


def _category(rule: Rule) -> str:
    return rule.id.partition("/")[0]


def _entry(rule: Rule) -> dict[str, object]:
    subjects = rule.subjects
    return {
        "id": rule.id,
        "title": rule.title,
        "why": rule.why,
        "severity": str(rule.severity),
        "waivable": rule.waivable,
        "remediation": rule.remediation,
        "subjects": subjects
        and {"table": subjects.table, "where": {k: list(v) for k, v in subjects.where.items()}},
        "doc": rule.doc,
    }


def _facts(rule: Rule, policies: Policies) -> Iterable[tuple[str, str]]:
    yield "why", rule.why
    level = policies.settings["levels"].get(rule.id)
    yield "severity", f"{rule.severity}, set to {level}" if level else str(rule.severity)
    yield "waivable", "yes" if rule.waivable else "no"
    yield "judges", subjects_text(rule)
    parameters = policies.settings["parameters"].get(rule.id)
    if isinstance(parameters, Mapping):
        for name, value in parameters.items():
            yield "parameter", f"{name} = {json.dumps(value, ensure_ascii=False)}"
    yield "fix", rule.remediation or "as each finding says"


def subjects_text(rule: Rule) -> str:
    """Return what a rule judges, in words."""
    if rule.subjects is None:
        return "what people wrote, while it is read and planned"
    conditions = [
        f"{column} is {' or '.join(_word(value) for value in values)}"
        for column, values in rule.subjects.where.items()
    ]
    table, _, count = rule.subjects.table.partition(".")
    if count:
        return f"every one of the {count}"
    return f"every row of {table}{' where ' if conditions else ''}{' and '.join(conditions)}"


def _word(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _write_example(rule: Rule, title: str, example: Example, console: Console) -> None:
    """Write the files of an example; lines at which the rule is expected are marked."""
    for path, text in example.files.items():
        marked = {
            line for place, line, marked in example.marks if (place, marked) == (path, rule.id)
        }
        console.print()
        console.print(Text(title, style="bold").append(f" {path}", style="cyan"), soft_wrap=True)
        _write_lines(text.splitlines(), marked, console)


def _write_lines(lines: Sequence[str], marked: set[int], console: Console) -> None:
    width = len(str(len(lines)))
    for number, line in enumerate(lines, start=1):
        is_marked = number in marked
        margin = Text(f"{'>' if is_marked else ' '} {number:>{width}} | ", style="dim")
        style = _STYLES[Severity.ERROR] if is_marked else "default"
        console.print(margin.append(line, style=style), soft_wrap=True)
