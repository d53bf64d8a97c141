"""`testnet github status`: how merged pull requests come up, told on each of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from generator.commands.environments import BranchOption, EnvironmentsOption, resolve_environments
from generator.commands.github.comment import written_words
from generator.commands.github.options import (
    DryRunOption,
    PullOption,
    RepositoryOption,
    published_hub,
    resolve_hub,
)
from generator.commands.github.published import (
    Publication,
    held_commits,
    held_in,
    join_of,
    nets_of,
    overlays_of,
    publication_of,
    publications,
    pulls_behind,
    read_json,
    reasons_in,
    reports_of,
    seen_in,
    sources_behind,
    waiting_in,
)
from generator.commands.options import Output, OutputOption, RootOption, out, resolve_root, say
from generator.errors import UsageError
from generator.hub import Hub, Pull
from generator.hub.api import Json
from generator.hub.comments import Section, Sticky, Written
from generator.hub.graphql import read_viewer
from generator.hub.statuses import Status
from generator.load import load_fleet_alone
from generator.repository import Environments, Heads, Source, open_environments, read_source
from generator.review.rollout import NetRollout, Rollout, fold_cells, render_rollout

NEED = "read commit statuses and write to pull requests"
# The rollout must not take the room of the review, which stands in the same comment.
MOST_CHARACTERS = 20_000
# Without an option, the newest commits of the published branch are looked at.
NEWEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """Everything that a rollout is told from; `statuses` are kept, as many nets share a commit."""

    hub: Hub
    reports: Hub
    identity: str
    environments: Environments
    heads: Heads
    source: Source
    publications: Sequence[Publication]
    published: Json
    observed: Json
    statuses: dict[str, dict[str, Status]] = field(default_factory=dict)


def status(  # noqa: PLR0913 - the options of the command
    pull: PullOption = None,
    commit: Annotated[
        str,
        typer.Option("--commit", metavar="SHA", help="Commit of the published branch, in full."),
    ] = "",
    published: Annotated[
        Path | None,
        typer.Option("--published", help="JSON of `testnet publish`: nets that are held back."),
    ] = None,
    observed: Annotated[
        Path | None,
        typer.Option("--observed", help="JSON of `testnet status`: what runs on clusters."),
    ] = None,
    environments: EnvironmentsOption = "",
    branch: BranchOption = "environments",
    repository: RepositoryOption = "",
    root: RootOption = None,
    dry_run: DryRunOption = False,
    output: OutputOption = Output.TEXT,
) -> int:
    """Tell on a merged pull request how its nets come up, cluster by cluster.

    What Flux reports on commits of the published branch becomes one table in the comment of the
    pull request: what is applied and proved, what failed, which keys wait to be handed over, and
    how to join when all is up. Without --pull and --commit, those that the newest commits of the
    published branch brought.

    Examples:

      testnet github status --pull 41

      testnet github status --commit "$SHA" --dry-run

      testnet publish --format json > done.json; testnet github status --published done.json
    """
    if pull and commit:
        raise UsageError("--pull and --commit both name what to tell of; give one of them")
    base = resolve_root(root)
    source = read_source(base)
    if source is None:
        raise UsageError(f"{base} is no git repository: nothing was published from it")
    hub = resolve_hub(repository, base, NEED)
    fleet = load_fleet_alone(base)
    if not fleet.flux_identity:
        say("fleet.yaml has no notifications.flux_identity: no commit status is believed")
    url = resolve_environments(environments, source)
    with open_environments(url, branch, say=say) as opened:
        desk = _Desk(
            hub=hub,
            reports=published_hub(hub, fleet.url),
            identity=fleet.flux_identity,
            environments=opened,
            heads=Heads(base),
            source=source,
            publications=publications(opened),
            published=read_json(published, "--published"),
            observed=read_json(observed, "--observed"),
        )
        told = [(p, _rollout(desk, p)) for p in _pulls(desk, pull, commit)]
    login = read_viewer(hub.api) if told else ""
    rows = [(p, r, _write(hub, p, r, login, dry_run=dry_run)) for p, r in told]
    _show(rows, output, dry_run=dry_run)
    return 0


def _pulls(desk: _Desk, number: int | None, commit: str) -> Iterator[Pull]:
    """Yield the merged pull requests to tell of."""
    if number:
        pull = desk.hub.pull(number)
        if pull.merged:
            yield pull
        else:
            say(f"#{number} is not merged: there is nothing to tell yet")
        return
    commits = [commit] if commit else [p.commit for p in desk.publications[-NEWEST:]]
    sources = (
        made
        for published in commits
        for made in sources_behind(desk.source, desk.heads, desk.publications, published)
    )
    held = () if commit else held_commits(desk.published)
    yield from pulls_behind(desk.hub, chain(sources, held), desk.hub.default_branch())


def _rollout(desk: _Desk, pull: Pull) -> Rollout:
    if not desk.heads.has(pull.merge_commit) and desk.source.origin:
        desk.heads.fetch(desk.source.origin, [pull.merge_commit])
    publication = publication_of(desk.heads, desk.publications, pull.merge_commit)
    paths = [path for file in desk.hub.files(pull.number) for path in (file.path, file.before)]
    nets = nets_of(paths, publication)
    return Rollout(
        source=pull.merge_commit,
        published=publication.commit if publication else "",
        nets=tuple(_net(desk, net, publication) for net in nets) if publication else (),
        held=held_in(desk.published, nets),
    )


def _net(desk: _Desk, net: str, publication: Publication) -> NetRollout:
    tree, lineage = desk.environments.tree, desk.environments.lineage
    overlays = overlays_of(tree, net)
    commits = [commit.id for commit in desk.environments.commits()]
    since = [
        c for c in commits if c == publication.commit or lineage.follows(c, publication.commit)
    ]
    reports = reports_of(desk.reports, since, net, overlays, desk.identity, desk.statuses)
    seen = seen_in(desk.observed, net, set(since))
    reasons = reasons_in(desk.observed) | reasons_in(desk.published)
    return NetRollout(
        name=net,
        cells=fold_cells(overlays, reports, seen),
        waiting=waiting_in(tree, net, reasons),
        join=join_of(tree, net),
    )


def _write(hub: Hub, pull: Pull, rollout: Rollout, login: str, *, dry_run: bool) -> Written:
    sticky = Sticky(hub.api, hub.name, pull.number, login)

    def render(room: int) -> str:
        return render_rollout(rollout, min(room, MOST_CHARACTERS))

    return sticky.write(Section.ROLLOUT, render, dry=dry_run)


def _show(rows: Sequence[tuple[Pull, Rollout, Written]], output: Output, *, dry_run: bool) -> None:
    if output is Output.JSON:
        typer.echo(json.dumps([_row(*row, dry_run=dry_run) for row in rows], indent=2))
        return
    if not rows:
        out().print("no merged pull request to tell of")
    for pull, rollout, written in rows:
        if dry_run:
            typer.echo(written.text)
        state = "up" if rollout.up else "coming up" if rollout.published else "not published yet"
        text = f"#{pull.number}: {state}; {written_words(written, dry_run=dry_run)}"
        (say if dry_run else out().print)(text)


def _row(pull: Pull, rollout: Rollout, written: Written, *, dry_run: bool) -> dict[str, object]:
    return {
        "pull": pull.number,
        "source": rollout.source,
        "published": rollout.published or None,
        "up": rollout.up,
        "held": [{"net": held.net, "reason": held.reason} for held in rollout.held],
        "nets": [
            {
                "net": net.name,
                "up": net.up,
                "cells": [
                    {
                        "cluster": cluster,
                        "phase": str(phase),
                        "state": str(cell.state),
                        "commit": cell.commit or None,
                        "at": cell.at or None,
                        "text": cell.text or None,
                    }
                    for cluster, cells in net.cells.items()
                    for phase, cell in cells.items()
                ],
                "waits": [
                    {"key": w.key, "cluster": w.cluster, "waits_for": w.waits_for}
                    for w in net.waiting
                ],
            }
            for net in rollout.nets
        ],
        "comment": str(written.effect),
        "dry_run": dry_run,
    }
