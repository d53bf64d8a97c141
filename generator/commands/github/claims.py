"""`testnet github claims`: which open pull requests cannot all be merged."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from generator.claims.compare import MERGED
from generator.claims.model import Conflict
from generator.commands.github.options import PullOption, RepositoryOption, resolve_hub
from generator.commands.options import (
    NowOption,
    Output,
    OutputOption,
    RootOption,
    TreeOption,
    out,
    progress_bar,
    resolve_now,
    resolve_root,
    resolve_tree,
    say,
)
from generator.errors import UsageError
from generator.hub.hub import Hub
from generator.hub.pulls import Pull
from generator.published import read_allocations
from generator.rebuild import Progress, silent
from generator.repository import Heads, read_source
from generator.review.conflicts import Comparison, Ground, compare_pulls

NEED = "read pull requests"
CONFLICT = 1
MAIN = "main"
GITHUB = "https://github.com"

RemoteOption = Annotated[
    str,
    typer.Option(
        "--remote",
        metavar="URL",
        help="Ask no hub, only git: a repository with refs/pull/N/head.",
        show_default="the open pull requests of the repository on GitHub",
    ),
]
BaseOption = Annotated[
    str, typer.Option("--base", metavar="BRANCH", help="Branch that pull requests are for.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Pull requests that may be merged into `base`: heads by number; `url` is where git gets them.

    `base` is the full id of the commit that the branch has now.
    """

    url: str
    base: str
    heads: Mapping[int, str]


def claims(  # noqa: PLR0913 - the options of the command
    pull: PullOption = None,
    remote: RemoteOption = "",
    base: BaseOption = MAIN,
    repository: RepositoryOption = "",
    root: RootOption = None,
    tree: TreeOption = None,
    now: NowOption = "",
    output: OutputOption = Output.TEXT,
) -> int:
    """Compare what open pull requests claim: keys, names, genesis, budgets, load balancers.

    Each is read as git objects, as data alone, and planned by the code, rules and settings that
    are here. What it adds over the commit where it left the branch counts. One that cannot be read
    or planned is said and left out.

    Exit code 1 where the pull request of --pull conflicts with another one, or with what was
    merged since it was begun.

    Examples:

      testnet github claims

      testnet github claims --pull 41 --format json

      testnet github claims --remote ../main.git
    """
    place = resolve_root(root)
    heads = Heads(place)
    found = (
        list_remote(heads, remote, base)
        if remote
        else list_hub(heads, resolve_hub(repository, place, NEED), place, base)
    )
    if pull is not None and pull not in found.heads:
        say(f"pull request {pull} is not an open one for {base}: there is nothing to compare")
        return 0
    ground = Ground(
        root=place,
        heads=heads,
        base=found.base,
        published=read_allocations(resolve_tree(tree, place)),
        now=resolve_now(now),
    )
    with progress_bar() as progress:
        compared = compare_candidates(ground, found, only=pull, progress=progress)
    if output is Output.JSON:
        typer.echo(json.dumps(comparison_json(compared), indent=2))
    else:
        show_comparison(compared)
    if pull is None:
        return 0
    if pull in compared.left_out:
        raise UsageError(f"pull request {pull}: {compared.left_out[pull]}")
    return CONFLICT if compared.conflicts[pull] else 0


def list_remote(heads: Heads, url: str, base: str) -> Candidates:
    """Return what a plain git repository has: every pull request whose ref is there."""
    return Candidates(url=url, base=heads.branch(url, base), heads=heads.pulls(url))


def list_hub(
    heads: Heads, hub: Hub, root: Path, base: str, counts: Callable[[Pull], bool] = lambda _: True
) -> Candidates:
    """Return the open pull requests for a branch; git gets them from this repository's origin.

    Where that is another repository, or there is none, from GitHub. `counts` says which of them
    are meant.
    """
    url = hub_url(hub, root)
    found = (pull for pull in hub.pulls() if pull.base_ref == base)
    pulls = {pull.number: pull.head for pull in found if counts(pull)}
    return Candidates(url=url, base=heads.branch(url, base), heads=pulls)


def hub_url(hub: Hub, root: Path) -> str:
    """Return the URL from which git gets a repository on GitHub."""
    source = read_source(root)
    origin = source.origin if source else ""
    if re.search(rf"[/:]{re.escape(hub.name)}(\.git)?/?$", origin, re.IGNORECASE):
        return origin
    return f"{os.environ.get('GITHUB_SERVER_URL') or GITHUB}/{hub.name}"


def compare_open(  # noqa: PLR0913 - with what, and of what
    hub: Hub,
    root: Path,
    tree: Path,
    now: datetime,
    base_ref: str,
    *,
    only: int | None = None,
    counts: Callable[[Pull], bool] = lambda _: True,
) -> Comparison:
    """Compare the open pull requests for a branch by what they claim, read as data alone."""
    heads = Heads(root)
    found = list_hub(heads, hub, root, base_ref, counts)
    published = read_allocations(tree)
    ground = Ground(root=root, heads=heads, base=found.base, published=published, now=now)
    return compare_candidates(ground, found, only=only, progress=silent)


def compare_candidates(
    ground: Ground, found: Candidates, *, only: int | None, progress: Progress
) -> Comparison:
    """Fetch the heads of pull requests, and compare what they claim; see `compare_pulls`."""
    failed = ground.heads.fetch(found.url, [found.base, *found.heads.values()])
    if found.base in failed:
        raise UsageError(failed[found.base])
    there = {number: head for number, head in found.heads.items() if head not in failed}
    gone = {number: failed[head] for number, head in found.heads.items() if head in failed}
    if only in gone:
        return Comparison(conflicts={}, left_out=gone)
    compared = compare_pulls(ground, there, only=only, progress=progress)
    return Comparison(conflicts=compared.conflicts, left_out={**gone, **compared.left_out})


def comparison_json(compared: Comparison) -> dict[str, object]:
    """Return conflicts as plain data; `with` are the others, and `main` what is merged by now."""
    return {
        "conflicts": [
            {
                "pull": number,
                "kind": str(conflict.kind),
                "subject": conflict.subject,
                "with": [other for other in conflict.pulls if other != MERGED],
                "main": MERGED in conflict.pulls,
                "nets": list(conflict.nets),
                "text": conflict.text,
            }
            for number, conflicts in sorted(compared.conflicts.items())
            for conflict in conflicts
        ],
        "left_out": [
            {"pull": number, "reason": reason}
            for number, reason in sorted(compared.left_out.items())
        ],
    }


def show_comparison(compared: Comparison) -> None:
    """Write conflicts for people, each once, and what could not be compared."""
    console = out()
    lines = list(_lines(compared.conflicts))
    for line in lines:
        console.print(line, soft_wrap=True)
    for number, reason in sorted(compared.left_out.items()):
        say(f"#{number} is left out: {reason}")
    if not lines:
        console.print(f"no conflicts among {len(compared.conflicts)} compared")


def _lines(conflicts: Mapping[int, tuple[Conflict, ...]]) -> Iterator[str]:
    seen: set[tuple[object, ...]] = set()
    for number, found in sorted(conflicts.items()):
        for conflict in found:
            same = (conflict.kind, conflict.subject, frozenset({number, *conflict.pulls}))
            if same not in seen:
                seen.add(same)
                yield f"#{number}: {conflict.text}"
