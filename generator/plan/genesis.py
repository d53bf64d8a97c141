"""The genesis configuration: daemon.json, the same bytes on every cluster, frozen once published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from generator.finding import Finding
from generator.keys import Key, KeyInventory
from generator.plan.allocation import NetAllocation
from generator.plan.model import GenesisPlan
from generator.testnet import Account, Group, Testnet
from generator.testnet.model import amount

# Long enough for every cluster to sync and every daemon to load its ledger.
LEAD = timedelta(minutes=30)


def utc_text(moment: datetime) -> str:
    """Return a moment as the daemon reads it: RFC 3339 in UTC with whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
    time = _genesis_time(wanted.time, frozen, now)
    if not wanted.ledger_file:
        return GenesisPlan(time=time, generation=wanted.generation, text="", digest=""), ()
    accounts, findings = _ledger(testnet, inventory)
    text = _render(testnet, time, accounts)
    if frozen and frozen.genesis:
        findings += _compare(testnet, json.loads(frozen.genesis), json.loads(text))
        text = frozen.genesis
    digest = hashlib.sha256(text.encode()).hexdigest()
    plan = GenesisPlan(time=time, generation=wanted.generation, text=text, digest=digest)
    return plan, findings


def _genesis_time(wanted: str, frozen: NetAllocation | None, now: datetime) -> str:
    if wanted != "auto":
        return utc_text(datetime.fromisoformat(wanted))
    if frozen:
        return frozen.genesis_time
    moment = now.astimezone(UTC) + LEAD + timedelta(seconds=59)
    return utc_text(moment.replace(second=0, microsecond=0))


def _ledger(
    testnet: Testnet, inventory: KeyInventory
) -> tuple[list[dict[str, str | None]], tuple[Finding, ...]]:
    accounts: list[dict[str, str | None]] = []
    findings: list[Finding] = []
    for group in testnet.block_producers:
        accounts.extend(_producer_accounts(group, inventory.keys))
    for account in testnet.genesis.accounts:
        accounts.append(_extra_account(account, inventory.keys, findings))
    findings.extend(_accounts_twice(testnet, accounts))
    return accounts, tuple(findings)


def _producer_accounts(group: Group, keys: Mapping[str, Key]) -> Iterable[dict[str, str | None]]:
    if amount(group.stake) <= 0:
        return
    for use in group.keys:
        if use.name in keys:
            yield _account(keys[use.name].text, group.stake, None)


def _account(public_key: str, balance: str, delegate: str | None) -> dict[str, str | None]:
    return {"pk": public_key, "sk": None, "balance": balance, "delegate": delegate}


def _extra_account(
    account: Account, keys: Mapping[str, Key], findings: list[Finding]
) -> dict[str, str | None]:
    def public(name: str) -> str:
        if name and name not in keys and not _looks_public(name):
            findings.append(
                Finding(
                    rule="genesis/account",
                    message=f'"{name}" is neither a key of a pool nor a public key',
                    at=account.at,
                    remediation="Name a key of environments/keys, or write a public key.",
                    subject=name,
                )
            )
        return keys[name].text if name in keys else name

    holder = public(account.key) or account.public_key
    return _account(holder, account.balance, public(account.delegate) or None)


def _looks_public(text: str) -> bool:
    return text.startswith(("B62q", "4vsRC")) and len(text) > 50  # noqa: PLR2004 - names are shorter


def _accounts_twice(
    testnet: Testnet, accounts: list[dict[str, str | None]]
) -> Iterable[Finding]:
    seen: set[str | None] = set()
    for account in accounts:
        if account["pk"] in seen:
            yield Finding(
                rule="genesis/account-twice",
                message=f'the ledger has two accounts for the public key "{account["pk"]}"',
                at=testnet.genesis.at,
                remediation="Remove one of the two; a producer's account follows from its stake.",
                subject=testnet.name,
            )
        seen.add(account["pk"])


def _render(testnet: Testnet, time: str, accounts: list[dict[str, str | None]]) -> str:
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


def _compare(testnet: Testnet, old: dict[str, object], new: dict[str, object]) -> tuple[Finding, ...]:
    changes = [name for name in ("genesis", "proof") if old.get(name) != new.get(name)]
    changes += _ledger_changes(_accounts_of(old), _accounts_of(new))
    return tuple(
        Finding(
            rule="genesis/frozen",
            message=f"the published genesis would change: {change}",
            at=testnet.genesis.at,
            remediation="Undo that, give new producers a group with `stake: 0`, or raise"
            " `genesis.generation` to restart the chain.",
            subject=testnet.name,
            why="The chain id is a hash over the genesis: daemons with another one form"
            " a network of their own.",
        )
        for change in changes
    )


def _accounts_of(config: dict[str, object]) -> dict[str, dict[str, str | None]]:
    ledger = config["ledger"]
    assert isinstance(ledger, dict)  # noqa: S101 - written by this module
    return {account["pk"]: account for account in ledger["accounts"]}


def _ledger_changes(
    old: dict[str, dict[str, str | None]], new: dict[str, dict[str, str | None]]
) -> Iterable[str]:
    added = [key for key in new if key not in old]
    changed = [key for key in new if key in old and old[key] != new[key]]
    if added:
        yield f"{len(added)} accounts are new, the first is {added[0]}"
    if changed:
        yield f"{len(changed)} accounts are different, the first is {changed[0]}"
