"""Which producer has which stake: from the accounts of the net, else as its tools gave it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.realnets.data import Entry, deployment, producer_accounts

# What generate-keys-and-ledger gave a producer of each class, where nothing else is known.
PATTERN = {"whale": "11550000", "fish": "65500"}
EMBEDDED = "use_embedded_runtime_config"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A producer's key, the balance that it has itself, and the account that delegates to it."""

    online: str
    own: str
    offline: str
    balance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What is known of a net's genesis ledger; `holdings` by class, in order of the daemons."""

    from_file: bool
    time: str
    holdings: dict[str, tuple[Holding, ...]] = field(default_factory=dict)

    @property
    def public_keys(self) -> set[str]:
        """Every public key of the ledger that is known."""
        known = [holding for group in self.holdings.values() for holding in group]
        return {key for holding in known for key in (holding.online, holding.offline)}

    def stake(self, kind: str, holding: Holding | None) -> str:
        """Return the stake of a producer; one that a known class leaves out had none."""
        if holding:
            return holding.own
        return "0" if kind in self.holdings else PATTERN[kind]


def read_ledger(entry: Entry) -> Ledger:
    """Return the ledger of a net of platform gke.

    It came from a file where the configuration names one or has one beside it, and otherwise
    with the image; with the image too where no account of it is known.
    """
    holdings = {
        kind: tuple(_holdings(entry["id"], kind, count)) for kind, count in _classes(entry).items()
    }
    return Ledger(
        from_file=_from_file(entry),
        time=_time(entry),
        holdings={kind: found for kind, found in holdings.items() if found},
    )


def _classes(entry: Entry) -> dict[str, int]:
    producers = deployment(entry).get("block_producers", {})
    return {"whale": producers.get("whales", 0), "fish": producers.get("fishes", 0)}


def _from_file(entry: Entry) -> bool:
    here = deployment(entry)
    if not here.get("block_producers", {}).get("count") or here.get(EMBEDDED):
        return False
    beside = any("ledger" in name or "whales" in name for name in entry.get("files", []))
    return beside or any(
        part in source
        for source in (entry, here)
        for part in ("genesis_ledger", "runtime_config", "genesis")
    )


def _time(entry: Entry) -> str:
    for part in ("runtime_config", "genesis_ledger"):
        time = entry.get(part, {}).get("genesis", {}).get("genesis_state_timestamp")
        if time:
            return str(time)
    return ""


def _holdings(net: str, kind: str, count: int) -> Iterable[Holding]:
    files = producer_accounts().get(net, {})
    everything = [account for accounts in files.values() for account in accounts]
    own = {a["account"]: a["balance"] for a in everything if a["account"] == a["delegate"]}
    accounts = [a for name, found in files.items() if kind in name for a in found]
    delegating = [a for a in accounts if a["account"] != a["delegate"]]
    if kind == "whale":  # one file holds both classes: those with a balance of their own are fish
        delegating.sort(key=lambda account: account["delegate"] in own)
    for account in delegating[:count]:
        yield Holding(
            online=account["delegate"],
            own=own.get(account["delegate"], "0"),
            offline=account["account"],
            balance=account["balance"],
        )
