"""Git repositories of the example, to compare revisions of."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.policies.checking import write_repository

NET = "environments/testnets/example.yaml"
FLEET = "environments/fleet.yaml"


class GitRepository:
    """A repository of git with the example at its root, or in a directory of it."""

    def __init__(self, top: Path, below: str = "") -> None:
        self.top = top
        self.root = write_repository(top / below if below else top)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit()

    def git(self, *arguments: str) -> str:
        """Run git in the repository, without what this machine has set."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.top),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_NAME": "a" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "a@example.org" for who in ("AUTHOR", "COMMITTER")},
        }
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.top,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def commit(self) -> str:
        """Commit everything; return the revision."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")
        return self.git("rev-parse", "HEAD")

    def read(self, path: str = NET) -> str:
        return (self.root / path).read_text("utf-8")

    def write(self, text: str, path: str = NET) -> None:
        (self.root / path).write_text(text, "utf-8")

    def edit(self, old: str, new: str, path: str = NET) -> None:
        """Replace a text in a file, wherever it stands."""
        text = self.read(path)
        assert old in text, old
        self.write(text.replace(old, new), path)
