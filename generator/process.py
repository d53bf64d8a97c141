"""The only place of the package that starts another program."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from generator.errors import ToolError


def run(
    command: Sequence[str],
    *,
    directory: Path | None = None,
    timeout: float = 120,
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """Run a program and return what it printed; no shell, no standard input.

    `timeout` is in seconds; `environment` adds to a small one (PATH, HOME, TMPDIR).

    Raises:
        ToolError: when it cannot be started, takes too long, or exits with another code
            than 0; the error holds the first lines that it wrote to standard error.
    """
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - callers pass fixed programs, never a shell
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
            env=kept | dict(environment or {}),
        )
    except OSError as error:
        message = f"cannot run {command[0]}: {error.strerror}"
        raise ToolError(message) from error
    except subprocess.TimeoutExpired as error:
        message = f"{' '.join(command)}: no answer within {timeout:g} s"
        raise ToolError(message) from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        said = " ".join(lines[:5]) or f"exit code {done.returncode}"
        message = f"{' '.join(command)}: {said}"
        raise ToolError(message)
    return done.stdout
