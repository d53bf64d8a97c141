"""A small net in which one key moves, and what brings a move to its end."""

from __future__ import annotations

import time
from collections.abc import Sequence

from tests.clusters.desk import Desk
from tests.clusters.observer import Observer

REGIONS = {"us-west-2": "aws-us-west-2", "eu-central-1": "aws-eu-central-1"}


def small(region: str, group: str = "mover") -> str:
    """Return a net in which one producer, with the key qa-030, is in a region and of a group."""
    return f"""\
name: handover
owner: protocol
purpose: qa
ttl: 72h
flavour: mina
image: gcr.io/o1labs-192920/mina-daemon:3.0.3-bullseye-devnet
availability: single
regions: [us-west-2, eu-central-1, europe-west1]
seeds: {{keys: [qa-seed-9]}}
block_producers:
  - {{name: whale, keys: [qa-029], stake: "1000000", regions: [us-west-2]}}
  - {{name: fish, keys: [qa-028], stake: "1000000", regions: [europe-west1]}}
  - {{name: bass, keys: [qa-027], stake: "1000000", regions: [eu-central-1]}}
  - {{name: {group}, keys: [qa-030], stake: "1000000", regions: [{region}]}}
snark_pools:
  - {{name: snark, key: qa-210, fee: "0.001"}}
"""


def holder(observer: Observer, group: str) -> str:
    """Return the label of the key that a pod of a group holds, nothing where there is none."""
    found = [
        key
        for key, places in observer.running().items()
        if any(f"/{group}-" in pod for _, pod in places)
    ]
    return found[0] if found else ""


def hand_over(
    desk: Desk,
    observer: Observer,
    key: str,
    target: str,
    options: Sequence[str] = ("--evidence", "kubernetes"),
) -> None:
    """Publish again and again until the key is alive on the target and nowhere else."""
    until = time.monotonic() + 180
    while {cluster for cluster, _ in observer.running().get(key, ())} != {target}:
        last = desk.publish(*options)
        assert time.monotonic() < until, f"{observer.running()}: {last}"
        time.sleep(2)
