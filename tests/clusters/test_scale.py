"""The measurement of a large net works: a small one."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.fleet import Fleet
from tests.clusters.scale import measure, table

pytestmark = pytest.mark.clusters


def test_both_ways_are_measured(fleet: Fleet, tmp_path: Path) -> None:
    figures = measure(tmp_path, fleet, ["aws-us-west-2"], 12)
    ours, plain = figures["testnet"], figures["plain"]
    # Ours are more by what the other way has before: platform, namespace, account, Kustomizations.
    assert 0 < plain.objects < ours.objects
    assert min(ours.running, plain.running, *ours.work.values()) > 0
    assert "| all applied and Ready, s |" in table(figures, 12, 1)
