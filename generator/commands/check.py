"""`testnet check`: everything that is wrong, at the line that caused it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from generator.check.changed import check_changed
from generator.check.judge import check as judge
from generator.commands.judging import CacheOption, OpaOption, PoliciesOption, make_setting
from generator.commands.options import (
    NowOption,
    RootOption,
    TreeOption,
    drop_output,
    out,
    progress_bar,
    resolve_now,
    resolve_root,
    resolve_tree,
)
from generator.errors import InvalidInput, UsageError
from generator.finding import Severity, worst
from generator.policies import own_rules
from generator.report.folding import folded
from generator.report.github import report_github
from generator.report.json import report_json
from generator.report.markdown import report_markdown
from generator.report.sarif import report_sarif
from generator.report.verdict import Verdict

BAD_INPUT = InvalidInput.exit_code
# Directories of the repository whose files are something else than testnets to come.
_NO_DRAFTS = ("environments", "overlays", "policies", "build", ".github", ".git")


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    MARKDOWN = "markdown"


class FailOn(StrEnum):
    """The least severity of a finding that makes the exit code 1."""

    ERROR = "error"
    WARNING = "warning"


PathsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]...", help="Files or directories to report on.", show_default="all"
    ),
]


def check(  # noqa: PLR0913 - a command is its signature
    paths: PathsArgument = None,
    root: RootOption = None,
    tree: TreeOption = None,
    now: NowOption = "",
    form: Annotated[Format, typer.Option("--format", help="How to write findings.")] = Format.TEXT,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="The least severity that fails the check.")
    ] = FailOn.ERROR,
    changed_since: Annotated[
        str | None,
        typer.Option(
            "--changed-since",
            metavar="REV",
            help="Count only what a change since this revision adds.",
            show_default="everything counts",
        ),
    ] = None,
    policies: PoliciesOption = None,
    opa: OpaOption = "",
    cache: CacheOption = True,
    everything: Annotated[
        bool, typer.Option("--all", help="Show all findings where many are alike.")
    ] = False,
) -> int:
    """Judge testnets, fleet and everything rendered from them.

    With real kustomize, real OPA and real schemas, over all nets together. A PATH is a file or
    directory of the repository, or a testnet file elsewhere that is judged as if it were there.
    Exit code 1 where something is wrong, 2 where something cannot even be read.

    Examples:

      testnet check

      testnet check environments/testnets/pickles-qa.yaml --format json

      testnet check --changed-since origin/main

      testnet check --fail-on warning --format sarif > findings.sarif
    """
    if changed_since == "":
        message = "--changed-since is given no revision; is the variable that names it empty?"
        raise UsageError(message)
    base = resolve_root(root)
    published = resolve_tree(tree, base)
    chosen, extra = _resolve_paths(paths or (), base, published)
    try:
        with progress_bar() as progress:
            setting = make_setting(
                base,
                published,
                now=resolve_now(now),
                policies=policies,
                opa=opa,
                cached=cache,
                progress=progress,
            )
            if changed_since is not None:
                verdict = check_changed(base, setting, changed_since, extra=extra, paths=chosen)
            else:
                verdict = judge(base, setting, extra=extra, paths=chosen)
        setting.cache.sweep()
        code = _exit_code(verdict, fail_on)
    except InvalidInput as error:
        verdict, code = Verdict(findings=error.findings, rules=own_rules()), BAD_INPUT
    _write(verdict, form, base, everything=everything)
    return code


def _exit_code(verdict: Verdict, fail_on: FailOn) -> int:
    found = worst(verdict.findings)
    return int(found is not None and found.rank <= Severity(fail_on).rank)


def _resolve_paths(paths: Sequence[str], root: Path, tree: Path) -> tuple[list[str], list[Path]]:
    """Return the paths to report on, and testnet files that are judged beside those in the root.

    `tree` is the published tree: what lies there is no draft of anything.
    """
    inside: list[str] = []
    extra: list[Path] = []
    for text in paths:
        given = Path(text) if Path(text).exists() else root / text
        if not given.exists():
            message = f"{text}: no such file or directory"
            raise UsageError(message)
        path = _place_of(given, root)
        if path.is_relative_to(root):
            inside.append(path.relative_to(root).as_posix())
            extra.extend([path] if _is_draft(path, root, tree) else [])
            continue
        inside.append(path.as_posix())
        if not path.is_relative_to(tree):
            extra.extend(_drafts(path))
    return [] if "." in inside else inside, list(dict.fromkeys(extra))


def _place_of(path: Path, root: Path) -> Path:
    """Return where a path leads; a link in the repository is what is judged there itself."""
    own = path.parent.resolve() / path.name if path.is_symlink() else path.resolve()
    return own if own.is_relative_to(root) else path.resolve()


def _is_draft(path: Path, root: Path, tree: Path) -> bool:
    """Say whether a file of the repository is a testnet file that is not among the others."""
    kept = (*(root / name for name in _NO_DRAFTS), tree)
    return (
        path.suffix == ".yaml"
        and path.is_file()
        and not any(path.is_relative_to(place) for place in kept)
    )


def _drafts(path: Path) -> list[Path]:
    """Return the testnet files that a path outside of the repository stands for."""
    found = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    if not found or found[0].suffix != ".yaml":
        message = f"{path} is not in the repository, and no testnet file: these are *.yaml"
        raise UsageError(message)
    return found


def _write(verdict: Verdict, form: Format, root: Path, *, everything: bool) -> None:
    """Write a verdict; that nobody reads it to the end does not change the exit code."""
    try:
        _print(verdict, form, root, everything=everything)
        sys.stdout.flush()
    except BrokenPipeError:
        drop_output()
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if form is Format.GITHUB and summary:
        try:
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(report_markdown(folded(verdict)))
        except OSError as error:
            reason = error.strerror or error
            typer.echo(f"warning: GITHUB_STEP_SUMMARY={summary}: {reason}", err=True)


def _print(verdict: Verdict, form: Format, root: Path, *, everything: bool) -> None:
    # Programs are given each finding, people one mistake in the library once.
    if form not in (Format.JSON, Format.SARIF) and not everything:
        verdict = folded(verdict)
    match form:
        case Format.TEXT:
            from generator.report.findings import write_verdict  # noqa: PLC0415 - as in `options`

            write_verdict(verdict, out(), root, everything=everything)
        case Format.JSON:
            typer.echo(report_json(verdict), nl=False)
        case Format.SARIF:
            typer.echo(report_sarif(verdict, root), nl=False)
        case Format.GITHUB:
            typer.echo(report_github(verdict, root), nl=False)
        case Format.MARKDOWN:
            typer.echo(report_markdown(verdict), nl=False)
