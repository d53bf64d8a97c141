"""The bare repository behind the small GitHub, where there is one."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CHANGES = {"A": "added", "D": "removed", "M": "modified", "T": "changed", "R": "renamed"}
_WHO = ("-c", "user.name=GitHub", "-c", "user.email=noreply@github.com")


@dataclass(frozen=True)
class Ground:
    """Git commands in a bare repository; without one, everything merges and nothing is there."""

    path: Path | None

    def head(self, name: str) -> str:
        return self._run("rev-parse", "--verify", f"{name}^{{commit}}")

    def point(self, ref: str, commit: str) -> None:
        if self.path:
            self._run("update-ref", ref, commit)

    def merges(self, base: str, head: str) -> bool:
        return not self.path or self._ask("merge-tree", "--write-tree", base, head).returncode == 0

    def contains(self, head: str, base: str) -> bool:
        return not self.path or not self._ask("merge-base", "--is-ancestor", base, head).returncode

    def merge(self, base: str, head: str, method: str, title: str) -> str:
        """Merge or squash `head` into the branch `base`, and return the commit."""
        if not self.path:
            return head[::-1]
        before = self.head(base)
        tree = self._run("merge-tree", "--write-tree", before, head).splitlines()[0]
        parents = ["-p", before] + (["-p", head] if method == "merge" else [])
        commit = self._run(*_WHO, "commit-tree", tree, *parents, "-m", title)
        self._run("update-ref", f"refs/heads/{base}", commit, before)
        return commit

    def bring_up_to_date(self, branch: str, head: str, base: str) -> str:
        """Merge the base into a branch, and return its new head."""
        tree = self._run("merge-tree", "--write-tree", head, base).splitlines()[0]
        parents = ("-p", head, "-p", self.head(base))
        commit = self._run(*_WHO, "commit-tree", tree, *parents, "-m", f"Merge {base}")
        self._run("update-ref", f"refs/heads/{branch}", commit)
        return commit

    def files(self, base: str, head: str) -> list[dict[str, Any]]:
        """Return what a pull request changes, as (path, status, old path)."""
        parts = self._run("diff", "--name-status", "-z", "-M", f"{base}...{head}").split("\0")
        found = []
        while parts and parts[0]:
            letter = parts.pop(0)[0]
            before = parts.pop(0) if letter == "R" else ""
            entry = {"filename": parts.pop(0), "status": _CHANGES[letter]}
            found.append(entry | ({"previous_filename": before} if before else {}))
        return found

    def knows(self, commit: str) -> bool:
        return not self.path or not self._ask("cat-file", "-e", f"{commit}^{{commit}}").returncode

    def brought(self, commit: str, base: str, head: str) -> bool:
        """Say whether a commit is one that a head adds to a base."""
        return bool(self.path) and commit in self._run("rev-list", head, f"^{base}").split()

    def _run(self, *arguments: str) -> str:
        answer = self._ask(*arguments)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.strip()

    def _ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        assert self.path
        return subprocess.run(
            ("git", "-C", str(self.path), *arguments),
            capture_output=True,
            text=True,
            check=False,
            errors="surrogateescape",
        )
