"""`testnet publish`: what main wants into the published tree, by the next safe step."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from generator.commands.environments import (
    BranchOption,
    ContextOption,
    EnvironmentsOption,
    read_contexts,
    resolve_environments,
    whoami,
)
from generator.commands.handovers import handover_rows, handover_table
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
from generator.evidence import NONE, STATUSES, open_source
from generator.evidence import Source as EvidenceSource
from generator.load import load_fleet_alone
from generator.plan.genesis import utc_text
from generator.publish.publish import Outcome, Request
from generator.publish.publish import publish as run_publish
from generator.report.wording import counted
from generator.repository import open_environments, read_source

WAITS = 1
NAMED = 5

EvidenceOption = Annotated[
    str,
    typer.Option(
        "--evidence",
        metavar="kubernetes|github|none|FILE",
        help="Where it is seen that a drained daemon has stopped; FILE is the JSON of"
        " `testnet status`.",
    ),
]
IdentityOption = Annotated[
    list[str] | None,
    typer.Option(
        "--flux-identity",
        metavar="LOGIN",
        help="Login as which Flux writes commit statuses, with --evidence github.",
        show_default="notifications.flux_identity of the fleet",
    ),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Show the steps to come, and write nothing.")
]
AllowDirtyOption = Annotated[
    bool, typer.Option("--allow-dirty", help="Publish changes that are not committed too.")
]


def publish(  # noqa: PLR0913 - the options of the command
    environments: EnvironmentsOption = "",
    branch: BranchOption = "environments",
    evidence: EvidenceOption = NONE,
    allow_removal: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-removal",
            metavar="NET",
            help="Let a net's namespaces and volumes go, as the trailer Allow-removal does.",
        ),
    ] = None,
    dry_run: DryRunOption = False,
    allow_dirty: AllowDirtyOption = False,
    first: Annotated[
        bool,
        typer.Option("--first", help="Begin: make the branch, which must not be there yet."),
    ] = False,
    context: ContextOption = None,
    flux_identity: IdentityOption = None,
    root: RootOption = None,
    now: NowOption = "",
    form: OutputOption = Output.TEXT,
) -> int:
    """Publish what main wants, one safe step further.

    Every net goes ahead but for the block producers whose keys run elsewhere: those are told to
    stop first, and their keys are given away when there is evidence that they have stopped. Run
    it again at any time, after any failure, from anywhere: it goes on from what is published.

    A net stays as it is published while its own file is wrong, or while it takes what another one
    has: a key, the genesis of a public net, the rest of a budget. All others go ahead.

    Exit code 0 also while keys wait; 1 when a net is held so, or a removal waits for a grant.

    Examples:

      testnet publish --first

      testnet publish --dry-run

      testnet publish --evidence kubernetes

      testnet publish --environments git@github.com:example/environments.git --evidence github
    """
    base = resolve_root(root)
    source = read_source(base)
    url = resolve_environments(environments, source)
    moment = resolve_now(now)
    request = Request(
        root=base,
        source=source,
        now=moment,
        evidence=open_evidence(evidence, base, moment, branch, flux_identity, context),
        kustomize=resolve_kustomize(base),
        allowed=tuple(allow_removal or ()),
        dirty=allow_dirty,
        first=first,
    )
    with progress_bar() as progress, open_environments(url, branch, say=say) as opened:
        outcome = run_publish(opened, request, write=not dry_run, progress=progress)
    going = {removal.net for removal in outcome.proposal.removals}
    for net in sorted(set(allow_removal or ()) - going):
        say(f"--allow-removal {net}: nothing of a net of that name would disappear")
    if form is Output.JSON:
        typer.echo(json.dumps(summary(outcome, dry_run=dry_run), indent=2))
    else:
        show_outcome(outcome, f"{url} ({branch})", dry_run=dry_run)
    return WAITS if outcome.withheld or outcome.held else 0


def open_evidence(  # noqa: PLR0913 - the options that evidence needs
    text: str,
    root: Path,
    moment: datetime,
    branch: str,
    identities: list[str] | None,
    contexts: list[str] | None,
) -> EvidenceSource:
    """Return the source of evidence that `--evidence` names.

    Commit statuses are read where Flux writes them, which the fleet says: the published tree may
    be reached by another URL.
    """
    fleet = load_fleet_alone(root) if text == STATUSES else None
    known = (fleet.flux_identity,) if fleet and fleet.flux_identity else ()
    return open_source(
        text,
        at=utc_text(moment),
        who=whoami(),
        url=fleet.url if fleet else "",
        branch=branch,
        flux_identity=identities or known,
        contexts=read_contexts(contexts or []),
    )


def summary(outcome: Outcome, *, dry_run: bool) -> dict[str, object]:
    """Return what publishing did as plain data."""
    proposal = outcome.proposal
    return {
        "commit": outcome.commit or None,
        "dry_run": dry_run,
        "nets": list(outcome.nets),
        "changes": [{"path": c.path, "kind": str(c.kind)} for c in proposal.changes],
        "hand_overs": handover_rows(outcome.handovers, outcome.since),
        "removals": [
            {
                "net": removal.net,
                "namespaces": list(removal.namespaces),
                "daemons": list(removal.daemons),
                "volumes": removal.volumes,
                "needs_grant": removal.needed,
                "granted_by": removal.granted or None,
            }
            for removal in proposal.removals
        ],
        "held": [
            {
                "net": held.net,
                "reason": held.reason,
                "with": list(held.against),
                "commit": held.commit or None,
            }
            for held in outcome.held
        ],
    }


def show_outcome(outcome: Outcome, where: str, *, dry_run: bool) -> None:
    """Write for people what a publish did, or would do."""
    console = out()
    count = len(outcome.proposal.changes)
    what = f"{counted(count, 'file')} of {_listed(outcome.nets)}"
    if not count:
        console.print("nothing to publish: everything is as main wants it, or waits")
    elif dry_run:
        console.print(f"would publish {what} to {where}", soft_wrap=True)
    else:
        console.print(f"published {outcome.commit}: {what} to {where}", soft_wrap=True)
    if outcome.handovers:
        console.print(handover_table(outcome.handovers, outcome.since))
    for held in outcome.held:
        since = f" (last changed by {held.commit[:12]})" if held.commit else ""
        console.print(f"{held.net} is held back{since}: {held.reason}", soft_wrap=True)
    for removal in outcome.withheld:
        console.print(
            f"{removal.net} stays as it is published: it would lose {removal}. If that is meant,"
            f' commit to main with a last line "Allow-removal: {removal.net}", or run this with'
            f" --allow-removal {removal.net}",
            soft_wrap=True,
        )


def _listed(nets: tuple[str, ...]) -> str:
    if not nets:
        return "what all nets share"
    more = ", ..." if len(nets) > NAMED else ""
    return f"{counted(len(nets), 'net')} ({', '.join(nets[:NAMED])}{more})"
