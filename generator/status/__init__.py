"""What is published held against what clusters say: what of it is delivered, and what is not."""

from __future__ import annotations

from generator.status.fold import fold
from generator.status.model import (
    ClusterStatus,
    Difference,
    FleetStatus,
    HandOver,
    Kind,
    OverlayStatus,
    SiteStatus,
)
from generator.status.published import Published

__all__ = [
    "ClusterStatus",
    "Difference",
    "FleetStatus",
    "HandOver",
    "Kind",
    "OverlayStatus",
    "Published",
    "SiteStatus",
    "fold",
]
