"""What somebody wrote, out of git objects into a private directory: data, and never run.

Nothing is checked out: no attribute of the tree hides a file, no filter changes one, and no
link is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from generator.errors import InvalidInput
from generator.finding import Finding, Location
from generator.load import TESTNETS
from generator.repository.command import Git
from generator.repository.history import FILE_MODES, require_commit
from generator.review.history import open_git
from generator.tree.model import check_path

INPUTS = "environments"
# More than a fleet of a thousand nets has, and little enough to be in memory.
MAX_FILES, MAX_FILE, MAX_ALL = 9_999, 4 * 2**20, 64 * 2**20
_MIB = 2**20
_MAX_FINDINGS = 100


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file of a commit: its path from the root, and the id and size of its content."""

    path: str
    blob: str
    size: int


def extract(root: Path, commit: str, target: Path) -> None:
    """Write `environments/` below `root`, as it is at a commit, below an empty directory.

    Raises:
        InvalidInput: for links, submodules, names that are no paths, and more or larger files
            than people write; nothing is written then.
    """
    git = open_git(root)
    listed = git("ls-tree", "-r", "-l", "-z", require_commit(commit), "--", INPUTS)
    lines = [line for line in listed.split(b"\0") if line]
    if len(lines) > MAX_FILES:
        many = f"there are {len(lines)} files below {INPUTS}/, and only {MAX_FILES} are read"
        raise InvalidInput((_finding(INPUTS, many, "Keep what is no input elsewhere."),), root)
    found = [_judge(line) for line in lines]
    entries = [entry for entry in found if isinstance(entry, _Entry)]
    faults = [fault for fault in found if isinstance(fault, Finding)]
    total = sum(entry.size for entry in entries)
    if total > MAX_ALL and not faults:
        large = (
            f"the files below {INPUTS}/ have {total // _MIB} MiB, and {MAX_ALL // _MIB} are read"
        )
        faults.append(_finding(INPUTS, large, "Keep what is no input elsewhere."))
    if faults:
        raise InvalidInput(tuple(faults[:_MAX_FINDINGS]), root)
    # Git keeps no empty directory, and there may be no net.
    (target / TESTNETS).mkdir(parents=True)
    for entry, content in zip(entries, _contents(git, entries), strict=True):
        _write(target / entry.path, content, entry.path, root)


def _judge(line: bytes) -> _Entry | Finding:
    """Return a line of `ls-tree` as a file, or what is wrong with it."""
    facts, _, name = line.partition(b"\t")
    mode, _, blob, size = facts.split()
    try:
        path = name.decode()
        check_path(path)
    except ValueError:
        shown = name.decode(errors="backslashreplace")
        return _finding(shown, "is no name of a file", "Give it a plain name, in UTF-8.", shown)
    match mode:
        case b"120000":
            return _finding(path, "is a link", "Put the file itself there.", path)
        case _ if mode not in FILE_MODES:
            return _finding(path, "is a repository of its own", "Put its files there.", path)
    if int(size) > MAX_FILE:
        large = f"has {int(size) // _MIB} MiB, and {MAX_FILE // _MIB} are read"
        return _finding(path, large, "Keep what is no input elsewhere.", path)
    return _Entry(path, blob.decode(), int(size))


def _finding(path: str, message: str, remediation: str, subject: str = "") -> Finding:
    return Finding(
        rule="yaml/file",
        message=f'"{subject}" {message}' if subject else message,
        at=Location(path),
        remediation=remediation,
        subject=subject,
    )


def _contents(git: Git, entries: Iterable[_Entry]) -> Iterator[bytes]:
    """Yield what each file holds, from one process for all."""
    output = git("cat-file", "--batch", data="".join(f"{e.blob}\n" for e in entries).encode())
    start = 0
    while start < len(output):
        end = output.index(b"\n", start)
        size = int(output[start:end].split(b" ")[2])
        yield output[end + 1 : end + 1 + size]
        start = end + size + 2


def _write(target: Path, content: bytes, path: str, root: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(content)
    except OSError as error:
        # A name that is too long, or one that is a file and a directory.
        fault = _finding(path, "cannot be written", "Give it a plain name.", path)
        raise InvalidInput((fault,), root) from error
