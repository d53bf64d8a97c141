"""`testnet github comment`: the one comment on a pull request, from a review that is data."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from generator.claims import Conflict
from generator.commands.github.claims import compare_open
from generator.commands.github.options import (
    DryRunOption,
    PullOption,
    RepositoryOption,
    resolve_hub,
)
from generator.commands.options import (
    NowOption,
    Output,
    OutputOption,
    RootOption,
    TreeOption,
    out,
    resolve_now,
    resolve_root,
    resolve_tree,
    say,
)
from generator.errors import GeneratorError, UsageError
from generator.hub import MOST_FILES, ChangedFile, Hub, Pull
from generator.hub.comments import Effect, Section, Written, open_sticky
from generator.report.wording import counted
from generator.review.comment import render_comment
from generator.review.model import Review
from generator.review.record import FILE, MAX_SIZE, read_review

NEED = "write to pull requests"
OWN_CODE = (
    "> [!WARNING]\n"
    "> This pull request changes the code that made this report: workflows, policies or the"
    " program itself. Believe nothing below before you have read those changes."
)
NO_REVIEW = (
    "## testnet review: there is none\n\n"
    "The checks ended without a review of this commit that could be read; their log says why."
)
# What is read as data alone; everything else is code, or says how code is run.
_DATA = ("environments/", "docs/")


def comment(  # noqa: PLR0913 - the options of the command
    review: Annotated[
        Path,
        typer.Option(
            "--review", metavar="DIR", help="Directory with the review.json of `testnet review`."
        ),
    ],
    pull: PullOption = None,
    head: Annotated[
        str,
        typer.Option(
            "--head",
            metavar="SHA",
            help="Commit that the review has to be of; without --pull, the pull requests with"
            " this head are meant.",
        ),
    ] = "",
    report_url: Annotated[
        str, typer.Option("--report-url", metavar="URL", help="Where the whole report is.")
    ] = "",
    conflicts: Annotated[
        bool,
        typer.Option(
            "--conflicts/--no-conflicts", help="Compare it with the other open pull requests."
        ),
    ] = True,
    repository: RepositoryOption = "",
    root: RootOption = None,
    tree: TreeOption = None,
    now: NowOption = "",
    dry_run: DryRunOption = False,
    output: OutputOption = Output.TEXT,
) -> int:
    """Write what a pull request does into its one comment, and keep it up to date.

    The review may come from anybody: it is read as data, and everything in it is escaped. One of
    another commit than the head of the pull request is left alone.

    Examples:

      testnet github comment --pull 41 --review build/review

      testnet github comment --head "$SHA" --review build/review --dry-run
    """
    if pull is None and not head:
        raise UsageError("say which pull request with --pull or --head")
    record: Review | None
    try:
        record = _review_of(review, head)
    except GeneratorError as error:
        if pull:
            raise
        # Nobody else will say it: the run that should have left a review is over.
        say(f"warning: {error}")
        record = None
    base = resolve_root(root)
    hub = resolve_hub(repository, base, NEED)
    found = (hub.pull(pull),) if pull else tuple(p for p in hub.pulls() if p.head == head)
    compare = _comparer(hub, base, resolve_tree(tree, base), resolve_now(now), wanted=conflicts)
    commit = record.head if record else head
    rows = [
        (each, _write(hub, each, commit, record, compare, report_url, dry=dry_run))
        for each in found
    ]
    _show(rows, output, dry_run=dry_run)
    return 0


_Compare = Callable[[Pull], Sequence[Conflict]]


def _review_of(directory: Path, head: str) -> Review:
    """Return the review in a directory, which has to be of a commit where one is named."""
    record = read_review(_read(directory))
    if head and record.head != head:
        message = f"the review is of {record.head[:12] or 'a working tree'}, not of {head[:12]}"
        raise UsageError(message)
    return record


def _write(  # noqa: PLR0913 - what is said, and where
    hub: Hub,
    pull: Pull,
    commit: str,
    record: Review | None,
    compare: _Compare,
    report_url: str,
    *,
    dry: bool,
) -> Written:
    """Write the review of a pull request, for as long as it is of its head."""
    if pull.head != commit:
        return Written(effect=Effect.OUTDATED)
    notice = f"{OWN_CODE}\n\n" if runs_own_code(hub.files(pull.number)) else ""
    conflicts = compare(pull) if record else ()

    def render(room: int) -> str:
        if record is None:
            return notice + NO_REVIEW
        limit = room - len(notice)
        return notice + render_comment(
            record, conflicts=conflicts, report_url=report_url, limit=limit
        )

    return open_sticky(hub.api, hub.name, pull.number).write(
        Section.REVIEW,
        render,
        wanted=lambda: hub.pull(pull.number).head == commit,
        dry=dry,
    )


def _comparer(hub: Hub, root: Path, tree: Path, now: datetime, *, wanted: bool) -> _Compare:
    """Return what tells the conflicts of a pull request; where they cannot be known, none."""

    def compare(pull: Pull) -> Sequence[Conflict]:
        if not wanted:
            return ()
        try:
            compared = compare_open(hub, root, tree, now, pull.base_ref, only=pull.number)
        except GeneratorError as error:
            say(f"it is not compared with other pull requests: {error}")
            return ()
        return compared.conflicts.get(pull.number, ())

    return compare


def runs_own_code(files: tuple[ChangedFile, ...]) -> bool:
    """Say whether a pull request changes what its own checks run."""
    paths = [path for file in files for path in (file.path, file.before) if path]
    return len(files) >= MOST_FILES or any(
        not path.startswith(_DATA) and not path.endswith(".md") for path in paths
    )


def written_words(written: Written, *, dry_run: bool) -> str:
    """Return in words what became of the comment."""
    known = {
        Effect.OUTDATED: "outdated, left alone: its head has moved on",
        Effect.UNCHANGED: "the comment says so already",
    }
    words = known.get(written.effect, f"comment {'would be ' if dry_run else ''}{written.effect}")
    gone = f", {counted(written.removed, 'double')} removed" if written.removed else ""
    return f"{words}{gone} {written.url}".rstrip()


def _show(rows: Sequence[tuple[Pull, Written]], output: Output, *, dry_run: bool) -> None:
    if output is Output.JSON:
        facts = [
            {
                "pull": pull.number,
                "head": pull.head,
                "comment": str(written.effect),
                "url": written.url or None,
                "removed": written.removed,
                "dry_run": dry_run,
                **({"text": written.text} if dry_run else {}),
            }
            for pull, written in rows
        ]
        typer.echo(json.dumps(facts, indent=2))
        return
    if not rows:
        out().print("outdated, left alone: no open pull request has this head")
    for pull, written in rows:
        if dry_run and written.text:
            typer.echo(written.text)
        text = f"#{pull.number}: {written_words(written, dry_run=dry_run)}"
        (say if dry_run else out().print)(text)


def _read(directory: Path) -> bytes:
    """Return the review in a directory that somebody else filled: a plain file, of some size."""
    path = directory / FILE
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(opened, "rb") as file:
            if not stat.S_ISREG(os.fstat(opened).st_mode):
                raise UsageError(f"{path} is no plain file")
            return file.read(MAX_SIZE + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or 'cannot be read'}") from error
