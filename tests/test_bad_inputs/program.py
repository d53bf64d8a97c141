"""The program on one bad file: what it says, and that nothing else happens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.repository import Repository, Run, net
from tests.synthetic import REPOSITORY

Program = Callable[..., Run]

PATH = "environments/testnets/bad.yaml"
BAD = net("name: bad")
MEMORY_MIB = 512
# Says at last what Linux knows of its memory: getrusage counts that of the test run too, from the
# moment between fork and exec.
_PROGRAM = """
import pathlib, sys
from generator.main import main
code = main(sys.argv[1:])
status = pathlib.Path("/proc/self/status")
print(status.read_text("ascii") if status.exists() else "")
sys.exit(code)
"""


def rules_of(text: str) -> set[str]:
    """Return the rules of the findings in a report."""
    return set(re.findall(r"^error\[(.+?)\]: ", text, re.MULTILINE))


def refuse(
    testnet: Program, repository: Repository, *arguments: str, code: int = 2, whole: bool = True
) -> Run:
    """Run the program, which is to refuse in words and to leave every file as it is.

    With `whole` false, the files are too large to be compared.
    """
    before = repository.files() if whole else {}
    run = testnet(*(arguments or ("diff",)))
    assert run.code == code, run.err
    assert run.out == ""
    assert "Traceback" not in run.err
    assert "this is a bug" not in run.err
    assert run.err.strip()
    if whole:
        assert repository.files() == before
    assert not repository.tree.exists()
    return run


@dataclass(frozen=True)
class Measured:
    """What a run in a process of its own said, and the most memory that it had."""

    code: int
    err: str
    memory_mib: float


def measure(root: Path, *arguments: str, **environment: str) -> Measured:
    """Run the program in a process of its own."""
    kept = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments],
        cwd=root,
        env=kept | environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    peak = re.search(rb"^VmHWM:\s*(\d+) kB$", done.stdout, re.MULTILINE)
    return Measured(done.returncode, done.stderr.decode(), int(peak[1]) / 1024 if peak else 0)
