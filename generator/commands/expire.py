"""`testnet expire`: the nets whose time is over, and the commit that would remove them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from generator.commands.options import (
    Output,
    OutputOption,
    RootOption,
    TreeOption,
    err,
    out,
    resolve_now,
    resolve_published,
    resolve_root,
)
from generator.errors import InvalidInput, ToolError
from generator.expire import Expired, find_expired, passed, removal_message
from generator.finding import Finding
from generator.load import TESTNETS
from generator.plan.genesis import utc_text
from generator.published import read_allocations, read_expiries
from generator.source import read_document
from generator.testnet import Testnet, load_testnet

MomentOption = Annotated[
    str,
    typer.Option(
        "--now",
        help="Moment by which a net must have ended, as RFC 3339 with zone.",
        show_default="the current time",
    ),
]


def expire(
    root: RootOption = None,
    tree: TreeOption = None,
    now: MomentOption = "",
    write: Annotated[
        bool,
        typer.Option("--write", help="Remove their testnet files, and print a commit message."),
    ] = False,
    output: OutputOption = Output.TEXT,
) -> int:
    """List nets whose time is over.

    A net of purpose qa ends its ttl after its first publish. With --write its testnet file is
    removed; the message to commit that with grants the removal, and is all that is printed to
    standard output. Nothing stops before that commit is published.

    Examples:

      testnet expire

      testnet expire --write > /tmp/removal && git commit --all --file /tmp/removal
    """
    base = resolve_root(root)
    target = resolve_published(tree, base)
    moment = resolve_now(now)
    expired = expired_nets(base, target, moment)
    if write:
        _remove(base, expired)
    message = removal_message(expired) if expired else ""
    if output is Output.JSON:
        typer.echo(json.dumps(_json(expired, message, removed=write), indent=2))
        return 0
    _write(expired, err() if write else out())
    if write and message:
        typer.echo(message, nl=False)
    return 0


def expired_nets(base: Path, tree: Path, moment: datetime) -> tuple[Expired, ...]:
    """Return the nets of a repository whose time is over, by what is published in `tree`."""
    expiries = read_expiries(tree)
    testnets = _load(base, passed(expiries, moment))
    return find_expired(testnets, read_allocations(tree), expiries, moment)


def _load(base: Path, names: Iterable[str]) -> tuple[Testnet, ...]:
    """Read the testnet files of some nets; one whose file is gone is on its way out already.

    Raises:
        InvalidInput: when a file cannot be read, as nobody knows then what it asks for.
    """
    findings: list[Finding] = []
    testnets: list[Testnet] = []
    for name in names:
        path = base / TESTNETS / f"{name}.yaml"
        if not path.exists():
            continue
        document = read_document(base, path)
        testnet, problems = load_testnet(document)
        findings += [*document.findings, *problems]
        if testnet is not None:
            testnets.append(testnet)
    if findings:
        raise InvalidInput(tuple(findings), base)
    return tuple(testnets)


def _remove(base: Path, expired: Sequence[Expired]) -> None:
    for net in expired:
        try:
            (base / net.file).unlink(missing_ok=True)
        except OSError as error:
            message = f"{net.file}: cannot be removed: {error.strerror}"
            raise ToolError(message) from error


def _json(expired: Sequence[Expired], message: str, *, removed: bool) -> dict[str, object]:
    return {
        "expired": [
            {"net": e.net, "owner": e.owner, "expires": utc_text(e.expires), "file": e.file}
            for e in expired
        ],
        "removed": removed and bool(expired),
        "message": message or None,
    }


def _write(expired: Sequence[Expired], console: Console) -> None:
    for net in expired:
        console.print(
            f"{net.net} (owner {net.owner}) ended {utc_text(net.expires)}: {net.file}",
            soft_wrap=True,
            markup=False,
        )
    if not expired:
        console.print("no net has expired")
