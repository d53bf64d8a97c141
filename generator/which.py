"""Where a program is that may be run: never one that came with somebody's change."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def find_program(name: str) -> str | None:
    """Return where a program is on PATH, passing over what depends on the working directory.

    A directory that somebody else filled, such as a checkout, may have a program of that name.
    """
    directories = os.environ.get("PATH", "").split(os.pathsep)
    absolute = os.pathsep.join(path for path in directories if Path(path).is_absolute())
    return shutil.which(name, path=absolute) if absolute else None


def find_built(name: str, tools: Path) -> str | None:
    """Return the program that `make tools` linked into `build/tools` of a checkout.

    It lies outside of the checkout: what is in there may have come with a change from anybody.
    """
    program = shutil.which(name, path=str(tools.resolve()))
    checkout = tools.resolve().parent.parent
    if program is None or Path(program).resolve().is_relative_to(checkout):
        return None
    return program
