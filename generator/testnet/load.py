"""`environments/testnets/<name>.yaml` to a `Testnet`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import cast

from generator.finding import Finding, Location
from generator.flavour import FlavourName
from generator.quantity import decimal_text, parse_duration
from generator.schema import beside, check_schema
from generator.source import Document, Mapping, Sequence
from generator.testnet.check import check_testnet
from generator.testnet.groups import (
    read_archive,
    read_groups,
    read_overrides,
    read_pool,
    read_regions,
    read_service,
)
from generator.testnet.model import Account, Availability, Genesis, Purpose, Testnet
from generator.waiver import read_waivers

CONSTANTS = ("k", "delta", "slots_per_epoch")


def load_testnet(document: Document) -> tuple[Testnet | None, tuple[Finding, ...]]:
    """Read one testnet file; None when its shape is wrong, with all findings either way."""
    top = document.mapping
    findings = list(check_schema("testnet", top))
    if findings:
        return None, beside(findings, document.findings)
    testnet = _read_testnet(document, findings)
    findings.extend(_check_file_name(testnet, document))
    findings.extend(check_testnet(testnet))
    return testnet, tuple(findings)


def _read_testnet(document: Document, findings: list[Finding]) -> Testnet:
    top = document.mapping
    spread = read_regions(cast("Sequence", top["regions"]))
    flavour = FlavourName(str(top["flavour"]))
    distance = cast("Mapping", top.get("distance") or {})
    archive = top.get("archive")
    pools = cast("Sequence", top.get("snark_pools") or ())
    services = cast("Sequence", top.get("services") or ())
    defaults = read_overrides(cast("Mapping", top.get("defaults") or {}))
    return Testnet(
        name=str(top["name"]),
        owner=str(top["owner"]),
        purpose=Purpose(str(top["purpose"])),
        ttl=parse_duration(str(top["ttl"])) if "ttl" in top else 0,
        flavour_name=flavour,
        image=str(top["image"]),
        overlays=str(top.get("overlays") or ""),
        availability=Availability(str(top.get("availability", "high"))),
        regions=spread.regions,
        min_rtt=int(str(distance.get("min_rtt", "0ms")).removesuffix("ms")),
        open_udp=bool(top.get("open_udp", False)),
        defaults=defaults.over(read_overrides(top)),
        genesis=_read_genesis(top, flavour, findings),
        seeds=read_groups(top.get("seeds"), "seed", spread, findings),
        block_producers=read_groups(top.get("block_producers"), "producer", spread, findings),
        snark_pools=tuple(read_pool(cast("Mapping", pool), spread) for pool in pools),
        archive=read_archive(archive, spread) if isinstance(archive, Mapping) else None,
        services=tuple(
            read_service(service, services.item_at(index)) for index, service in enumerate(services)
        ),
        protected=bool(top.get("protected", False)),
        waivers=read_waivers(top.get("waivers"), findings),
        digest=document.digest,
        at=top.at,
        region_places=spread.places,
        places={name: top.value_at(name) for name in top},
    )


def _read_genesis(top: Mapping, flavour: FlavourName, findings: list[Finding]) -> Genesis:
    entry = cast("Mapping", top.get("genesis") or {})
    at: Location = top.value_at("genesis") if "genesis" in top else top.at
    accounts = cast("Sequence", entry.get("accounts") or ())
    return Genesis(
        time=_read_time(entry, findings),
        slot=parse_duration(str(entry.get("slot", "3m"))),
        generation=int(str(entry.get("generation", 1))),
        ledger_file=_ledger_from_file(entry, flavour),
        constants=tuple((name, int(str(entry[name]))) for name in CONSTANTS if name in entry),
        accounts=tuple(_read_account(cast("Mapping", account)) for account in accounts),
        at=at,
        places={name: entry.value_at(name) for name in entry},
    )


def _read_time(entry: Mapping, findings: list[Finding]) -> str:
    """Read when the chain starts; a day that no calendar has passes the schema."""
    text = str(entry.get("time", "auto"))
    if text == "auto":
        return text
    try:
        datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        findings.append(
            Finding(
                rule="genesis/time",
                message=f'"{text}" is no moment: {error}',
                at=entry.value_at("time"),
                remediation="Write a day that exists, such as 2026-12-01T12:00:00Z, or `auto`.",
                subject="genesis",
            )
        )
        return "auto"
    return text


def _ledger_from_file(entry: Mapping, flavour: FlavourName) -> bool:
    compiled_in = flavour in {FlavourName.CODA_KADEMLIA, FlavourName.CODA_DUAL}
    return str(entry.get("ledger", "image" if compiled_in else "file")) == "file"


def _read_account(entry: Mapping) -> Account:
    return Account(
        key=str(entry.get("key") or ""),
        public_key=str(entry.get("public_key") or ""),
        balance=decimal_text(str(entry["balance"])),
        delegate=str(entry.get("delegate") or ""),
        at=entry.at,
    )


def _check_file_name(testnet: Testnet, document: Document) -> tuple[Finding, ...]:
    stem = PurePosixPath(document.path).stem
    if testnet.name == stem:
        return ()
    return (
        Finding(
            rule="testnet/file-name",
            message=f'testnet "{testnet.name}" is in a file named "{stem}.yaml"',
            at=document.mapping.value_at("name"),
            remediation=f'Name the testnet "{stem}" or the file "{testnet.name}.yaml".',
            subject=testnet.name,
        ),
    )
