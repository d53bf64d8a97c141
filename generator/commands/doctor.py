"""`testnet doctor`: whether clusters have what the nets need, and how to mend them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.text import Text

from generator.commands.environments import ContextOption, read_contexts
from generator.commands.options import (
    Output,
    OutputOption,
    RootOption,
    out,
    resolve_root,
    say,
    timeout_option,
)
from generator.doctor import Check, State, examine, wanted_of
from generator.errors import UsageError
from generator.fleet import Cluster, Fleet
from generator.guess import guess_clause
from generator.load import load_inputs
from generator.report.wording import counted
from generator.sync.setup import Setup, read_setups

ILL, NOTHING = 1, 3
_FINE = {State.OK, State.UNCHECKED}
_STYLES = {
    State.OK: "green",
    State.WRONG: "bold red",
    State.UNSEEN: "yellow",
    State.UNCHECKED: "dim",
}
_WIDTH = max(len(state) for state in State)

# Of one cluster: its checks, or why it was not examined.
Outcome: TypeAlias = tuple[Check, ...] | str


def doctor(
    clusters: Annotated[
        list[str] | None,
        typer.Argument(metavar="CLUSTER", help="Clusters of the fleet.", show_default="all"),
    ] = None,
    context: ContextOption = None,
    timeout: Annotated[float, timeout_option("For each cluster.")] = 20,
    root: RootOption = None,
    output: OutputOption = Output.TEXT,
) -> int:
    """Say what clusters lack for the nets, and how to mend it.

    Reads the clusters of the fleet through the contexts of the kubeconfig, all at once, and
    changes nothing there. Of Secrets only names are read.

    Exit code 0 when everything was seen and is well, 1 when something is wrong or cannot be seen,
    3 when no cluster can be reached.

    Examples:

      testnet doctor

      testnet doctor aws-us-west-2 --context aws-us-west-2=prod-usw2

      testnet doctor --output json | jq '.clusters[].checks[] | select(.state == "wrong")'
    """
    fleet = load_inputs(resolve_root(root), only=()).fleet
    chosen = _choose(fleet, clusters or [])
    contexts = read_contexts(context or [])
    _choose(fleet, list(contexts))
    say(f"asking {counted(len(chosen), 'cluster')}")
    seen = read_setups(
        {cluster.name: wanted_of(cluster) for cluster in chosen},
        contexts=contexts,
        seconds=timeout,
    )
    outcomes = {cluster.name: _outcome(seen[cluster.name], cluster, fleet) for cluster in chosen}
    if output is Output.JSON:
        typer.echo(json.dumps(facts(outcomes, contexts), indent=2))
    else:
        show(outcomes, out())
    return verdict(list(outcomes.values()))


def _choose(fleet: Fleet, names: Sequence[str]) -> tuple[Cluster, ...]:
    known = fleet.by_name
    for name in names:
        if name not in known:
            message = f'the fleet has no cluster "{name}"{guess_clause(name, known)}'
            raise UsageError(message)
    return tuple(cluster for cluster in fleet.clusters if cluster.name in names or not names)


def _outcome(seen: Setup | str, cluster: Cluster, fleet: Fleet) -> Outcome:
    return seen if isinstance(seen, str) else examine(seen, cluster, fleet)


def verdict(outcomes: Sequence[Outcome]) -> int:
    """Return the exit code for what came of all clusters."""
    if all(isinstance(outcome, str) for outcome in outcomes):
        return NOTHING
    fine = all(
        not isinstance(outcome, str) and all(check.state in _FINE for check in outcome)
        for outcome in outcomes
    )
    return 0 if fine else ILL


def facts(outcomes: Mapping[str, Outcome], contexts: Mapping[str, str]) -> dict[str, object]:
    """Return what came of all clusters as plain data."""
    return {
        "clusters": [
            {
                "cluster": name,
                "context": contexts.get(name, name),
                "unreachable": outcome if isinstance(outcome, str) else None,
                "checks": [
                    {
                        "name": check.name,
                        "state": str(check.state),
                        "text": check.text,
                        "remedy": check.remedy,
                    }
                    for check in (() if isinstance(outcome, str) else outcome)
                ],
            }
            for name, outcome in outcomes.items()
        ]
    }


def show(outcomes: Mapping[str, Outcome], console: Console) -> None:
    """Write a line for each check, and below it the remedy where something is to be done."""
    for name, outcome in outcomes.items():
        if isinstance(outcome, str):
            console.print(
                Text.assemble((name, "bold"), ": ", ("cannot be reached", "bold red")), end=""
            )
            console.print(f": {outcome}", soft_wrap=True)
            continue
        console.print(Text.assemble((name, "bold"), f": {_sum(outcome)}"))
        for check in outcome:
            state = (f"  {check.state:{_WIDTH}}  ", _STYLES[check.state])
            console.print(Text.assemble(state, f"{check.name}: {check.text}"), soft_wrap=True)
            if check.remedy and check.state is not State.OK:
                console.print(Text(f"  {'':{_WIDTH}}  -> {check.remedy}", "dim"), soft_wrap=True)


def _sum(checks: Sequence[Check]) -> str:
    counts = {state: sum(check.state is state for check in checks) for state in State}
    order = (State.WRONG, State.UNSEEN, State.OK, State.UNCHECKED)
    return ", ".join(f"{counts[state]} {state}" for state in order if counts[state])
