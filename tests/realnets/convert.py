"""An entry of the data becomes a testnet file, and the keys that it names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tests.realnets import aws, gke
from tests.realnets.data import Entry, deployment, public_keys
from tests.realnets.era import daemon_image, flavour, key_source, key_start
from tests.realnets.gke import Document
from tests.realnets.keys import Keys
from tests.realnets.ledger import Ledger, read_ledger

LONGEST_NAME = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """A converted entry.

    `document` is its testnet file; `keys` its own pool: public keys by kind and name;
    `identities` the libp2p identities that other nets may have too, by name.
    """

    entry: Entry
    document: Document
    keys: dict[str, dict[str, str]]
    identities: dict[str, str]

    @property
    def name(self) -> str:
        """The net's name."""
        return str(self.document["name"])

    @property
    def regions(self) -> list[str]:
        """The net's regions."""
        found = self.document["regions"]
        assert isinstance(found, list)
        return found


def has_daemons(entry: Entry) -> bool:
    """Say whether anything of the entry ran."""
    return any(entry.get(part) for part in ("node_groups", "deployments", "seed_virtual_machines"))


def net_name(text: str) -> str:
    """Return a name that a testnet may have, from the id of an entry.

    `testnet-` says nothing; other characters than letters, digits and hyphens become hyphens;
    a name begins with a letter.
    """
    name = re.sub(r"[^a-z0-9]+", "-", text.lower().removeprefix("testnet-")).strip("-")
    name = name if name[0].isalpha() else f"net-{name}"
    assert len(name) <= LONGEST_NAME, name
    return name


def convert(entry: Entry, *, prefix: str = "", distinct: bool = False) -> Net:
    """Convert an entry that has daemons, faithfully: a key that ran twice is named twice.

    `prefix` begins the names of the keys, to tell nets of one repository apart; with
    `distinct`, every daemon has a key of its own.
    """
    ledger = read_ledger(entry) if entry["platform"] == "gke" else None
    keys = Keys(entry["id"], _spare(entry), _known(entry, ledger), prefix)
    parts = _gke(entry, keys, ledger, distinct=distinct) if ledger else _aws(entry, keys)
    document: Document = {
        "name": net_name(entry["id"]),
        "owner": "protocol",
        "purpose": "public",
        "flavour": flavour(entry),
        "image": daemon_image(entry),
        "availability": "single",
    }
    return Net(
        entry=entry,
        document=document | {name: part for name, part in parts if part},
        keys={kind: names for kind, names in keys.kinds.items() if names},
        identities=keys.identities,
    )


def _spare(entry: Entry) -> Iterable[str]:
    if not deployment(entry) and entry["platform"] == "gke":
        return ()
    return [key for key in public_keys(key_source(entry)) if key.startswith(key_start(entry))]


def _known(entry: Entry, ledger: Ledger | None) -> set[str]:
    coordinators = deployment(entry).get("snark_coordinators", [])
    own = {coordinator["public_key"] for coordinator in coordinators}
    return own | (ledger.public_keys if ledger else set())


def _gke(
    entry: Entry, keys: Keys, ledger: Ledger, *, distinct: bool
) -> Iterable[tuple[str, object]]:
    seeds = gke.seeds(entry, keys, distinct=distinct)
    groups = gke.producers(entry, keys, ledger, distinct=distinct)
    elsewhere = {str(group["region"]): None for group in seeds if "region" in group}
    region = gke.region(entry)
    yield "regions", [region, *elsewhere]
    yield "genesis", _genesis(entry, keys, ledger)
    yield "defaults", gke.defaults(entry)
    yield "seeds", _at(region, seeds) if elsewhere else seeds
    producers = [group.document for group in groups]
    yield "block_producers", _at(region, producers) if elsewhere else producers
    pools = gke.snark_pools(entry, keys)
    yield "snark_pools", _at(region, pools) if elsewhere else pools
    archive = gke.archive(entry)
    yield "archive", archive | ({"region": region} if archive and elsewhere else {})
    yield "services", gke.services(entry, groups)


def _at(region: str, groups: list[Document]) -> list[Document]:
    """Pin to the net's cluster whatever is not pinned elsewhere."""
    return [group if "region" in group else group | {"region": region} for group in groups]


def _genesis(entry: Entry, keys: Keys, ledger: Ledger) -> Document:
    document: Document = {"time": ledger.time} if ledger.time else {}
    if not ledger.from_file:
        known_by_flavour = flavour(entry) == "coda-dual"
        return document | ({} if known_by_flavour else {"ledger": "image"})
    accounts = gke.accounts(keys, ledger)
    return document | ({"accounts": accounts} if accounts else {})


def _aws(entry: Entry, keys: Keys) -> Iterable[tuple[str, object]]:
    yield "regions", aws.regions(entry)
    yield "seeds", aws.seeds(entry, keys)
    yield "block_producers", aws.producers(entry, keys)
    yield "snark_pools", aws.snark_pools(entry, keys)
    yield "archive", aws.archive(entry)
