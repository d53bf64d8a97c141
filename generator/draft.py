"""A new testnet file: which free keys it takes, and its text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from generator.errors import UsageError
from generator.flavour import FLAVOURS, FlavourName
from generator.keys import Key, KeyInventory, KeyKind
from generator.testnet import Purpose
from generator.yaml import emit

SCHEMA_COMMENT = "yaml-language-server: $schema=../schema/testnet.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a person wants of a new net."""

    name: str
    owner: str
    purpose: Purpose
    ttl: str
    flavour: FlavourName
    image: str
    regions: tuple[str, ...]
    seeds: int
    producers: int
    stake: str
    workers: int


def draft_testnet(draft: Draft, inventory: KeyInventory, used: frozenset[str]) -> str:
    """Return the text of a testnet file; `used` are names of keys that are taken.

    Raises:
        UsageError: when a pool has too few free keys.
    """
    flavour = FLAVOURS[draft.flavour]

    def choose(kind: KeyKind, count: int) -> list[str]:
        free = [
            key
            for key in inventory.of_kind(kind)
            if key.name not in used
            and (kind is KeyKind.LIBP2P or not flavour.why_unreadable(key.public_key))
        ]
        return choose_keys(free, count, draft.name, kind)

    seeds: dict[str, object] = {"count": draft.seeds}
    if flavour.libp2p:
        seeds = {"keys": compress(choose(KeyKind.LIBP2P, draft.seeds))}
    document: dict[str, object] = {
        "name": draft.name,
        "owner": draft.owner,
        "purpose": str(draft.purpose),
        **({"ttl": draft.ttl} if draft.purpose is Purpose.QA else {}),
        "flavour": str(draft.flavour),
        "image": draft.image,
        **({"availability": "single"} if len(draft.regions) == 1 else {}),
        "regions": list(draft.regions),
        "seeds": seeds,
    }
    if draft.producers:
        group: dict[str, object] = {
            "name": "producer",
            "keys": compress(choose(KeyKind.BLOCK_PRODUCER, draft.producers)),
        }
        if flavour.ledger_file:
            group["stake"] = draft.stake
        document["block_producers"] = [group]
    if draft.workers:
        document["snark_pools"] = [
            {
                "name": "snark",
                "region": draft.regions[0],
                "key": choose(KeyKind.SNARK, 1)[0],
                "workers": draft.workers,
                "work_selection": "rand",
                "fee": "1" if flavour.whole_fees else "0.001",
            }
        ]
    return emit([document], header=SCHEMA_COMMENT)


def choose_keys(free: Sequence[Key], count: int, name: str, kind: KeyKind) -> list[str]:
    """Return names of `count` free keys in a row, from a place that the net's name decides.

    A row of n out of N starts anywhere with the same chance, so that two nets meet with
    about 2n/N; keys picked one by one would nearly always have one in common.
    """
    if len(free) < count:
        message = (
            f"{count} free {kind} keys are needed and the pools have {len(free)};"
            " docs/keys.md says how to fill a pool"
        )
        raise UsageError(message)
    room = len(free) - count + 1
    start = int.from_bytes(hashlib.sha256(f"{name}/{kind}".encode()).digest()[:8]) % room
    return [key.name for key in free[start : start + count]]


def compress(names: Iterable[str]) -> list[str]:
    """Write names in a row as ranges: qa-001, qa-002, qa-003 becomes qa-001..qa-003."""
    runs: list[list[str]] = []
    for name in names:
        if runs and _follows(runs[-1][-1], name):
            runs[-1].append(name)
        else:
            runs.append([name])
    return [run[0] if len(run) == 1 else f"{run[0]}..{run[-1]}" for run in runs]


def _follows(first: str, second: str) -> bool:
    one, two = re.fullmatch(r"(.*?)(\d+)", first), re.fullmatch(r"(.*?)(\d+)", second)
    if one is None or two is None or one[1] != two[1] or len(one[2]) != len(two[2]):
        return False
    return int(two[2]) == int(one[2]) + 1
