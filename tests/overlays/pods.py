"""A directory that stands in for the root of a pod, in which the scripts run for real."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.overlays.library import SCRIPTS


@dataclass(frozen=True, slots=True)
class Pod:
    """The root of a pod: files, programs on PATH, and scripts of the library run below it."""

    root: Path

    def write(self, path: str, text: str) -> Path:
        """Write a file below the root, with its directories."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def read(self, path: str) -> str:
        """Return the text of a file below the root."""
        return (self.root / path).read_text()

    def mode(self, path: str) -> int:
        """Return the mode of a file or directory, with the setgid bit."""
        return (self.root / path).stat().st_mode & 0o7777

    def program(self, name: str, body: str) -> None:
        """Put a shell program on the pod's PATH."""
        self.write(f"bin/{name}", f"#!/bin/bash\n{body}\n").chmod(0o755)

    def run(
        self, script: str, *arguments: str, path: str = "/usr/bin:/bin", **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a script of the library with the pod's programs before those of `path`."""
        settings = {"PATH": f"{self.root}/bin:{path}", "ROOT_DIR": str(self.root)} | env
        return subprocess.run(
            ["/bin/bash", str(SCRIPTS / script), *arguments],
            env=settings,
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )


def make_pod(root: Path) -> Pod:
    """Return a pod with the directories that volumes give it."""
    for name in ("bin", "genesis", "keys", "peers", "run/testnet", "state/config", "tmp"):
        (root / name).mkdir(parents=True)
    # As the root of a volume with an fsGroup is: open to the group, and setgid.
    for name in ("keys", "state"):
        (root / name).chmod(0o2777)
    return Pod(root)
