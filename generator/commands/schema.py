"""`testnet schema`: the JSON Schemas of the files that people write, and of reports."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from generator.commands.options import RootOption, out, resolve_root
from generator.errors import UsageError
from generator.schema import schema_text
from generator.tree import FileTree, write_tree


class Kind(StrEnum):
    """The kinds of file that people write, and what `testnet check` writes for programs."""

    TESTNET = "testnet"
    FLEET = "fleet"
    KEYS = "keys"
    REPORT = "report"


# What editors load; nobody edits a report.
_EDITED = (Kind.TESTNET, Kind.FLEET, Kind.KEYS)


def schema(
    kind: Annotated[Kind | None, typer.Argument(help="Which schema to print.")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write those that editors load to environments/schema/.")
    ] = False,
    root: RootOption = None,
) -> int:
    """Print the JSON Schema of a kind of file, or of the report of a check.

    With --write, write those of what people edit to where editors load them from.

    Examples:

      testnet schema testnet > testnet.json

      testnet schema --write
    """
    if write:
        files = {f"environments/schema/{name}.json": schema_text(name) for name in _EDITED}
        changes = write_tree(FileTree(files=files), resolve_root(root), tuple(files))
        out().print(f"{len(changes)} schemas changed in environments/schema")
    elif kind is None:
        message = "which schema? Name one (testnet, fleet, keys, report), or --write them"
        raise UsageError(message)
    else:
        typer.echo(schema_text(kind), nl=False)
    return 0
