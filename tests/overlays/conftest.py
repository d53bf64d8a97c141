"""Fixtures of the tests of overlays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.overlays.pods import Pod, make_pod


@pytest.fixture
def pod(tmp_path: Path) -> Pod:
    """A pod without programs of its own."""
    return make_pod(tmp_path)
