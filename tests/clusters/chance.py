"""What is left to chance in a scenario follows from one seed, which every run tells."""

from __future__ import annotations

import os
import secrets
from random import Random

# TESTNET_SEED=... runs everything again with the choices of an earlier run.
SEED = os.environ.get("TESTNET_SEED") or str(secrets.randbelow(10**6))
os.environ["TESTNET_SEED"] = SEED  # the processes among which pytest divides tests share it


def chance(scenario: str) -> Random:
    """Return the choices of one scenario: those of others change nothing about them."""
    return Random(f"{SEED} {scenario}")  # noqa: S311 - no secret
