"""A real bare repository in which tests play the remote, and other people who push to it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

BRANCH = "environments"


def git(directory: Path, *arguments: str, data: str = "", check: bool = True) -> str:
    """Run git as somebody else would and return what it prints."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=directory,
        input=data,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not check or done.returncode == 0, done.stderr
    return done.stdout.strip()


class Bare:
    """A bare repository at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        git(path, "init", "--quiet", "--bare", ".")

    @property
    def url(self) -> str:
        return f"file://{self.path}"

    def head(self) -> str:
        return git(self.path, "rev-parse", "--verify", "-q", f"refs/heads/{BRANCH}", check=False)

    def log(self) -> list[str]:
        return git(self.path, "log", "--format=%s", BRANCH).splitlines()

    def file(self, path: str) -> str:
        return git(self.path, "show", f"{BRANCH}:{path}")

    def files(self) -> list[str]:
        return git(self.path, "ls-tree", "-r", "--name-only", BRANCH).splitlines()

    def add(
        self,
        files: Mapping[str, str],
        message: str = "by somebody else",
        *,
        parents: list[str] | None = None,
        mode: str = "100644",
    ) -> str:
        """Put a commit with just these files on the branch; `parents` of it: the head."""
        tree = self.tree(files, mode)
        head = self.head()
        chosen = parents if parents is not None else [head] * bool(head)
        options = [part for parent in chosen for part in ("-p", parent)]
        commit = git(self.path, "commit-tree", tree, "-m", message, *options)
        git(self.path, "update-ref", f"refs/heads/{BRANCH}", commit)
        return commit

    def tree(self, files: Mapping[str, str], mode: str = "100644") -> str:
        """Write a tree of files and return its id; a submodule's content is a commit."""
        index = self.path / "index.tests"
        index.unlink(missing_ok=True)
        for path, content in files.items():
            kind = mode != "160000"
            blob = git(self.path, "hash-object", "-w", "--stdin", data=content) if kind else content
            subprocess.run(
                ["git", "update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}"],
                cwd=self.path,
                env={"PATH": "/usr/bin:/bin", "GIT_INDEX_FILE": str(index)},
                check=True,
            )
        done = subprocess.run(
            ["git", "write-tree"],
            cwd=self.path,
            env={"PATH": "/usr/bin:/bin", "GIT_INDEX_FILE": str(index)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def delete(self) -> None:
        git(self.path, "update-ref", "-d", f"refs/heads/{BRANCH}")

    def hook(self, name: str, script: str) -> None:
        file = self.path / "hooks" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
