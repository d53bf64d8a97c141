"""The page docs/rules.md: `python -m tests.policies.page` writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from generator.policies import own_rules
from generator.report.rules import subjects_text
from generator.rule import Rule
from tests.policies.opa import DIRECTORY, policies
from tests.synthetic import REPOSITORY

PAGE = REPOSITORY / "docs/rules.md"
EXCUSE = "unreachable.md"

_HEAD = """\
# Rules

`.venv/bin/python -m tests.policies.page` writes this page from what the rules say of themselves; a
test compares the two. `testnet rules keys/unique` explains one, with its reason and its examples.

A rule with a link is a policy, and *judges* names the rows of the facts that it looks at
([check.md](check.md)). The others are Python's, and judge while files are read, planned and built.
"""
_UNREACHABLE = """
## What no file can break

These policies stand guard over the program itself. Their Rego tests break them; no example can.

"""
_COLUMNS = ("rule", "severity", "waivable", "what must hold", "judges")


def text() -> str:
    """Return the whole page."""
    rules = {**own_rules(), **policies().rules}
    return _HEAD + "".join(_categories(rules)) + _UNREACHABLE + "".join(_excuses(rules))


def _categories(rules: Mapping[str, Rule]) -> Iterator[str]:
    for category, members in groupby(sorted(rules), key=lambda name: name.partition("/")[0]):
        yield f"\n## {category}\n\n"
        yield _row(*_COLUMNS) + _row(*("---" for _ in _COLUMNS))
        for name in members:
            rule = rules[name]
            judges = subjects_text(rule) if rule.subjects else ""
            waivable = "yes" if rule.waivable else "no"
            yield _row(_link(rule), str(rule.severity), waivable, rule.title, judges)


def _excuses(rules: Mapping[str, Rule]) -> Iterator[str]:
    """Yield why rules cannot be broken from outside, each in a paragraph."""
    for name in sorted(rules):
        path = DIRECTORY / name / EXCUSE
        if path.is_file():
            yield f"- {_link(rules[name])}: {' '.join(path.read_text('utf-8').split())}\n"


def _link(rule: Rule) -> str:
    return f"[{rule.id}](../{rule.doc})" if rule.doc else rule.id


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


if __name__ == "__main__":
    PAGE.write_text(text(), "utf-8")
