"""`testnet schema`: the JSON Schemas of what people write, and of what is written for programs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from generator.commands.options import RootOption, out, resolve_root
from generator.errors import UsageError
from generator.schema import schema_text
from generator.tree import FileTree, write_tree


class Kind(StrEnum):
    """The kinds of file that people write, and what commands of these names write for programs."""

    TESTNET = "testnet"
    FLEET = "fleet"
    KEYS = "keys"
    REPORT = "report"
    REVIEW = "review"
    EVIDENCE = "evidence"
    STATUS = "status"


# What editors load; nobody edits the others.
_EDITED = (Kind.TESTNET, Kind.FLEET, Kind.KEYS)


def schema(
    kind: Annotated[Kind | None, typer.Argument(help="Which schema to print.")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write those that editors load to environments/schema/.")
    ] = False,
    root: RootOption = None,
) -> int:
    """Print the JSON Schema of a kind of file.

    Of what people write (testnet, fleet, keys), and of what is written for programs: by `check`
    (report), `review`, and `status`, whose evidence is for `publish`.

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
        raise UsageError(f"which schema? Name one ({', '.join(Kind)}), or --write them")
    else:
        typer.echo(schema_text(kind), nl=False)
    return 0
