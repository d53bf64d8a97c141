"""Fixtures of the tests of reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.report.verdicts import write_sources


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A directory with the files that the findings are about."""
    return write_sources(tmp_path)
