"""The settings of the rules alone, for who compares with their figures and asks no rule."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from generator.errors import InvalidInput
from generator.policies.load import POLICIES, SETTINGS
from generator.policies.settings import plain
from generator.source import parse_document


def read_settings(root: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return `levels` and `parameters` as plain data; nothing where a repository has none.

    Raises:
        InvalidInput: when they are no YAML.
    """
    path = f"{POLICIES}/{SETTINGS}"
    if not (root / path).is_file():
        return {}
    mapping, findings = parse_document(path, (root / path).read_bytes())
    if mapping is None or findings:
        raise InvalidInput(findings, root)
    return cast("Mapping[str, Mapping[str, Any]]", plain(mapping))
