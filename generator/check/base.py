"""What people wrote at an earlier revision, out of git, to compare with."""

from __future__ import annotations

import io
import os
import re
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from generator.errors import ToolError, UsageError
from generator.limits import Limits
from generator.load import TESTNETS
from generator.process import run
from generator.which import find_program

Files: TypeAlias = Mapping[str, bytes]
"""What is in files, by their paths."""

# What git takes as a revision and cannot take as an option.
_REVISION = re.compile(r"[\w@][\w./@{}~^+#=%,-]*")
_INPUTS = ("environments", "overlays", "policies")
# Most files of the policies: tests and examples, by which nothing is judged.
_UNREAD = tuple(
    f":(exclude,glob)policies/{path}"
    for path in ("*/*/good/**", "*/*/bad/**", "*/*/before/**", "**/*_test.rego")
)
# Nothing that the repository itself asks for is run, and it may belong to another user.
_SAFE = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "safe.directory=*")
_LARGEST = 256 * 2**20


def archive(root: Path, revision: str) -> bytes:
    """Return the inputs under `root` as they were at a revision, as a tar archive.

    Raises:
        UsageError: for what is no revision of the repository that holds `root`.
        ToolError: without git.
    """
    if not _REVISION.fullmatch(revision):
        message = f'"{revision}" is no revision of git'
        raise UsageError(message)
    if find_program("git") is None:
        message = "git is needed to compare with an earlier revision, and there is none on PATH"
        raise ToolError(message)
    return _archive(root, _resolve(root, revision))


def files_in(content: bytes) -> Files | None:
    """Return the files of an archive; None where it holds links, or is none: see `unpacked`."""
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as files:
            for member in files:
                if member.isreg():
                    found[member.name] = content[
                        member.offset_data : member.offset_data + member.size
                    ]
                elif not member.isdir():
                    return None
    except tarfile.TarError:
        return None
    return found


@contextmanager
def unpacked(content: bytes) -> Iterator[Path]:
    """Yield a directory with what is in an archive.

    Raises:
        UsageError: where it holds a link out of itself, or anything but files.
    """
    with TemporaryDirectory(prefix="testnet-base-") as directory:
        try:
            with tarfile.open(fileobj=io.BytesIO(content)) as files:
                # Devices, absolute paths and links that climb out are refused.
                files.extractall(directory, filter="data")
        except tarfile.TarError as error:
            message = f"cannot unpack the earlier revision: {error}"
            raise UsageError(message) from error
        # Git keeps no empty directory, and before the first net there is none.
        with suppress(FileExistsError):
            Path(directory, TESTNETS).mkdir(parents=True)
        yield Path(directory)


def _resolve(root: Path, revision: str) -> str:
    try:
        found = _git(root, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    except ToolError as error:
        raise UsageError(_obstacle(root, revision, str(error))) from error
    return found.decode().strip()


def _obstacle(root: Path, revision: str, said: str) -> str:
    """Return why git does not give a revision, by what it said."""
    # It is not asked again: it may have been killed, and then nobody waits for an answer.
    if "not a git repository" not in said:
        return f'git knows no revision "{revision}" in {root}; is the clone shallow?'
    # Of a directory that it cannot read git says too that it is no repository.
    for place in (root, *root.parents):
        if os.path.lexists(place / ".git"):
            return f"git cannot read {place / '.git'} as a repository; see `git -C {place} status`"
    return f'{root} is in no git repository: there is no revision "{revision}" to compare with'


def _archive(root: Path, commit: str) -> bytes:
    """Return a tar archive of the inputs, those of them that there are at a commit."""
    there = _git(root, "ls-tree", "--name-only", commit, "--", *_INPUTS).decode().split()
    if "environments" not in there:
        message = f"there is no environments/ at {commit[:12]}"
        raise UsageError(message)
    return _git(root, "archive", "--format=tar", commit, "--", *there, *_UNREAD)


def _git(root: Path, *arguments: str) -> bytes:
    git = find_program("git") or ""  # looked for before
    options = [word for setting in _SAFE for word in ("-c", setting)]
    return run(
        [git, *options, *arguments],
        directory=root,
        environment={"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"},
        limits=Limits(output=_LARGEST),
    )
