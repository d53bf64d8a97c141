"""`testnet keys explain`, `audit` and `release`: the key register of the published tree."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from generator.commands.environments import (
    BranchOption,
    ContextOption,
    EnvironmentsOption,
    resolve_environments,
)
from generator.commands.options import (
    NowOption,
    Output,
    OutputOption,
    RootOption,
    out,
    progress_bar,
    resolve_kustomize,
    resolve_now,
    resolve_root,
    say,
)
from generator.commands.publish import (
    AllowDirtyOption,
    DryRunOption,
    EvidenceOption,
    IdentityOption,
    open_evidence,
    show_outcome,
)
from generator.commands.story import story_lines, story_row
from generator.errors import UsageError
from generator.evidence import NONE
from generator.load import load_readable
from generator.plan.genesis import utc_text
from generator.publickey import InvalidKey, decode_public_key
from generator.publish.audit import Doubt, audit
from generator.publish.explain import explain
from generator.publish.override import Override
from generator.publish.publish import Request, publish
from generator.publish.state import Published, key_identity, read_published
from generator.register import Record
from generator.register.file import DIRECTORY, record_path, render_record
from generator.render.manifest import key_label
from generator.report.wording import counted
from generator.repository import Environments, open_environments, read_source
from generator.tree import FileTree, write_tree

DOUBTS = 1
KeyArgument = Annotated[
    str, typer.Argument(metavar="KEY", help="Name of a key in its pool, or its public part.")
]


def explain_key(  # noqa: PLR0913 - the options of the command
    key: KeyArgument,
    environments: EnvironmentsOption = "",
    branch: BranchOption = "environments",
    evidence: EvidenceOption = NONE,
    context: ContextOption = None,
    flux_identity: IdentityOption = None,
    root: RootOption = None,
    now: NowOption = "",
    output: OutputOption = Output.TEXT,
) -> int:
    """Tell the story of a key: where it runs, since when, and what a hand-over waits for.

    Examples:

      testnet keys explain qa-001

      testnet keys explain qa-001 --evidence kubernetes --output json
    """
    base = resolve_root(root)
    url = resolve_environments(environments, read_source(base))
    source = open_evidence(evidence, base, resolve_now(now), branch, flux_identity, context)
    with open_environments(url, branch, say=say) as opened:
        published = read_published(opened.tree, opened.lineage)
        record = _record(published, _public_key(key, base), key)
        waiting = [wait for wait in published.waiting if wait.record.key == record.key]
        found = source.look(waiting, published.lineage) if waiting else {}
        story = explain(opened, record, waiting[0] if waiting else None, found)
    if output is Output.JSON:
        typer.echo(json.dumps(story_row(story), indent=2))
    else:
        for line in story_lines(key, story):
            out().print(line, soft_wrap=True)
    return 0


def audit_keys(
    environments: EnvironmentsOption = "",
    branch: BranchOption = "environments",
    rebuild: Annotated[
        Path | None,
        typer.Option("--rebuild", metavar="DIR", help="Write the register that follows, there."),
    ] = None,
    root: RootOption = None,
    output: OutputOption = Output.TEXT,
) -> int:
    """Rebuild the key register from the history, and compare it with the published one.

    Every commit is judged again: no key at two places, none given away without a drain and
    evidence. Exit code 1 when anything is in doubt.

    Examples:

      testnet keys audit

      testnet keys audit --rebuild /tmp/register --output json
    """
    url = resolve_environments(environments, read_source(resolve_root(root)))
    with open_environments(url, branch, say=say) as opened:
        records, doubts = audit(opened, _labels(opened))
        count = len(opened.lineage)
    if rebuild:
        texts = {record_path(key): render_record(record) for key, record in records.items()}
        write_tree(FileTree(texts), rebuild, ())
    if output is Output.JSON:
        rows = [{"commit": d.commit, "key": d.key, "message": d.message} for d in doubts]
        typer.echo(json.dumps({"commits": count, "keys": len(records), "doubts": rows}, indent=2))
    else:
        _write_audit(doubts, count, len(records))
    return DOUBTS if doubts else 0


def release_key(  # noqa: PLR0913 - the options of the command
    key: KeyArgument,
    cluster_is_gone: Annotated[
        bool,
        typer.Option(
            "--cluster-is-gone",
            help="Say that the key's cluster is destroyed, or can never run it again.",
        ),
    ] = False,
    by: Annotated[str, typer.Option("--by", help="Who says so; goes into the history.")] = "",
    why: Annotated[str, typer.Option("--why", help="How they know; goes into the history.")] = "",
    environments: EnvironmentsOption = "",
    branch: BranchOption = "environments",
    dry_run: DryRunOption = False,
    allow_dirty: AllowDirtyOption = False,
    root: RootOption = None,
    now: NowOption = "",
) -> int:
    """Give a key away without evidence, because its cluster is gone for good.

    The key must be draining: take its daemon out of the testnet file and publish first. If the
    cluster comes back after this, two daemons produce with one key. Who said so, and why, stays
    in the register for ever. It is a publish like any other: what else main wants goes along.

    Examples:

      testnet keys release qa-001 --cluster-is-gone --by jo --why "account closed, ticket 1234"
    """
    base = resolve_root(root)
    words = [text.strip() for text in (by, why)]
    if not (cluster_is_gone and all(word and word.isprintable() for word in words)):
        message = (
            "a key is released by hand only with --cluster-is-gone, --by WHO and --why REASON,"
            " each on one line"
        )
        raise UsageError(message)
    source = read_source(base)
    url = resolve_environments(environments, source)
    moment = resolve_now(now)
    text = _public_key(key, base)
    with progress_bar() as progress, open_environments(url, branch, say=say) as opened:
        record = _record(read_published(opened.tree, opened.lineage), text, key)
        request = Request(
            root=base,
            source=source,
            now=moment,
            evidence=Override(key=record.key, who=words[0], why=words[1], at=utc_text(moment)),
            kustomize=resolve_kustomize(base),
            dirty=allow_dirty,
            release=record.key,
        )
        outcome = publish(opened, request, write=not dry_run, progress=progress)
    show_outcome(outcome, f"{url} ({branch})", dry_run=dry_run)
    return 0


def _public_key(name: str, root: Path) -> str:
    """Return the public part of a key that is named as in a pool, or by its public part.

    Raises:
        UsageError: when it is neither.
    """
    inputs, _ = load_readable(root)
    key = inputs.inventory.keys.get(name)
    try:
        return key.text if key else decode_public_key(name).text
    except InvalidKey as error:
        message = (
            f'"{name[:80]}" is neither the name of a key (`testnet keys` lists them) nor a public'
            f" key: it {error.reason}"
        )
        raise UsageError(message) from error


def _record(published: Published, key: str, called: str) -> Record:
    record = published.records.get(key_identity(key))
    if record is None:
        message = f'the key "{called}" was never published'
        raise UsageError(message)
    return record


def _labels(opened: Environments) -> dict[str, str]:
    """Return every key of the register by the label that its pods carry.

    By the names of the files alone: what is in them is audited.
    """
    keys = (file.stem for file in sorted((opened.tree / DIRECTORY).glob("*/*.yaml")))
    return {key_label(key, identity): key for key in keys if (identity := _identity(key))}


def _identity(text: str) -> bytes:
    with suppress(InvalidKey):
        return decode_public_key(text).identity
    return b""


def _write_audit(doubts: tuple[Doubt, ...], commits: int, keys: int) -> None:
    for doubt in doubts:
        out().print(f"{doubt.commit[:12]} {doubt.key}: {doubt.message}", soft_wrap=True)
    verdict = counted(len(doubts), "doubt") if doubts else "the register is what the history says"
    told = f"{counted(keys, 'key')} over {counted(commits, 'commit')}"
    out().print(f"{verdict}: {told}", soft_wrap=True)
