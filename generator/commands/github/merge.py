"""`testnet github merge`: merges what the policy lets merge, at the head that was checked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from generator.check.setting import Setting
from generator.claims import Conflict
from generator.commands.environments import BranchOption, PublishedOption, published_tree
from generator.commands.github.claims import compare_open, hub_url
from generator.commands.github.options import (
    DryRunOption,
    PullOption,
    RepositoryOption,
    resolve_hub,
)
from generator.commands.judging import make_setting
from generator.commands.options import (
    NowOption,
    Output,
    OutputOption,
    RootOption,
    TreeOption,
    out,
    resolve_now,
    resolve_root,
)
from generator.errors import GeneratorError, RemoteError, UsageError
from generator.fleet import Merging
from generator.hub import MOST_FILES, Hub, Pull
from generator.hub.graphql import read_viewer
from generator.hub.merging import Fate, Gate, Outcome, merge_pull, read_gate, withdraw
from generator.load import FLEET, KEYS, load_fleet_alone
from generator.publish.removal import read_grants
from generator.report.wording import visible
from generator.repository import Heads, Source, read_source
from generator.review.conflicts import Comparison
from generator.review.head import INPUTS
from generator.review.history import MAX_COMMITS, read_change
from generator.review.merging import judge_kind, judge_merge
from generator.review.model import Review
from generator.review.review import Request
from generator.review.review import review as make_review

NEED = "merge pull requests"
MOVED, FAILED = 1, RemoteError.exit_code
# Whatever else a pull request changes needs people.
ALLOWED = "environments/testnets/"
_GATE = {
    Gate.RUNNING: "waits for `gate`, which runs",
    Gate.MISSING: "waits for `gate`, which has not run on its head",
    Gate.FAILED: "waits for its author: `gate` is red",
}
_NO_POLICY = "nothing merges by itself: fleet.yaml has no merging.automatic"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What pull requests are judged with: the code, policies and files of the checkout."""

    hub: Hub
    root: Path
    source: Source
    heads: Heads
    setting: Setting
    policy: Merging
    login: str
    auto: bool
    dry: bool
    compared: dict[str, Comparison] = field(default_factory=dict)  # by branch, made when needed

    @property
    def url(self) -> str:
        """Where git gets the heads."""
        return hub_url(self.hub, self.root)

    def compare(self, branch: str) -> Comparison:
        """Compare what the open pull requests for a branch claim that may merge, once.

        What anybody may open keeps nothing else from merging.
        """
        if branch not in self.compared:
            setting = self.setting
            self.compared[branch] = compare_open(
                self.hub, self.root, setting.tree, setting.now, branch, counts=self._counts
            )
        return self.compared[branch]

    def _counts(self, pull: Pull) -> bool:
        automatic = self.policy.automatic
        return automatic is not None and not any(judge_kind(pull, automatic))


def merge(  # noqa: PLR0913 - the options of the command
    pull: PullOption = None,
    auto_merge: Annotated[
        bool,
        typer.Option(
            "--auto-merge",
            help="Leave it to GitHub where only a review is missing: it merges when that is there,"
            " with whatever was pushed to the branch until then.",
        ),
    ] = False,
    environments: PublishedOption = "",
    branch: BranchOption = "environments",
    tree: TreeOption = None,
    repository: RepositoryOption = "",
    root: RootOption = None,
    now: NowOption = "",
    dry_run: DryRunOption = False,
    output: OutputOption = Output.TEXT,
) -> int:
    """Merge open pull requests that the policy in fleet.yaml lets merge without a person.

    Each is reviewed here, with the code, the rules and the policy of this checkout, which has to
    be the head of the branch that it is for. It merges only where nothing but testnet files
    changed, `gate` of GitHub Actions is green on exactly its head, and that is its head still.

    Exit code 0 also where nothing merges; 1 when a head moved meanwhile.

    Examples:

      testnet github merge --dry-run

      testnet github merge --pull 41 --environments git@github.com:example/environments.git
    """
    base = resolve_root(root)
    source = read_source(base)
    if source is None:
        raise UsageError(f"{base} is no git repository: there is nothing to judge with")
    if source.dirty and not dry_run:
        raise UsageError("there are changes that are not committed: nothing is judged by those")
    policy = load_fleet_alone(base).merging
    hub = resolve_hub(repository, base, NEED)
    chosen = (hub.pull(pull),) if pull else hub.pulls()
    with published_tree(environments, branch, tree, base) as published:
        desk = _Desk(
            hub=hub,
            root=base,
            source=source,
            heads=Heads(base),
            setting=make_setting(base, published, now=resolve_now(now)),
            policy=policy or Merging(),
            login=read_viewer(hub.api),
            auto=auto_merge,
            dry=dry_run,
        )
        rows = [(found, _handle(desk, found)) for found in chosen]
        desk.setting.cache.sweep()
    _show(rows, output, dry_run=dry_run)
    failed = any(isinstance(outcome, RemoteError) for _, outcome in rows)
    moved = any(isinstance(o, Outcome) and o.fate is Fate.MOVED for _, o in rows)
    return FAILED if failed else MOVED if moved else 0


