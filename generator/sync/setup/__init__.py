"""How a cluster is set up: what its API server says of what every net needs."""

from __future__ import annotations

from generator.sync.setup.fleet import read_setups
from generator.sync.setup.model import (
    Controller,
    Node,
    Provider,
    Reconciler,
    Right,
    Seen,
    Setup,
    Source,
    Space,
    StorageClass,
    Unseen,
    Wanted,
)

__all__ = [
    "Controller",
    "Node",
    "Provider",
    "Reconciler",
    "Right",
    "Seen",
    "Setup",
    "Source",
    "Space",
    "StorageClass",
    "Unseen",
    "Wanted",
    "read_setups",
]
