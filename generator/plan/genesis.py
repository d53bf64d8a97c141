"""The genesis: daemon.json, the same bytes on every cluster, frozen once it is published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from generator.finding import Finding, Location, Related
from generator.flavour import Flavour
from generator.keys import Key, KeyInventory
from generator.plan.allocation import NetAllocation
from generator.plan.model import GenesisPlan, Plan
from generator.publickey import InvalidKey, decode_public_key
from generator.testnet import Account, Genesis, Group, Testnet
from generator.testnet.model import amount

# Eight ConfigMaps of at most 900 kB, well below the 1 MiB that each may hold.
LARGEST_GENESIS = 8 * 900_000
# Long enough for every cluster to sync and every daemon to load its ledger.
LEAD = timedelta(minutes=30)
# No name of a key is longer, and no public key as short.
LONGEST_NAME = 30

_Account: TypeAlias = dict[str, str | None]
_Entry: TypeAlias = tuple[_Account, Location]


def utc_text(moment: datetime) -> str:
    """Return a moment as the daemon reads it: RFC 3339 in UTC with whole seconds."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def plan_genesis(
    testnet: Testnet,
    inventory: KeyInventory,
    published: NetAllocation | None,
    now: datetime,
) -> tuple[GenesisPlan, tuple[Finding, ...]]:
    """Return the net's genesis, and what would change one that is already published.

    A published genesis of the same generation wins: accounts that left the file stay in it,
    since the chain id is a hash over it; anything new is a finding.
    """
    wanted = testnet.genesis
    frozen = published if published and published.generation == wanted.generation else None
    time = _genesis_time(wanted, frozen, now)
    findings: list[Finding] = []
    text = ""
    if wanted.ledger_file:
        entries = _ledger(testnet, inventory.keys, findings)
        text = _render(testnet, time, [account for account, _ in entries])
    if published and published.generation > wanted.generation:
        findings.append(_goes_back(testnet, published.generation))
    if frozen and frozen.genesis_digest and not frozen.genesis:
        if _digest(text) != frozen.genesis_digest:
            findings.append(_would_change(testnet, "the published file is lost, this is another"))
    elif frozen:
        findings.extend(_compare(testnet, frozen.genesis, text))
        text = frozen.genesis
    if len(text) > LARGEST_GENESIS:
        findings.append(_too_large(testnet, len(text)))
    digest = _digest(text) if text else ""
    plan = GenesisPlan(time=time, generation=wanted.generation, text=text, digest=digest)
    return plan, tuple(findings)


def wanted_digest(testnet: Testnet, inventory: KeyInventory, time: str) -> str:
    """Return the digest of the genesis that a testnet file asks for, whatever is published."""
    entries = _ledger(testnet, inventory.keys, [])
    return _digest(_render(testnet, time, [account for account, _ in entries]))


