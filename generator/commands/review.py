"""`testnet review`: what a change does, for its author, its reviewers and its pull request."""

from __future__ import annotations

import os
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from generator.commands.environments import BranchOption, PublishedOption, published_tree
from generator.commands.judging import CacheOption, OpaOption, PoliciesOption, make_setting
from generator.commands.options import (
    NowOption,
    RootOption,
    TreeOption,
    err,
    out,
    progress_bar,
    resolve_now,
    resolve_root,
    say,
)
from generator.errors import InvalidInput, UsageError
from generator.report.github import annotate
from generator.report.verdict import Verdict
from generator.repository.history import is_commit
from generator.review.bounds import bounded
from generator.review.comment import MAX_SUMMARY, render_comment, verdict_text
from generator.review.escape import shown
from generator.review.history import read_change
from generator.review.model import Judgement, Review
from generator.review.record import FILE, write_review
from generator.review.review import Request, unreadable
from generator.review.review import review as run_review
from generator.review.terminal import write_summary
from generator.tree import FileTree, write_tree


class Form(StrEnum):
    """How the command tells what it found."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


COMMENT, MANIFESTS = "comment.md", "manifests.diff"
# As `check` has it.
_CODES = {Judgement.PASS: 0, Judgement.FAIL: 1, Judgement.UNREADABLE: InvalidInput.exit_code}


def review(  # noqa: PLR0913 - a command is its signature
    base: Annotated[
        str, typer.Option("--base", metavar="REV", help="What the change is meant for.")
    ],
    output: Annotated[
        Path,
        typer.Option("--output", metavar="DIR", help="Where review.json and the others go."),
    ],
    head: Annotated[
        str,
        typer.Option(
            "--head",
            metavar="REV",
            help="Review environments/ of this revision as data, with the code, the policies and"
            " the library that are here.",
            show_default="the working tree",
        ),
    ] = "",
    environments: PublishedOption = "",
    branch: BranchOption = "environments",
    tree: TreeOption = None,
    root: RootOption = None,
    now: NowOption = "",
    policies: PoliciesOption = None,
    opa: OpaOption = "",
    cache: CacheOption = True,
    told_of: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="SHA",
            help="Commit that the review is of, where what is here is its merge with the base.",
            show_default="that of --head",
        ),
    ] = "",
    form: Annotated[
        Form,
        typer.Option("--format", help="Text for people, JSON, or annotations for GitHub Actions."),
    ] = Form.TEXT,
) -> int:
    """Tell what a change does, net by net, before it is merged.

    What it makes wrong, what the nets have and cost before and after, what restarts and moves,
    which keys are handed over, what goes for good, and how the manifests differ. The change is
    what HEAD, or --head, has beyond its last common commit with --base. DIR gets review.json,
    comment.md and manifests.diff; in a step of GitHub Actions the job summary gets the same.

    Exit code as `check --changed-since`: 1 where the change makes something wrong, 2 where it
    cannot even be read.

    Examples:

      testnet review --base origin/main --output build/review

      testnet review --base origin/main --head 4f2a9c1 --output build/review --format json
    """
    place = resolve_root(root)
    of_whom = _commit(told_of) if told_of else ""
    with (
        published_tree(environments, branch, tree, place) as published,
        progress_bar() as progress,
    ):
        try:
            setting = make_setting(
                place,
                published,
                now=resolve_now(now),
                policies=policies,
                opa=opa,
                cached=cache,
                progress=progress,
            )
        except InvalidInput as error:
            made = unreadable(read_change(place, base, head), error.findings)
        else:
            made = run_review(Request(root=place, base=base, head=head, setting=setting))
            setting.cache.sweep()
    if of_whom:
        made = replace(made, head=of_whom)
    fitted = bounded(made)
    files = {FILE: write_review(fitted), COMMENT: render_comment(fitted), MANIFESTS: _diffs(made)}
    write_tree(FileTree(files=files), output.absolute(), ())
    _summarise(fitted)
    if form is Form.JSON:
        typer.echo(files[FILE], nl=False)
    elif form is Form.GITHUB:
        verdict = Verdict(findings=made.findings, before=made.known)
        typer.echo(annotate(verdict, place), nl=False)
        write_summary(fitted, verdict_text(fitted), out())
    else:
        write_summary(fitted, verdict_text(fitted), out())
        err().print(f"{', '.join(files)} are in {output}", style="dim", soft_wrap=True)
    return _CODES[fitted.verdict]


def _commit(text: str) -> str:
    """Return a full id of a commit.

    Raises:
        UsageError: for anything else.
    """
    if not is_commit(text):
        raise UsageError(f'--for "{text[:80]}" is no full id of a commit')
    return text


def _diffs(review: Review) -> str:
    """Return all diffs whole, each under the net and the cluster that it is of."""
    parts: list[str] = []
    for net in review.nets:
        for diff in net.manifests:
            parts.append(f"# {shown(net.name)} on {shown(diff.cluster)}\n")
            parts += [f"{shown(line)}\n" for line in diff.text.splitlines()]
    return "".join(parts)


def _summarise(review: Review) -> None:
    """Add the review to the summary of a step, where there is one."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if not summary:
        return
    try:
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(render_comment(review, limit=MAX_SUMMARY))
    except OSError as error:
        say(f"warning: GITHUB_STEP_SUMMARY={summary}: {error.strerror or error}")
