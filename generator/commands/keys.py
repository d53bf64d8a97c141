"""`testnet keys`: the keys of the pools, and who uses them."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from generator.commands.options import Output, OutputOption, RootOption, out, resolve_root
from generator.errors import UsageError
from generator.keys import Key, KeyKind
from generator.load import Inputs, load_inputs


def keys(  # noqa: PLR0913 - the options of the command
    context: typer.Context,
    root: RootOption = None,
    free: Annotated[bool, typer.Option("--free", help="Only keys that no net uses.")] = False,
    kind: Annotated[KeyKind | None, typer.Option("--kind", help="Only keys of a kind.")] = None,
    pool: Annotated[str, typer.Option("--pool", help="Only keys of a pool.")] = "",
    output: OutputOption = Output.TEXT,
) -> int:
    """List keys, and which testnet uses each.

    Examples:

      testnet keys --free --kind block-producer

      testnet keys --pool qa --output json

      testnet keys explain qa-001
    """
    if context.invoked_subcommand is not None:
        return 0
    inputs = load_inputs(resolve_root(root))
    users = key_users(inputs)
    pools = sorted({key.pool for key in inputs.inventory.keys.values()})
    if pool and pool not in pools:
        message = f'no pool "{pool}"; there are: {", ".join(pools)}'
        raise UsageError(message)
    chosen = [
        key
        for key in inputs.inventory.keys.values()
        if (kind is None or key.kind is kind)
        and (not pool or key.pool == pool)
        and not (free and key.name in users)
    ]
    if output is Output.JSON:
        typer.echo(json.dumps({"keys": [_entry(key, users) for key in chosen]}, indent=2))
    else:
        out().print(_table(chosen, users))
    return 0


def key_users(inputs: Inputs) -> dict[str, str]:
    """Return the testnet that uses each key, for keys that are used."""
    users = {use.name: net.name for net in inputs.testnets for use in net.key_uses}
    accounts = {
        account.key: net.name
        for net in inputs.testnets
        for account in net.genesis.accounts
        if account.key
    }
    return accounts | users


def _entry(key: Key, users: dict[str, str]) -> dict[str, object]:
    return {
        "name": key.name,
        "kind": str(key.kind),
        "pool": key.pool,
        "owner": key.owner,
        "public_key": key.text,
        "testnet": users.get(key.name),
        "at": str(key.at),
    }


def _table(chosen: list[Key], users: dict[str, str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("key", "kind", "pool", "owner", "testnet", "public key"):
        table.add_column(name, overflow="fold")
    for key in chosen:
        user = users.get(key.name, "-")
        table.add_row(key.name, str(key.kind), key.pool, key.owner, user, key.text)
    return table
