"""What main wants of two small nets: where each of a few keys goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache

import ryaml

from tests.clusters.desk import Desk
from tests.synthetic import REPOSITORY

REGIONS = {
    "us-west-2": "aws-us-west-2",
    "eu-central-1": "aws-eu-central-1",
    "europe-west1": "gcp-europe-west1",
}
REGION = {cluster: region for region, cluster in REGIONS.items()}
# By net: the key of its seed, and that of its coordinator.
NETS = {"handover": ("qa-seed-9", "qa-210"), "other": ("qa-seed-8", "qa-209")}
GROUPS = ("mover", "runner")
KEY = "qa-030"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where a key is wanted."""

    net: str = "handover"
    group: str = "mover"
    region: str = "us-west-2"

    @property
    def cluster(self) -> str:
        return REGIONS[self.region]


def homes() -> dict[str, Home]:
    """Return where keys are at first: one stays on each cluster, one is there to move."""
    return {
        "qa-027": Home(group="bass", region="eu-central-1"),
        "qa-028": Home(group="fish", region="europe-west1"),
        "qa-029": Home(group="whale", region="us-west-2"),
        KEY: Home(),
    }


@dataclass
class Main:
    """What main wants, and the desk on which it is written."""

    desk: Desk
    homes: dict[str, Home] = field(default_factory=homes)
    written: dict[str, str] = field(default_factory=dict)
    in_order: bool = False  # a scenario has seen everything as it is wanted, and none began since

    def move(self, key: str = KEY, **changes: str) -> Home:
        """Have a key go somewhere else; return where."""
        self.homes[key] = replace(self.homes.get(key, Home()), **changes)
        self.write()
        return self.homes[key]

    def restore(self) -> None:
        """Have all keys where they were at first, but for the one that moves, in the first net."""
        self.homes = homes() | {KEY: replace(self.homes[KEY], net="handover")}
        self.write()

    def write(self, *only: str) -> None:
        """Write and commit the nets that changed, each in a commit of its own."""
        for name in only or NETS:
            homes = {key: home for key, home in self.homes.items() if home.net == name}
            if not homes:
                if self.written.pop(name, ""):
                    self.desk.remove(name)
            elif self.written.get(name) != (text := net(name, homes)):
                self.desk.write(name, text)
                self.written[name] = text


def net(name: str, homes: dict[str, Home], seed: str = "", snark: str = "") -> str:
    """Return a net with these producers on three clusters; a stake of 0 lets keys change nets."""
    groups = "".join(f"  - {_group(name, homes)}\n" for name in _names(homes))
    own_seed, own_snark = NETS.get(name, (seed, snark))
    return f"""\
name: {name}
owner: protocol
purpose: qa
ttl: 72h
flavour: mina
image: gcr.io/o1labs-192920/mina-daemon:3.0.3-bullseye-devnet
availability: single
regions: [{", ".join(REGIONS)}]
seeds: {{keys: [{own_seed}]}}
block_producers:
{groups}\
snark_pools:
  - {{name: snark, key: {own_snark}, fee: "0.001"}}
"""


def _names(homes: dict[str, Home]) -> Iterable[str]:
    return sorted({home.group for home in homes.values()})


def _group(name: str, homes: dict[str, Home]) -> str:
    found = {key: home for key, home in sorted(homes.items()) if home.group == name}
    pinned = ", ".join(f"{key}: {{region: {home.region}}}" for key, home in found.items())
    return f'{{name: {name}, keys: [{", ".join(found)}], stake: "0", overrides: {{{pinned}}}}}'


@cache
def label(key: str) -> str:
    """Return the label of a key's pods: the public key that the pool has under this name."""
    pool = ryaml.loads((REPOSITORY / "environments/keys/qa.yaml").read_text("utf-8"))
    return str(pool["keys"]["block-producer"][key])
