"""`testnet github expire`: a pull request that removes the nets whose time is over."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Annotated

import typer

from generator.commands.expire import MomentOption, expired_nets
from generator.commands.github.options import DryRunOption, RepositoryOption, resolve_hub
from generator.commands.options import (
    Output,
    OutputOption,
    RootOption,
    TreeOption,
    out,
    resolve_now,
    resolve_published,
    resolve_root,
)
from generator.errors import UsageError
from generator.expire import Expired, removal_message
from generator.hub.proposal import Fate, Proposed, Removal, propose_removal
from generator.plan.genesis import utc_text
from generator.repository import read_source

NEED = "write contents and pull requests"
PREFIX = "expire/"


def expire(  # noqa: PLR0913 - the options of the command
    base: Annotated[
        str, typer.Option("--base", metavar="BRANCH", help="Branch that it is for.")
    ] = "main",
    repository: RepositoryOption = "",
    root: RootOption = None,
    tree: TreeOption = None,
    now: MomentOption = "",
    dry_run: DryRunOption = False,
    output: OutputOption = Output.TEXT,
) -> int:
    """Propose the removal of nets whose time is over, in one pull request.

    Its one commit grants the removals, and nothing stops before it is merged and published. The
    same nets are proposed once: when somebody closes it, they stay. A token of a GitHub App is
    needed for checks to run on it.

    Examples:

      testnet github expire --tree ../environments

      testnet github expire --tree ../environments --dry-run
    """
    place = resolve_root(root)
    expired = expired_nets(place, resolve_published(tree, place), resolve_now(now))
    if not expired:
        _show(None, expired, output, dry_run=dry_run)
        return 0
    source = read_source(place)
    if source is None:
        raise UsageError(f"{place} is no git repository: there is no commit to remove files from")
    hub = resolve_hub(repository, place, NEED)
    names = "\n".join(sorted(net.net for net in expired))
    removal = Removal(
        branch=PREFIX + hashlib.sha256(names.encode()).hexdigest()[:12],
        base=source.commit,
        onto=base,
        files=[net.file for net in expired],
        message=removal_message(expired),
        body=_body(expired),
    )
    proposed = propose_removal(hub.api, hub.name, removal, dry=dry_run)
    _show(proposed, expired, output, dry_run=dry_run)
    return 0


def _body(expired: Sequence[Expired]) -> str:
    """Return what the pull request says, in Markdown: all in it was read by the schema."""
    rows = [f"| `{net.net}` | `{net.owner}` | {utc_text(net.expires)} |" for net in expired]
    head = (
        "The time of these nets is over. Once this is merged they are stopped and removed, with"
        " everything in their namespaces."
    )
    return "\n".join(
        [
            head,
            "",
            "| net | owner | ended |",
            "| --- | --- | --- |",
            *rows,
            "",
            "To keep one, close this and set a longer `ttl` in its file.",
        ]
    )


def _show(
    proposed: Proposed | None, expired: Sequence[Expired], output: Output, *, dry_run: bool
) -> None:
    if output is Output.JSON:
        facts = {
            "nets": [net.net for net in expired],
            "pull": (proposed.number or None) if proposed else None,
            "proposal": str(proposed.fate) if proposed else None,
            "dry_run": dry_run,
        }
        typer.echo(json.dumps(facts, indent=2))
        return
    if proposed is None:
        out().print("no net has expired")
        return
    names = ", ".join(net.net for net in expired)
    words = {
        Fate.OPENED: f"#{proposed.number} proposes to remove {names}",
        Fate.OPEN: f"#{proposed.number} proposes already to remove {names}",
        Fate.DECLINED: f"#{proposed.number} proposed to remove {names}, and was closed: they stay",
    }[proposed.fate]
    if not proposed.number:
        words = f"would propose to remove {names}"
    out().print(words, soft_wrap=True)
