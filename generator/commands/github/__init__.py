"""`testnet github`: pull requests as the interface; every step of the workflows, by hand too."""

from __future__ import annotations

import typer

from generator.commands.github.claims import claims
from generator.commands.github.comment import comment
from generator.commands.github.expire import expire
from generator.commands.github.merge import merge
from generator.commands.github.setup import setup
from generator.commands.github.status import status

github = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@github.callback()
def _github() -> None:
    """Comment on, merge and follow pull requests; set up GitHub.

    The token is that of GITHUB_TOKEN or GH_TOKEN.
    """


for _command in (comment, claims, merge, status, expire, setup):
    github.command()(_command)
