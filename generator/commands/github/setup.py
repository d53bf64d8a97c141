"""`testnet github setup`: rules and settings of the repositories, set once and compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

import typer

from generator.commands.github.options import RepositoryOption, published_hub, resolve_hub
from generator.commands.options import Output, OutputOption, RootOption, out, resolve_root
from generator.hub import Hub, rules
from generator.hub.api import Api, Json
from generator.hub.rules import Item
from generator.load import load_fleet_alone

NEED = "administer the repository"
DRIFT = 1
# What the App does with each: nothing that is not listed.
PERMISSIONS = {
    "administration": ("read", "sees every night that the rules are still there"),
    "checks": ("read", "sees whether `gate` is green"),
    "contents": ("write", "merges, and publishes to the environments branch"),
    "merge_queues": ("write", "puts pull requests into the merge queue"),
    "metadata": ("read", "is part of every App"),
    "pull_requests": ("write", "writes the comment, brings branches up to date"),
    "statuses": ("read", "reads what Flux reports"),
}
_WHERE = "https://github.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """A repository with what it should have: rulesets, and perhaps settings."""

    hub: Hub
    rulesets: Sequence[Json]
    settings: bool


def setup(  # noqa: PLR0913 - the options of the command
    check: Annotated[
        bool, typer.Option("--check", help="Only compare; exit code 1 where something differs.")
    ] = False,
    app: Annotated[
        str,
        typer.Option(
            "--app",
            metavar="SLUG|ID",
            help="GitHub App that publishes: nobody else may write to the environments branch.",
        ),
    ] = "",
    merge_queue: Annotated[
        bool,
        typer.Option("--merge-queue", help="Merge through a queue, where GitHub offers one."),
    ] = False,
    repository: RepositoryOption = "",
    root: RootOption = None,
    output: OutputOption = Output.TEXT,
) -> int:
    """Set the rules that everything here relies on, and read back what is set.

    On main: pull requests only, the check `gate` of GitHub Actions, owners' reviews, no
    force-push. On the environments branch: a linear history that nobody rewrites, and only the
    App writes. What is there beside that stays. The token needs administration: write, once.

    Examples:

      testnet github setup --app testnet-bot

      testnet github setup --app testnet-bot --check
    """
    base = resolve_root(root)
    hub = resolve_hub(repository, base, NEED)
    fleet = load_fleet_alone(base)
    published = published_hub(hub, fleet.url)
    branch, main = fleet.branch, hub.default_branch()
    actions = rules.read_actions(hub.api)
    method = str(fleet.merging.method) if fleet.merging else "squash"
    wanted = [rules.main_ruleset(main, actions, queue=merge_queue, method=method)]
    tree = [rules.history_ruleset(branch)]
    if app:
        tree.append(rules.publisher_ruleset(branch, _app_id(hub, app)))
    same = published.name == hub.name
    targets = [_Target(hub=hub, rulesets=wanted + tree * same, settings=True)]
    if not same:
        targets.append(_Target(hub=published, rulesets=tree, settings=False))
    found = [(t.hub.name, item) for t in targets for item in _settle(t, check=check)]
    _show(found, hub.owner, output, app=app)
    return DRIFT if any(item.differences for _, item in found) else 0


def _app_id(hub: Hub, app: str) -> int:
    """Return the id of an App; one that is private is only known by it."""
    return int(app) if app.isdecimal() else rules.read_app(hub.api, app)


def _settle(target: _Target, *, check: bool) -> list[Item]:
    """Return how a repository differs from what is wanted, after writing it where it may."""
    api, name = target.hub.api, target.hub.name
    before = _look(target)
    wrote = {item.name for item in before if item.differences or item.hidden}
    if check or not wrote:
        return before
    for item in before:
        if item.name in wrote:
            _writer(item)(api, name, item)
    return [replace(item, written=item.name in wrote) for item in _look(target)]


def _look(target: _Target) -> list[Item]:
    api, name = target.hub.api, target.hub.name
    items = [rules.look_at_settings(api, name)] if target.settings else []
    return [*items, *rules.look_at_rulesets(api, name, target.rulesets)]


def _writer(item: Item) -> Callable[[Api, str, Item], None]:
    return rules.write_settings if item.name == "settings" else rules.write_ruleset


def _show(found: Sequence[tuple[str, Item]], owner: str, output: Output, *, app: str) -> None:
    if output is Output.JSON:
        rows = [
            {
                "repository": name,
                "item": item.name,
                "written": item.written,
                "differences": list(item.differences),
                "hidden": list(item.hidden),
            }
            for name, item in found
        ]
        facts = {"items": rows, "app": {"url": app_url(owner), "manifest": app_manifest(owner)}}
        typer.echo(json.dumps(facts, indent=2))
        return
    console = out()
    for name, item in found:
        state = "differs" if item.differences else "set" if item.written else "as it should be"
        console.print(f"{name}: {item.name}: {state}", soft_wrap=True)
        for difference in item.differences:
            console.print(f"  {difference}", soft_wrap=True)
        for key in item.hidden:
            console.print(f"  {key}: cannot be seen without administration: write", soft_wrap=True)
    if not app:
        console.print(
            "\nWithout --app, everybody who may push can write to the environments branch."
            " The App needs:",
            soft_wrap=True,
        )
        for name, (access, why) in PERMISSIONS.items():
            console.print(f"  {name}: {access}  ({why})", soft_wrap=True)
        console.print(f"Make it at {app_url(owner)}", soft_wrap=True)


def app_manifest(owner: str) -> dict[str, object]:
    """Return the manifest of the GitHub App, as GitHub takes it."""
    return {
        "name": f"testnet-{owner}"[:34],
        "url": _WHERE,
        "public": False,
        "hook_attributes": {"url": _WHERE, "active": False},
        "default_permissions": {name: access for name, (access, _) in PERMISSIONS.items()},
        "default_events": [],
    }


def app_url(owner: str) -> str:
    """Return the address at which somebody of an organization makes the App, filled in."""
    fields = {
        "name": f"testnet-{owner}"[:34],
        "url": _WHERE,
        "public": "false",
        "webhook_active": "false",
        **{name: access for name, (access, _) in PERMISSIONS.items()},
    }
    return f"{_WHERE}/organizations/{owner}/settings/apps/new?{urlencode(fields)}"
