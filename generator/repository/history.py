"""What a history holds, asked of git in a few processes whatever its length."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from generator.errors import ToolError
from generator.repository.command import Git
from generator.repository.failure import GitFailed, HistoryRefused

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
FILE_MODES = (b"100644", b"100755")
# Texts that are in memory at a time while many are read.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: its full id, its message, and the paths in which it differs from the one before."""

    id: str
    message: str
    changed: tuple[str, ...]


def is_commit(text: str) -> bool:
    """Say whether a text has the form of the full id of a commit."""
    return _COMMIT.fullmatch(text) is not None


def require_commit(text: str) -> str:
    """Return the full id of a commit.

    Raises:
        ToolError: for anything else, such as an abbreviation, a name or an option.
    """
    if not is_commit(text):
        raise ToolError(f'"{text[:80]}" is no full id of a commit')
    return text


def read_line(git: Git, head: str) -> tuple[str, ...]:
    """Return all commits of a linear history, oldest first.

    Raises:
        HistoryRefused: when one has several parents: its order is then nobody's to say.
    """
    if not head:
        return ()
    commits = []
    for line in git("rev-list", "--parents", head).decode().splitlines():
        commit, *parents = line.split()
        if len(parents) > 1:
            raise HistoryRefused(
                f"the published branch has a merge ({commit[:12]}): its history must be linear;"
                " only `testnet publish` may write to it"
            )
        commits.append(commit)
    return tuple(reversed(commits))


def refuse_links(git: Git, head: str) -> None:
    """Refuse a tree with anything but files: a link leads outside, a submodule elsewhere.

    Raises:
        HistoryRefused: with the first such path.
    """
    if not head:
        return
    for entry in git("ls-tree", "-r", "-z", "--full-tree", head).split(b"\0"):
        mode, _, rest = entry.partition(b" ")
        if entry and mode not in FILE_MODES:
            path = rest.partition(b"\t")[2].decode(errors="replace")
            raise HistoryRefused(
                f"the published branch holds a link or a submodule ({path!r:.200}): only"
                " `testnet publish` may write to it"
            )


def read_texts(git: Git, requests: Iterable[tuple[str, str]]) -> Iterator[str | None]:
    """Yield the text of each (commit, path); None where the commit has no such file.

    Raises:
        GitFailed: where the clone does not have it, which is not the same.
    """
    waiting = iter(requests)
    while batch := list(islice(waiting, _AT_ONCE)):
        names = [f"{require_commit(commit)}:{_plain(path)}" for commit, path in batch]
        output = git("cat-file", "--batch", data="".join(f"{n}\n" for n in names).encode())
        texts = list(_split(output, len(names)))
        _require_absent(git, (ask for ask, text in zip(batch, texts, strict=True) if text is None))
        yield from texts


def read_commits(git: Git, line: Sequence[str]) -> Iterator[Commit]:
    """Yield the commits of a line, oldest first, with two processes for all of them."""
    if not line:
        return
    ids = "".join(f"{commit}\n" for commit in line).encode()
    messages = dict(read_messages(git, "--stdin", "--no-walk=unsorted", data=ids))
    options = ("--stdin", "-r", "-z", "--root", "--name-only", "--no-renames", "--always")
    tokens = git("diff-tree", *options, data=ids).decode(errors="replace").split("\0")
    changed: dict[str, list[str]] = {commit: [] for commit in line}
    # The id of the next commit ends the paths of one: no path can hold it, being part of it.
    number = -1
    for token in tokens:
        if number + 1 < len(line) and token.strip("\n") == line[number + 1]:
            number += 1
        elif token:
            changed[line[number]].append(token)
    for commit in line:
        yield Commit(commit, messages[commit], tuple(sorted(changed[commit])))


def read_messages(git: Git, *selection: str, data: bytes = b"") -> tuple[tuple[str, str], ...]:
    """Return (commit, message) of the commits that `git log` selects, in its order."""
    output = git("log", "-z", "--format=%H%n%B", *selection, data=data).decode(errors="replace")
    pairs = (entry.partition("\n") for entry in output.split("\0") if entry)
    return tuple((commit, message) for commit, _, message in pairs)


def _require_absent(git: Git, requests: Iterable[tuple[str, str]]) -> None:
    """Refuse to take content that is lost for a file that never was: both are "missing" to git.

    Raises:
        GitFailed: for a commit that is not there, and for a file that is and cannot be read.
    """
    paths: dict[str, list[str]] = {}
    for commit, path in requests:
        paths.setdefault(commit, []).append(path)
    for commit, names in paths.items():
        for entry in git("ls-tree", "-z", commit, "--", *names).split(b"\0"):
            if b" blob " in entry.partition(b"\t")[0]:
                path = entry.partition(b"\t")[2].decode(errors="replace")
                raise GitFailed(f"the clone has lost {path!r:.200} of {commit[:12]}; run again")


def _plain(path: str) -> str:
    if not path or "\n" in path or "\0" in path:
        raise ToolError(f"no path in a published tree: {path!r:.100}")
    return path


def _split(output: bytes, number: int) -> Iterator[str | None]:
    """Yield the texts in what `cat-file --batch` printed."""
    start = 0
    for _ in range(number):
        end = output.index(b"\n", start)
        words = output[start:end].split(b" ")
        start = end + 1
        if words[-1] == b"missing" or not words[-1].isdigit():
            yield None
            continue
        size = int(words[-1])
        content = output[start : start + size]
        start += size + 1
        yield content.decode(errors="replace") if words[-2] == b"blob" else None
