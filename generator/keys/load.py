"""Key pools: `environments/keys/<pool>.yaml` to an inventory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import cast

from generator.finding import Finding, Location, Related
from generator.keys.model import Key, KeyInventory, KeyKind
from generator.publickey import InvalidKey, PublicKey, decode_peer_id, decode_public_key
from generator.schema import beside, check_schema
from generator.source import Document, Mapping

_KIND_HINT = "a libp2p key is written as its peer id, any other as its public key"


def load_pools(documents: Iterable[Document]) -> tuple[KeyInventory, tuple[Finding, ...]]:
    """Read key pools into one inventory; key names are unique over all pools."""
    keys: dict[str, Key] = {}
    findings: list[Finding] = []
    for document in documents:
        problems = check_schema("keys", document.mapping) or _check_name(document)
        findings.extend(beside(problems, document.findings))
        if not problems:
            for key in _read_pool(document.mapping, findings):
                first = keys.setdefault(key.name, key)
                if first is not key:
                    findings.append(_name_twice(key, first))
    findings.extend(_shared_keys(keys.values()))
    return KeyInventory(MappingProxyType(keys)), tuple(findings)


def _check_name(document: Document) -> tuple[Finding, ...]:
    pool, stem = document.mapping["pool"], PurePosixPath(document.path).stem
    if pool == stem:
        return ()
    return (
        Finding(
            rule="keys/file-name",
            message=f'pool "{pool}" is in a file named "{stem}.yaml"',
            at=document.mapping.value_at("pool"),
            remediation=f'Name the pool "{stem}" or the file "{pool}.yaml".',
            subject=str(pool),
        ),
    )


def _read_pool(pool: Mapping, findings: list[Finding]) -> Iterable[Key]:
    secrets = cast("Mapping", pool["secrets"])
    for kind_name, value in cast("Mapping", pool["keys"]).items():
        kind, entries = KeyKind(kind_name), cast("Mapping", value)
        for name, entry in entries.items():
            key = _read_key(pool, kind, name, entry, secrets, entries.value_at(name), findings)
            if key is not None:
                yield key


def _read_key(  # noqa: PLR0913 - one call site, and a record for it would hide the order
    pool: Mapping,
    kind: KeyKind,
    name: str,
    entry: object,
    secrets: Mapping,
    at: Location,
    findings: list[Finding],
) -> Key | None:
    owner, own = pool["owner"], None
    if isinstance(entry, Mapping):
        owner, own = entry.get("owner", owner), cast("Mapping | None", entry.get("secrets"))
        at, entry = entry.value_at("public_key"), entry["public_key"]
    try:
        public_key = _decode(kind, str(entry))
    except InvalidKey as error:
        findings.append(
            Finding(
                rule="keys/invalid",
                message=f'key "{name}" {error}',
                at=at,
                remediation=f"Copy the public part again; {_KIND_HINT}.",
                subject=name,
            )
        )
        return None
    references = own if own is not None else secrets
    return Key(
        name=name,
        kind=kind,
        public_key=public_key,
        pool=str(pool["pool"]),
        owner=str(owner),
        references={p: str(text).replace("{name}", name) for p, text in references.items()},
        at=at,
    )


def _decode(kind: KeyKind, text: str) -> PublicKey:
    return decode_peer_id(text) if kind is KeyKind.LIBP2P else decode_public_key(text)


def _name_twice(key: Key, first: Key) -> Finding:
    return Finding(
        rule="keys/name",
        message=f'key name "{key.name}" is already taken in pool "{first.pool}"',
        at=key.at,
        remediation="Give this key another name: names are unique over all pools.",
        subject=key.name,
        related=(Related(at=first.at, message="the first key of that name"),),
    )


def _shared_keys(keys: Iterable[Key]) -> Iterable[Finding]:
    holders: dict[bytes, Key] = {}
    for key in keys:
        first = holders.setdefault(key.identity, key)
        if first is not key:
            yield Finding(
                rule="keys/same-key",
                message=f'keys "{first.name}" and "{key.name}" are one and the same key',
                at=key.at,
                remediation="Remove one of the two: under two names one key could run twice.",
                subject=key.name,
                related=(Related(at=first.at, message=f'the same key as "{first.name}"'),),
            )
