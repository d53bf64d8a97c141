"""The groups of a testnet file: seeds, block producers, SNARK pools, archive, services."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from generator.finding import Finding, Location
from generator.flavour import WORDED_FLAGS
from generator.fleet import AddressMode
from generator.quantity import decimal_text
from generator.source import Mapping, Sequence
from generator.testnet.model import (
    Archive,
    FlagValue,
    Group,
    KeyUse,
    Overrides,
    Resources,
    Service,
    Single,
    SnarkPool,
    Spread,
)
from generator.testnet.ranges import expand_keys

ARCHIVE_STORAGE = "100Gi"


def read_overrides(entry: Mapping) -> Overrides:
    """Read what may be said at every level; keys that are not overrides are left alone."""
    flags = cast("Mapping", entry.get("flags") or {})
    address = "address" if "address" in entry else "addresses"
    places = {name: flags.key_at(name) for name in flags}
    if address in entry:
        places["address"] = entry.value_at(address)
    if "image" in entry:
        places["image"] = entry.value_at("image")
    return Overrides(
        image=str(entry.get("image") or ""),
        log_level=str(entry.get("log_level") or ""),
        address=AddressMode(str(entry[address])) if address in entry else None,
        resources=read_resources(entry.get("resources")),
        flags=tuple((name, _flag_value(name, value)) for name, value in flags.items()),
        places=places,
    )


def _flag_value(name: str, value: object) -> FlagValue:
    match value:
        case None:
            return None
        case bool():
            return str(value).lower() if name in WORDED_FLAGS else value
        case list():
            return tuple(str(item) for item in value)
        case int() | Decimal():
            return decimal_text(value)
    return str(value)


def read_resources(entry: object) -> Resources:
    """Read `{cpu, memory, storage}`, each optional."""
    if not isinstance(entry, Mapping):
        return Resources()
    return Resources(**{str(k): _quantity(v) for k, v in entry.items()})


def _quantity(value: object) -> str:
    return decimal_text(value) if isinstance(value, int | Decimal) else str(value)


def read_regions(regions: Sequence) -> Spread:
    """Read a list of regions."""
    places = tuple(regions.item_at(index) for index in range(len(regions)))
    return Spread(regions=tuple(map(str, regions)), at=regions.at, places=places)


def read_spread(entry: Mapping, net: Spread) -> Spread:
    """Read where a group goes: `region`, `regions` as list or counts, else the net's regions."""
    if "region" in entry:
        at = entry.value_at("region")
        return Spread(regions=(str(entry["region"]),), at=at, places=(at,))
    own = entry.get("regions")
    if isinstance(own, Mapping):
        counts = tuple(int(str(count)) for count in own.values())
        places = tuple(own.key_at(region) for region in own)
        return Spread(regions=tuple(own), counts=counts, at=own.at, places=places)
    return read_regions(own) if isinstance(own, Sequence) else net


def read_groups(
    value: object, role: str, spread: Spread, findings: list[Finding]
) -> tuple[Group, ...]:
    """Read one group or a list of groups; `role` names a group that has no name."""
    entries = value if isinstance(value, Sequence) else [value] if value else []
    return tuple(_read_group(cast("Mapping", entry), role, spread, findings) for entry in entries)


def _read_group(entry: Mapping, role: str, spread: Spread, findings: list[Finding]) -> Group:
    name = str(entry.get("name") or role)
    keys = entry.get("keys")
    uses = expand_keys(keys, findings, subject=name) if isinstance(keys, Sequence) else ()
    count = int(str(entry.get("count", len(uses))))
    if uses and count != len(uses):
        findings.append(_count_differs(name, count, len(uses), entry.value_at("count")))
    singles = cast("Mapping", entry.get("overrides") or {})
    return Group(
        name=name,
        keys=uses,
        count=count,
        stake=decimal_text(str(entry["stake"])) if "stake" in entry else "",
        spread=read_spread(entry, spread),
        overrides=read_overrides(entry),
        exceptions=tuple(
            (key, _read_single(cast("Mapping", single), singles.key_at(key)))
            for key, single in singles.items()
        ),
        at=entry.value_at("name") if "name" in entry else entry.at,
        stake_at=entry.value_at("stake") if "stake" in entry else entry.at,
    )


def _read_single(entry: Mapping, at: Location) -> Single:
    return Single(overrides=read_overrides(entry), region=str(entry.get("region") or ""), at=at)


def _count_differs(name: str, count: int, keys: int, at: Location) -> Finding:
    return Finding(
        rule="testnet/count",
        message=f'group "{name}" asks for {count} daemons but lists {keys} keys',
        at=at,
        remediation=f"Remove `count`, or list {count} keys: each daemon has a key of its own.",
        subject=name,
    )


def read_pool(entry: Mapping, spread: Spread) -> SnarkPool:
    """Read one SNARK pool."""
    return SnarkPool(
        name=str(entry["name"]),
        key=KeyUse(name=str(entry["key"]), at=entry.value_at("key")),
        workers=int(str(entry.get("workers", 1))),
        work_selection=str(entry.get("work_selection", "rand")),
        fee=decimal_text(str(entry.get("fee", "0"))),
        spread=read_spread(entry, spread),
        overrides=read_overrides(entry),
        worker_resources=read_resources(entry.get("worker_resources")),
        at=entry.value_at("name"),
        places={name: entry.value_at(name) for name in entry},
    )


def read_archive(entry: Mapping, spread: Spread) -> Archive:
    """Read the archive nodes; their `image` is that of the archive program."""
    return Archive(
        count=int(str(entry.get("count", 1))),
        image=str(entry.get("image") or ""),
        postgres=read_resources(entry.get("postgres")).over(Resources(storage=ARCHIVE_STORAGE)),
        spread=read_spread(entry, spread),
        overrides=read_overrides(entry).without_image(),
        at=entry.at,
        image_at=entry.value_at("image") if "image" in entry else entry.at,
    )


def read_service(entry: object, at: Location) -> Service:
    """Read a test service, by its name in the catalogue or in the long form."""
    if not isinstance(entry, Mapping):
        return Service(name=str(entry), kind=str(entry), at=at)
    return Service(
        name=str(entry["name"]),
        kind=str(entry.get("kind") or entry["name"]),
        target=str(entry.get("target") or ""),
        overrides=read_overrides(entry),
        at=entry.at,
    )
