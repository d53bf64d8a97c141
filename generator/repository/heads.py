"""Commits of others as data: heads of pull requests, fetched as git objects alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from generator.errors import RemoteError, UsageError
from generator.repository import history
from generator.repository.address import parse_address, parse_branch
from generator.repository.command import Git, Setting, said_of
from generator.repository.failure import explain

_PULL = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})\trefs/pull/([1-9][0-9]{0,8})/head")
# Commits to ask a remote for at once, in the form that any server takes.
_AT_ONCE = 100


class Heads:
    """Commits in the git repository around a root, whoever made them.

    Nothing of them is checked out or run, no ref is written, and the work tree stays as it is.
    """

    def __init__(self, root: Path) -> None:
        """Find the repository.

        Raises:
            UsageError: where `root` is in none.
            ToolError: when git cannot be run.
        """
        self._root = root
        self._git = Git(Setting(directory=root, options=("-C", str(root))))
        answer = self._git.ask("rev-parse", "--show-prefix")
        if answer.code:
            message = f"{root} is in no git repository, and pull requests are compared in one"
            raise UsageError(message)
        self._prefix = answer.output.decode(errors="replace").rstrip("\n")

    def pulls(self, url: str) -> dict[int, str]:
        """Return the heads of all pull requests that a remote has a ref of, by number.

        Raises:
            UsageError: for a URL of another form than the program allows.
            RemoteError: when the remote cannot be asked.
        """
        listed = self._list(url, "refs/pull/*/head")
        found = (_PULL.fullmatch(line) for line in listed)
        return {int(match[2]): match[1] for match in found if match}

    def branch(self, url: str, name: str) -> str:
        """Return the head of a branch of a remote.

        Raises:
            UsageError: for no name of a branch, or one that the remote has not.
            RemoteError: when the remote cannot be asked.
        """
        ref = f"refs/heads/{parse_branch(name)}"
        for line in self._list(url, ref):
            commit, _, found = line.partition("\t")
            if found == ref:
                return history.require_commit(commit)
        message = f'the repository has no branch "{name}"'
        raise UsageError(message)

    def fetch(self, url: str, commits: Collection[str]) -> dict[str, str]:
        """Make commits of a remote readable; return why not, by commit, for those it does not give.

        Raises:
            UsageError: for a URL of another form than the program allows.
            RemoteError: when the remote gives none of several.
        """
        wanted = self._missing(dict.fromkeys(commits))
        failed: dict[str, str] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            batch = wanted[start : start + _AT_ONCE]
            if self._fetch(url, batch):
                # One that is gone keeps all the others from coming.
                reasons = ((commit, self._fetch(url, [commit])) for commit in batch)
                failed |= {commit: reason for commit, reason in reasons if reason}
        if len(failed) == len(wanted) > 1:
            raise RemoteError(next(iter(failed.values())))
        return failed

    def has(self, commit: str) -> bool:
        """Say whether a commit can be read."""
        return not self._missing([commit])

    def merge_base(self, one: str, other: str) -> str:
        """Return the commit from which two have parted.

        Raises:
            UsageError: where they have nothing in common here, as in a shallow clone.
        """
        ids = (history.require_commit(one), history.require_commit(other))
        answer = self._git.ask("merge-base", *ids)
        if answer.code:
            message = (
                f"{one[:12]} and {other[:12]} have no commit in common here; fetch all of the"
                " history, as with `git fetch --unshallow` or `fetch-depth: 0`"
            )
            raise UsageError(message)
        return answer.output.decode().split()[0]

    def contains(self, commit: str, earlier: str) -> bool:
        """Say whether one commit is another, or after it."""
        ids = (history.require_commit(earlier), history.require_commit(commit))
        return self._git.ask("merge-base", "--is-ancestor", *ids).code == 0

    def changed(self, base: str, head: str, under: str) -> tuple[str, ...]:
        """Return the paths in a directory below the root that `head` changes since it left `base`.

        Raises:
            UsageError: where they have nothing in common here, as in a shallow clone.
        """
        ids = (history.require_commit(base), history.require_commit(head))
        options = ("--merge-base", "-r", "-z", "--name-only", "--no-renames")
        answer = self._git.ask("diff-tree", *options, *ids, "--", f":(literal){under}")
        if answer.code:
            self.merge_base(base, head)
            raise explain("git diff-tree", said_of(answer), remote=False)
        paths = answer.output.decode(errors="replace").split("\0")
        return tuple(sorted(path.removeprefix(self._prefix) for path in paths if path))

    def _missing(self, commits: Iterable[str]) -> list[str]:
        names = [history.require_commit(commit) for commit in commits]
        listed = "".join(f"{name}^{{commit}}\n" for name in names).encode()
        lines = self._git("cat-file", "--batch-check", data=listed).decode().splitlines()
        return [name for name, line in zip(names, lines, strict=True) if line.endswith(" missing")]

    def _list(self, url: str, pattern: str) -> list[str]:
        git = self._remote(url)
        arguments = ("ls-remote", "--quiet", "--end-of-options", parse_address(url).url, pattern)
        answer = git.ask(*arguments)
        if answer.code:
            raise git.failure(arguments, answer)
        return answer.output.decode(errors="replace").splitlines()

    def _fetch(self, url: str, commits: Collection[str]) -> str:
        """Fetch commits; return why they did not come."""
        git = self._remote(url)
        # Nothing is tidied up: what is in this repository is not ours to throw away.
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance")
        arguments = ("fetch", *options, "--end-of-options", parse_address(url).url, *commits)
        answer = git.ask(*arguments)
        return str(git.failure(arguments, answer)) if answer.code else ""

    def _remote(self, url: str) -> Git:
        address = parse_address(url)
        options = ("-C", str(self._root))
        setting = Setting(directory=self._root, options=options, protocols=address.protocols)
        return Git(setting, address.url)
