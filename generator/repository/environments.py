"""The published tree as a git history: fetched, changed, pushed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from generator.errors import GeneratorError, RemoteError, ToolError
from generator.register.lineage import Lineage
from generator.repository import history
from generator.repository.address import parse_address, parse_branch
from generator.repository.clone import Clone, default_cache, hold_clone
from generator.repository.command import Answer
from generator.repository.failure import GitFailed, HistoryRefused, Refused
from generator.repository.history import Commit

_FETCHED = "refs/testnet/fetched"
_LOCAL = "refs/heads/published"
# Who commits where git knows nobody, as on a fresh machine.
_NAMES = ("testnet", "testnet@localhost")
_REJECTED = re.compile(r"\[rejected\]")
# Exit code of `git ls-remote --exit-code`.
_NO_SUCH_REF = 2


class Environments:
    """The branch of published trees, checked out at `tree`, with nothing that is not published.

    `head` is the commit that the remote had at the last refresh, or that was committed since; ""
    while the branch has none. `lineage` is the history up to it.
    """

    def __init__(self, clone: Clone) -> None:
        self._clone = clone
        self.tree: Path = clone.tree
        self.head = ""
        self.lineage = Lineage(())
        self._line: tuple[str, ...] = ()
        self._before = ""
        self._pushed = False

    def refresh(self) -> None:
        """Take over what the remote has and drop everything else, as a killed run leaves it.

        A clone that is corrupt is made again, once.

        Raises:
            RemoteError: when the remote cannot be reached, or its history is refused: rewritten,
                with merges, shallow, or with links in its tree. Nothing is taken over then.
            ToolError: when the clone cannot be written.
        """
        new = self._clone.prepare()
        try:
            self._take_over()
        except GeneratorError as error:
            if new or not self._is_corrupt(error):
                raise
            self._clone.discard()
            self._clone.prepare()
            self._take_over()

    def commit(self, message: str, paths: Iterable[str] | None = None) -> str:
        """Commit what differs below `tree` and return its id; "" when nothing does.

        `paths` are all that can differ, where the caller knows; whatever a .gitignore says counts.

        Raises:
            ToolError: when git fails, among others to sign.
        """
        with self._suspecting():
            git = self._clone.local
            if paths is None:
                git("add", "--all", "--force", "--", ".")
            else:
                listed = "".join(f"{path}\0" for path in sorted(paths)).encode()
                git("update-index", "--add", "--remove", "--replace", "-z", "--stdin", data=listed)
            if not self._is_staged():
                return ""
            text = f"{message.rstrip()}\n".encode()
            options = ("--quiet", "--no-verify", "--cleanup=verbatim", "--file=-")
            git.named(_NAMES)("commit", *options, data=text)
            made = git("rev-list", "--parents", "--max-count=1", "HEAD").decode().split()
            if made[1:] != [self.head] * bool(self.head):
                raise ToolError("another process works in the clone; run again")
            self.head = made[0]
            self._line = (*self._line, self.head)
            self.lineage = Lineage(self._line)
        return self.head

    def push(self) -> bool:
        """Push the head; return whether the remote has it now, False when it has moved.

        After a failure, the remote is asked whether the commit arrived.

        Raises:
            RemoteError: when the remote refuses it, is gone, or does not say what became of it.
        """
        if self.head == self._before:  # and with no head at all, it would delete the branch
            return True
        git = self._clone.remote
        refspec = f"{self.head}:refs/heads/{self._clone.branch}"
        options = ("--porcelain", "--no-verify", "--no-signed", "--end-of-options")
        arguments = ("push", *options, self._clone.address.url, refspec)
        answer = git.ask(*arguments)
        if answer.code and not self._arrived(answer, git.failure(arguments, answer)):
            return False
        self._clone.remember(self.head)
        self._before = self.head
        self._pushed = True
        return True

    def read(self, commit: str, path: str) -> str | None:
        """Return the text of a file in a commit; None when it has none."""
        return next(self.read_many([(commit, path)]))

    def read_many(self, requests: Iterable[tuple[str, str]]) -> Iterator[str | None]:
        """Yield the text of each (commit, path), quick for thousands."""
        with self._suspecting():
            yield from history.read_texts(self._clone.local, requests)

    def changed(self, commit: str) -> tuple[str, ...]:
        """Return the paths in which a commit differs from the one before it."""
        return self._commit(commit).changed

    def message(self, commit: str) -> str:
        """Return the message of a commit, as it was given."""
        with self._suspecting():
            id_ = history.require_commit(commit)
            ((_, message),) = history.read_messages(self._clone.local, "--no-walk", id_)
        return message

    def commits(self) -> tuple[Commit, ...]:
        """Return all commits, oldest first."""
        with self._suspecting():
            return tuple(history.read_commits(self._clone.local, self._line))

    def close(self) -> None:
        """Let git tidy up the clone where it grew; its failure is nobody's."""
        if self._pushed:
            with suppress(GeneratorError):
                self._clone.local.ask("gc", "--auto", "--quiet")

    def _commit(self, commit: str) -> Commit:
        with self._suspecting():
            id_ = history.require_commit(commit)
            return next(history.read_commits(self._clone.local, (id_,)))

    def _take_over(self) -> None:
        """Fetch, look at everything that came, and only then check it out."""
        git = self._clone.local
        fetched = self._fetch()
        line = history.read_line(git, fetched)
        self._refuse_rewritten(line)
        history.refuse_links(git, fetched)
        if fetched:
            git("symbolic-ref", "HEAD", _LOCAL)
            git("reset", "--quiet", "--hard", fetched)
        else:
            git("update-ref", "-d", _LOCAL)
            git("read-tree", "--empty")
        git("clean", "--quiet", "-ffdx")
        self._clone.remember(fetched)
        self._line = line
        self.head = self._before = fetched
        self.lineage = Lineage(line)

    def _fetch(self) -> str:
        """Return the head of the remote's branch, whose history is here then; "" without one.

        Raises:
            RemoteError: when the remote does not give it.
        """
        git = self._clone.remote
        source = f"refs/heads/{self._clone.branch}"
        url = self._clone.address.url
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--update-shallow")
        arguments = ("fetch", *options, "--end-of-options", url, f"+{source}:{_FETCHED}")
        # What an earlier run fetched is never taken for what this one does.
        self._clone.local("update-ref", "-d", _FETCHED)
        answer = git.ask(*arguments)
        if (self._clone.git_directory / "shallow").exists():
            self._clone.discard()
            raise HistoryRefused(
                f"{url} is a shallow clone; its history does not tell where keys were held."
                " Publish to the full repository"
            )
        if answer.code == 0:
            found = self._clone.local("rev-parse", "--verify", f"{_FETCHED}^{{commit}}")
            return found.decode().strip()
        if "couldn't find remote ref" in answer.said:
            asked = git.ask("ls-remote", "--exit-code", "--end-of-options", url, source)
            if asked.code == _NO_SUCH_REF:
                return ""
        raise git.failure(arguments, answer)

    def _refuse_rewritten(self, line: tuple[str, ...]) -> None:
        seen = self._clone.seen
        if seen and seen not in line:
            raise HistoryRefused(
                f"the branch {self._clone.branch} of {self._clone.address.url} was rewritten: it"
                f" no longer holds {seen[:12]}, which it had. What clusters run can then not be"
                " told from it; restore the branch. If it was really meant, and no cluster"
                f" follows the old history, remove {self._clone.directory}"
            )

    def _is_staged(self) -> bool:
        """Say whether the index differs from the head, and refuse anything there but files."""
        git = self._clone.local
        if self.head:
            raw = git("diff-index", "--cached", "--raw", "-z", "--no-renames", self.head)
            modes = [entry.split(b" ")[1] for entry in raw.split(b"\0") if entry[:1] == b":"]
            modes = [mode for mode in modes if mode != b"000000"]
            found = bool(raw)
        else:
            raw = git("ls-files", "--stage", "-z")
            modes = [entry.split(b" ")[0] for entry in raw.split(b"\0") if entry]
            found = bool(modes)
        if any(mode not in history.FILE_MODES for mode in modes):
            raise ToolError("the tree to publish holds a link or a repository of its own")
        return found

    def _arrived(self, answer: Answer, error: GeneratorError) -> bool:
        """Say whether a commit is at the remote after a push that failed; False if it moved.

        Raises:
            GeneratorError: `error`, when the remote is where it was, or cannot be asked.
        """
        try:
            now = self._fetch()
        except GeneratorError:
            if isinstance(error, Refused):
                raise error from None
            if _REJECTED.search(answer.output.decode(errors="replace")):
                return False
            message = f"{error}; whether the commit arrived is not known. Run again"
            raise RemoteError(message) from None
        if now == self._before:
            raise error
        git = self._clone.local
        inside = now and git.ask("merge-base", "--is-ancestor", self.head, now).code == 0
        return bool(inside)

    def _is_corrupt(self, error: GeneratorError) -> bool:
        """Say whether the clone is what made a refresh fail."""
        if isinstance(error, RemoteError) and not isinstance(error, HistoryRefused):
            asked = self._clone.local.ask("fsck", "--connectivity-only", "--no-dangling")
            return asked.code != 0
        return isinstance(error, GitFailed)

    @contextmanager
    def _suspecting(self) -> Iterator[None]:
        """Have the clone made again by the next run where git fails in it."""
        try:
            yield
        except GitFailed:
            self._clone.suspect()
            raise


@contextmanager
def open_environments(
    url: str,
    branch: str,
    *,
    cache: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[Environments]:
    """Open the branch of published trees, with its history, as the remote has it now.

    The clone is kept below `cache` (default: the user's) and used again; another process that
    opens the same waits, and tells it with `say`.

    Raises:
        UsageError: for a URL or branch of another form than the program allows.
        RemoteError, ToolError: as `Environments.refresh`.
    """
    address, name = parse_address(url), parse_branch(branch)
    with hold_clone(address, name, cache or default_cache(), say) as clone:
        environments = Environments(clone)
        environments.refresh()
        yield environments
        environments.close()
