"""Programs measured as whole processes, and where the tools for it are."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.synthetic import REPOSITORY

CORES = os.cpu_count() or 1
TOOLS = REPOSITORY / "build/tools"
_SHOWN = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Wall seconds of a program, seconds of processor time, and what it printed.

    `processor` is that of all its processes, `peak` that of the largest in MiB.
    """

    seconds: float
    processor: float
    peak: float
    output: bytes = b""


def measure(
    command: Sequence[str],
    directory: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
) -> Measured:
    """Run a program to its end and measure it and its children; one that fails ends all."""
    start = time.perf_counter()
    variables = {**os.environ, **(environment or {})}
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            command, cwd=directory, env=variables, stdout=subprocess.PIPE, stderr=said
        ) as process,
    ):
        assert process.stdout
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            text = (output[-_SHOWN:] + said.read()[-_SHOWN:]).decode(errors="replace")
            sys.exit(f"{text}\n{' '.join(command)}: exit code {process.returncode}")
    return Measured(
        seconds=time.perf_counter() - start,
        processor=usage.ru_utime + usage.ru_stime,
        peak=usage.ru_maxrss / 1024,
        output=output,
    )


def together(run: Callable[[str], Measured], items: Iterable[str]) -> Measured:
    """Measure a program for each item, as many at a time as there are cores."""
    start = time.perf_counter()
    with ThreadPoolExecutor(CORES) as pool:
        runs = list(pool.map(run, items))
    return Measured(
        seconds=time.perf_counter() - start,
        processor=sum(run.processor for run in runs),
        peak=max(run.peak for run in runs),
    )


def link_tools(root: Path) -> None:
    """Let a repository have the programs that `make tools` built for this one."""
    (root / "build").mkdir()
    (root / "build/tools").symlink_to(TOOLS)


def ratio(run: Measured, other: Measured, name: str) -> str:
    """Say how often one run takes what another one takes; of processors, it is less noisy."""
    wall, processors = run.seconds / other.seconds, run.processor / other.processor
    return f"{wall:.2f} x {name} ({processors:.2f} x of processors)"
