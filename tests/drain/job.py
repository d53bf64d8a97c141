"""The Job of a drain as the library has it, run as a process with a kubectl that is made up."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.overlays.library import named, of_kind, pod, sample

DRAIN, NAMESPACE, NAME = "0123456789ab", "net-pickles-qa", "whale-qa-003"
NONE = "List|end"
STOPPED = f"List|{DRAIN}|0|3|3|0|end"
SETS, PODS = "statefulsets.apps", "pods"

# Answers with one file after the other; when there is none left, the test has seen enough.
_KUBECTL = """#!/bin/sh
printf '%s\\n' "$*" >> "$ANSWERS/calls"
number=$(($(cat "$ANSWERS/$2.count" 2>/dev/null || echo 0) + 1))
echo "$number" > "$ANSWERS/$2.count"
answer=$ANSWERS/$2.$number
if [ ! -e "$answer" ]; then kill -TERM "$JOB_PID"; exit 1; fi
. "$answer"
"""


def container() -> dict[str, Any]:
    """Return the container of the sample's Job, as Kubernetes gets it."""
    (job,) = of_kind(sample("drains"), "Job")
    found: dict[str, Any] = named(pod(job)["containers"], "drain")
    return found


def environment() -> dict[str, str]:
    """Return the variables of the container."""
    return {entry["name"]: entry["value"] for entry in container()["env"]}


def run_job(
    directory: Path, shell: Sequence[str] = ("sh",), **env: str
) -> subprocess.CompletedProcess[str]:
    """Run what the container runs, with the programs in `directory` before all others."""
    program, option, script = container()["command"]
    assert (program, option) == ("sh", "-c")
    settings = {"PATH": f"{directory}:{os.environ['PATH']}", "PAUSE": "0"}
    # As one process: who is told its number can end it, as the kubelet would.
    command = [
        *shell,
        "-c",
        'JOB_PID=$$ && export JOB_PID && exec "$@"',
        "sh",
        *shell,
        "-c",
        script,
    ]
    return subprocess.run(
        command,
        env=environment() | {"HOME": str(directory)} | settings | env,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that answers kubectl from files."""

    root: Path

    def answers(self, kind: str, *texts: str) -> None:
        """Give the answers about a kind, one for each time that it is asked for."""
        for number, text in enumerate(texts, 1):
            self.does(kind, number, f"printf '%s' \"{text}\"")

    def does(self, kind: str, number: int, script: str) -> None:
        """Give what kubectl does when it is asked for a kind for this time, in shell."""
        (self.root / f"{kind}.{number}").write_text(f"{script}\n")

    def calls(self) -> list[str]:
        """Return what kubectl was asked for."""
        return (self.root / "calls").read_text().splitlines()

    def run(self, shell: Sequence[str] = ("sh",), **env: str) -> subprocess.CompletedProcess[str]:
        """Run the Job on this cluster."""
        return run_job(self.root, shell, ANSWERS=str(self.root), **env)


def make_cluster(root: Path) -> Cluster:
    """Return a cluster without answers."""
    kubectl = root / "kubectl"
    kubectl.write_text(_KUBECTL)
    kubectl.chmod(0o755)
    return Cluster(root)
