"""What the metadata of all rules and the settings say, kept for the next run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from generator.cache import Cache
from generator.finding import Severity
from generator.policies.settings import PARTS, Settings
from generator.rule import Rule, Subjects


def recall(cache: Cache, key: str) -> tuple[Mapping[str, Rule], Settings] | None:
    """Return the rules and the settings that are kept under a key; None without any."""
    content = cache.read_json(key)
    try:
        if isinstance(content, dict):
            rules = [_rule(**row) for row in content["rules"]]
            settings = {part: dict(content["settings"][part]) for part in PARTS}
            return {rule.id: rule for rule in rules}, settings
    except (LookupError, TypeError, ValueError, AttributeError):
        pass  # not what `remember` wrote
    return None


def remember(cache: Cache, key: str, rules: Mapping[str, Rule], settings: Settings) -> None:
    """Keep rules and settings in which nothing is wrong."""
    content = {"rules": [asdict(rule) for rule in rules.values()], "settings": settings}
    cache.write_json(key, content)


def _rule(*, severity: str, subjects: Mapping[str, Any], **texts: Any) -> Rule:  # noqa: ANN401 - a row of JSON
    where = {column: tuple(values) for column, values in subjects["where"].items()}
    return Rule(
        severity=Severity(severity),
        subjects=Subjects(table=subjects["table"], where=where),
        **texts,
    )
