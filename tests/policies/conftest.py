"""Fixtures by noun."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.policies.small import Small


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """A repository with one rule of its own."""
    return Small(tmp_path)