def chain_identity(plan: Plan) -> str:
    """Return what makes a net's chain the chain it is, as a digest.

    The chain id is a hash over the genesis: over accounts, constants and time, not over the name
    that the file gives its ledger. Where the ledger comes with the image, the image is all that
    is known of it.
    """
    named = json.dumps(plan.name)
    facts = plan.genesis.text.replace(f'"ledger": {{"name": {named}', '"ledger": {"name": ""', 1)
    return _digest(facts or f"{plan.testnet.image} {plan.genesis.time}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _genesis_time(wanted: Genesis, frozen: NetAllocation | None, now: datetime) -> str:
    if wanted.time != "auto":
        return utc_text(datetime.fromisoformat(wanted.time))
    if not wanted.ledger_file:
        return ""  # the image decides this too, and nobody here knows what
    if frozen:
        return frozen.genesis_time
    moment = now.astimezone(UTC) + LEAD + timedelta(seconds=59)
    return utc_text(moment.replace(second=0, microsecond=0))


def _ledger(testnet: Testnet, keys: Mapping[str, Key], findings: list[Finding]) -> list[_Entry]:
    entries = [entry for group in testnet.block_producers for entry in _stakes(group, keys)]
    for account in testnet.genesis.accounts:
        holder, delegate = (
            _public_key(text, account, testnet, keys, findings)
            for text in (account.key or account.public_key, account.delegate)
        )
        entries.append((_account(holder, account.balance, delegate or None), account.at))
    findings.extend(_accounts_twice(testnet, entries))
    return entries


def _stakes(group: Group, keys: Mapping[str, Key]) -> Iterable[_Entry]:
    if amount(group.stake) > 0:
        for use in group.keys:
            if use.name in keys:
                yield _account(keys[use.name].text, group.stake, None), use.at


def _account(public_key: str, balance: str, delegate: str | None) -> _Account:
    return {"pk": public_key, "sk": None, "balance": balance, "delegate": delegate}


def _public_key(
    text: str,
    account: Account,
    testnet: Testnet,
    keys: Mapping[str, Key],
    findings: list[Finding],
) -> str:
    """Return the public key that a name or a public key means; empty when it is none."""
    known = keys[text].text if text in keys else text
    reason = _why_no_holder(known, testnet.flavour) if text else ""
    if not reason:
        return known
    # Only a name is shown: a longer text may be a private key that somebody pasted.
    what = f'"{text}"' if len(text) <= LONGEST_NAME else "a public key of the ledger"
    findings.append(
        Finding(
            rule="genesis/account",
            message=f"{what} {reason}",
            at=account.at,
            remediation="Name a key of environments/keys, or write a public key.",
            subject=testnet.name,
        )
    )
    return ""


def _why_no_holder(text: str, flavour: Flavour) -> str:
    """Say why a text cannot hold an account of the ledger; empty where it can."""
    if len(text) <= LONGEST_NAME:
        return "is neither a key of a pool nor a public key"
    try:
        return flavour.why_unreadable(decode_public_key(text))
    except InvalidKey as error:
        return error.reason


def _accounts_twice(testnet: Testnet, entries: list[_Entry]) -> Iterable[Finding]:
    seen: dict[str | None, Location] = {}
    for account, at in entries:
        first = seen.setdefault(account["pk"], at)
        if account["pk"] and first is not at:
            yield Finding(
                rule="genesis/account-twice",
                message=f'the ledger has two accounts for the public key "{account["pk"]}"',
                at=at,
                remediation="Remove one of the two; a producer's account follows from its stake.",
                subject=testnet.name,
                related=(Related(at=first, message="the first of them"),),
            )


def _render(testnet: Testnet, time: str, accounts: list[_Account]) -> str:
    genesis = {"genesis_state_timestamp": time} | dict(testnet.genesis.constants)
    head = {
        "genesis": genesis,
        "proof": {"block_window_duration_ms": testnet.genesis.slot * 1000},
    }
    # One account a line: a reviewer reads the ledger, and it can be cut into parts there.
    lines = ",\n".join(f"  {json.dumps(account)}" for account in accounts)
    opening = json.dumps(head)[:-1]
    name = json.dumps(testnet.name)
    return f'{opening}, "ledger": {{"name": {name}, "accounts": [\n{lines}\n]}}}}\n'


def _too_large(testnet: Testnet, size: int) -> Finding:
    return Finding(
        rule="genesis/size",
        message=f"the genesis file would have {size:,} bytes, and {LARGEST_GENESIS:,} fit",
        at=testnet.genesis.at,
        remediation="Put the ledger into the image and write `ledger: image`.",
        subject=testnet.name,
    )


def _goes_back(testnet: Testnet, generation: int) -> Finding:
    return Finding(
        rule="genesis/generation",
        message=f"the generation goes back from {generation} to {testnet.genesis.generation}",
        at=testnet.genesis.places.get("generation", testnet.genesis.at),
        remediation=f"Write {generation} to go on with the chain, or more to restart it.",
        subject=testnet.name,
        why="Volumes carry the generation: an old one would bring the old chain back.",
    )


def _compare(testnet: Testnet, old: str, new: str) -> Iterable[Finding]:
    """Find what would change a published daemon.json; empty where the image holds the ledger."""
    if old and new:
        changes = list(_changes(json.loads(old), json.loads(new)))
    elif old or new:
        changes = ["its ledger would come from another place"]
    else:
        changes = []
    for change in changes:
        yield _would_change(testnet, change)


def _would_change(testnet: Testnet, change: str) -> Finding:
    return Finding(
        rule="genesis/frozen",
        message=f"the published genesis would change: {change}",
        at=testnet.genesis.at,
        remediation="Undo that, give new producers a group with `stake: 0`, or raise"
        " `genesis.generation` to restart the chain.",
        subject=testnet.name,
        why="The chain id is a hash over the genesis: daemons with another one form"
        " a network of their own.",
    )


def _changes(old: dict[str, object], new: dict[str, object]) -> Iterable[str]:
    yield from (name for name in ("genesis", "proof") if old.get(name) != new.get(name))
    yield from _ledger_changes(_accounts_of(old), _accounts_of(new))


def _accounts_of(config: dict[str, object]) -> dict[str, _Account]:
    ledger = config["ledger"]
    assert isinstance(ledger, dict)  # noqa: S101 - written by this module
    return {account["pk"]: account for account in ledger["accounts"]}


def _ledger_changes(old: dict[str, _Account], new: dict[str, _Account]) -> Iterable[str]:
    added = [key for key in new if key not in old]
    changed = [key for key in new if key in old and old[key] != new[key]]
    if added:
        yield f"{len(added)} accounts are new, the first is {added[0]}"
    if changed:
        yield f"{len(changed)} accounts are different, the first is {changed[0]}"