def _handle(desk: _Desk, pull: Pull) -> Outcome | RemoteError:
    """Return what becomes of one pull request; trouble with one keeps no other from merging."""
    try:
        reasons = _reasons(desk, pull)
        if isinstance(reasons, Outcome):
            return reasons
        if reasons:
            return _leave(desk, pull, reasons)
        return merge_pull(
            desk.hub.api,
            desk.hub.name,
            pull,
            method=str(desk.policy.method),
            stale=_is_stale(desk, pull),
            auto=desk.auto,
            dry=desk.dry,
        )
    except RemoteError as error:
        return error
    except GeneratorError as error:
        # Whatever a pull request holds, the others go ahead.
        return _waits(f"not automatic: it cannot be reviewed: {visible(str(error))}")


def _reasons(desk: _Desk, pull: Pull) -> Outcome | Sequence[str]:
    """Return what it waits for, or why it does not merge by itself; nothing where it may.

    What costs least is asked first: most pull requests need no review here.
    """
    if not pull.open:
        return _waits("is not open")
    if desk.policy.automatic is None:
        return (_NO_POLICY,)
    if kind := tuple(judge_kind(pull, desk.policy.automatic)):
        return kind
    files = desk.hub.files(pull.number)
    outside = [path for file in files for path in (file.path, file.before) if not _allowed(path)]
    if outside or not files or len(files) >= MOST_FILES:
        return (_outside(len(outside)),)
    gate = read_gate(desk.hub.api, desk.hub.name, pull.head)
    if gate is not Gate.PASSED:
        return _waits(_GATE[gate])
    return _review(desk, pull)


def _review(desk: _Desk, pull: Pull) -> Outcome | Sequence[str]:
    """Review the head as data, over the branch that it is for as it is now."""
    url, base = desk.url, desk.source.commit
    if desk.heads.branch(url, pull.base_ref) != base:
        return _waits(f"waits for the next run: {pull.base_ref} is not what is checked out here")
    if reason := desk.heads.fetch(url, [pull.head]).get(pull.head):
        return _waits(f"waits: its head cannot be fetched: {reason}")
    compared = desk.compare(pull.base_ref)
    if pull.number in compared.left_out:
        return (f"it cannot be compared with others: {compared.left_out[pull.number]}",)
    if pull.number not in compared.conflicts:
        return _waits("waits for the next run: it has changed since this one began")
    request = Request(root=desk.root, base=base, head=pull.head, setting=desk.setting)
    reviewed = make_review(request)
    messages = read_change(desk.root, base, pull.head).messages
    return (
        *_judge(reviewed, desk.policy, pull, compared.conflicts[pull.number]),
        *_grants(reviewed, desk.policy, messages),
    )


def _grants(review: Review, policy: Merging, messages: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield why what its commits let go needs people: publish believes every commit of main."""
    if len(messages) >= MAX_COMMITS:
        yield f"it has {MAX_COMMITS} commits or more, and of no others is read what they let go"
    own = {net.name for net in review.nets}
    free = own if policy.automatic and policy.automatic.deletions else set()
    others = sorted(read_grants(messages).keys() - free)
    if others:
        yield f"it lets {', '.join(others[:3])} go"


def _is_stale(desk: _Desk, pull: Pull) -> bool:
    """Say whether its branch has changed what it was judged over, since it was begun.

    What would merge is not what was judged then: a net may have got another owner meanwhile.
    """
    base = desk.source.commit
    since = desk.heads.changed(pull.head, base, INPUTS)
    mine = {*desk.heads.changed(base, pull.head, INPUTS), FLEET}
    return any(path in mine or path.startswith(f"{KEYS}/") for path in since)


def _judge(
    review: Review, policy: Merging, pull: Pull, conflicts: Sequence[Conflict]
) -> tuple[str, ...]:
    """Return why the policy does not let it merge; of the paths, those of git count."""
    outside = [path for path in review.paths if not _allowed(path)]
    if outside or review.head != pull.head:
        return (_outside(len(outside)),)
    return judge_merge(review, policy, pull, conflicts)


def _allowed(path: str) -> bool:
    return not path or path.startswith(ALLOWED)


def _outside(count: int) -> str:
    if not count:
        return "not all that it changes is known"
    return f"it changes {count} {'files' if count > 1 else 'file'} outside of {ALLOWED}"


def _waits(text: str) -> Outcome:
    return Outcome(fate=Fate.WAITS, text=text)


def _leave(desk: _Desk, pull: Pull, reasons: Sequence[str]) -> Outcome:
    """Leave a pull request to people, and take back what an earlier run allowed."""
    text = f"not automatic: {'; '.join(reasons)}"
    if withdraw(desk.hub.api, desk.hub.name, pull, desk.login, dry=desk.dry):
        text = f"{text} (its auto-merge was taken back)"
    return _waits(text)


def _show(
    rows: Sequence[tuple[Pull, Outcome | RemoteError]], output: Output, *, dry_run: bool
) -> None:
    if output is Output.JSON:
        facts = [
            {
                "pull": pull.number,
                "head": pull.head,
                "outcome": str(outcome.fate) if isinstance(outcome, Outcome) else "failed",
                "text": outcome.text if isinstance(outcome, Outcome) else str(outcome),
                "dry_run": dry_run,
            }
            for pull, outcome in rows
        ]
        typer.echo(json.dumps(facts, indent=2))
        return
    console = out()
    if not rows:
        console.print("no open pull request")
    for pull, outcome in rows:
        text = outcome.text if isinstance(outcome, Outcome) else f"failed: {outcome}"
        console.print(f"#{pull.number}: {text}", soft_wrap=True)
