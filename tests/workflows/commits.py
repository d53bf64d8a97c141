"""Commits in a bare repository, of files that a working tree may not even be able to hold."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

# Whoever attacks writes trees that git itself would not.
_SETTINGS = ("-c", "core.quotePath=false", "-c", "core.protectNTFS=false")

Files = Mapping[str, str | bytes | None]


def git(*words: str, data: bytes = b"", env: Mapping[str, str] | None = None) -> str:
    """Run git as somebody without any settings."""
    names = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "dev"), ("EMAIL", "dev@example.org"))
    }
    done = subprocess.run(
        ["git", *_SETTINGS, *words],
        input=data,
        env={**(env or os.environ), **names, "GIT_CONFIG_GLOBAL": "/dev/null"},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise subprocess.CalledProcessError(
            done.returncode, words, stderr=done.stderr.decode(errors="replace")
        )
    return done.stdout.decode(errors="surrogateescape")


def write_commit(remote: Path, branch: str, files: Files, message: str) -> str:
    """Commit files to a branch of a bare repository, which begins at main where it is new."""

    def run(*words: str, data: bytes = b"") -> str:
        env = {**os.environ, "GIT_INDEX_FILE": str(remote / "index")}
        return git("-C", str(remote), *words, env=env, data=data).strip()

    base = run("rev-parse", branch if run("for-each-ref", f"refs/heads/{branch}") else "main")
    run("read-tree", base)
    known: dict[bytes, str] = {}  # thousands of files may be the same

    def store(data: bytes) -> bytes:
        if data not in known:
            known[data] = run("hash-object", "-w", "--stdin", data=data)
        return known[data].encode()

    lines = b"".join(_entry(store, path, content) for path, content in files.items())
    run("update-index", "-z", "--index-info", data=lines)
    made = run("commit-tree", run("write-tree"), "-p", base, data=message.encode())
    run("update-ref", f"refs/heads/{branch}", made)
    return made


def _entry(store: Callable[[bytes], bytes], path: str, content: str | bytes | None) -> bytes:
    """Return a line of an index; `link:` and `module:` begin what is no plain file."""
    name = os.fsencode(path) + b"\0"
    if content is None:
        return b"0 " + b"0" * 40 + b"\t" + name
    data = content.encode() if isinstance(content, str) else content
    mode = b"100755" if data.startswith(b"#!") else b"100644"
    if data.startswith(b"module:"):
        return b"160000 " + data.removeprefix(b"module:") + b"\t" + name
    if data.startswith(b"link:"):
        mode, data = b"120000", data.removeprefix(b"link:")
    return mode + b" " + store(data) + b"\t" + name
