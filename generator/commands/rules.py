"""`testnet rules`: what is judged, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from generator.commands.options import Output, OutputOption, RootOption, out, resolve_root
from generator.errors import UsageError
from generator.guess import guess_clause
from generator.policies import POLICIES, own_rules, read_examples, read_policies
from generator.report.rules import rule_json, rules_json, write_rule, write_rules

RuleArgument = Annotated[
    str,
    typer.Argument(metavar="[RULE]", help="Rule to explain.", show_default="list all of them"),
]
PoliciesOption = Annotated[
    Path | None,
    typer.Option(
        "--policies",
        metavar="DIR",
        help="Directory of the policies.",
        show_default="policies/ of the repository",
    ),
]


def rules(
    rule: RuleArgument = "",
    root: RootOption = None,
    policies: PoliciesOption = None,
    output: OutputOption = Output.TEXT,
) -> int:
    """List the rules, or explain one.

    What a rule demands and why, how severe it is, whether it may be waived, and an example
    of what it finds and of what it accepts.

    Examples:

      testnet rules

      testnet rules keys/unique
    """
    base = resolve_root(root)
    directory = (policies or base / POLICIES).resolve()
    read = read_policies(base, directory)
    known = {**own_rules(), **read.rules}
    if not rule:
        if output is Output.JSON:
            typer.echo(rules_json(known.values()))
        else:
            write_rules(known.values(), out())
        return 0
    if rule not in known:
        message = f'there is no rule "{rule}"{guess_clause(rule, known)}'
        raise UsageError(message)
    chosen = known[rule]
    examples = read_examples(base, chosen) if chosen.doc else {}
    if output is Output.JSON:
        typer.echo(rule_json(chosen, read, examples))
    else:
        write_rule(chosen, read, examples, out())
    return 0
