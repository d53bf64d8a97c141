"""What the main repository says of itself: the commit that a publish is made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from generator.repository import history
from generator.repository.command import Git, Setting
from generator.repository.failure import explain


@dataclass(frozen=True, slots=True)
class Source:
    """The main repository at its HEAD `commit`.

    `dirty` says whether files below its root differ from it; `origin` is the URL of its remote of
    that name, without credentials, "" when it has none.
    """

    commit: str
    dirty: bool
    origin: str
    _git: Git

    def contains(self, commit: str) -> bool:
        """Say whether a commit is HEAD or one before it; not so for one that is not known here."""
        if not history.is_commit(commit):
            return False
        return self._git.ask("merge-base", "--is-ancestor", commit, self.commit).code == 0

    def content(self, commit: str, path: str) -> str:
        """Return the id of what a commit has at a path below the root, "" where it has nothing."""
        name = f"{history.require_commit(commit)}:./{path}"
        answer = self._git.ask("rev-parse", "--verify", "--quiet", name)
        return "" if answer.code else answer.output.decode(errors="replace").strip()

    def last_change(self, path: str) -> tuple[int, str]:
        """Return when a file below the root was last changed on this branch, and by which commit.

        The first is how many commits of the branch itself came after that, merges of pull requests
        counting as one: -1, and no commit, where the change is in none yet.

        Raises:
            ToolError: when git cannot read the history.
        """
        spec = f":(literal){path}"
        if self._git("status", "--porcelain", "-z", "--untracked-files=all", "--", spec):
            return -1, ""
        line = ("rev-list", "--first-parent")
        commit = self._git(*line, "--max-count=1", self.commit, "--", spec).decode().strip()
        if not commit:
            return -1, ""
        later = self._git(*line, "--count", self.commit, f"^{history.require_commit(commit)}")
        return int(later), commit

    def messages(self, since: str) -> tuple[tuple[str, str], ...]:
        """Return (commit, message) after `since` up to HEAD, of all parents, newest first.

        Merges are left out: their messages are titles of pull requests, which nobody takes for
        more.

        All of them for "". None when `since` is not in this history (a shallow clone, a branch
        rewritten): nobody can say then which of them have counted before.

        Raises:
            ToolError: when git cannot read them.
        """
        if since and not self.contains(since):
            return ()
        selection = (self.commit, f"^{since}") if since else (self.commit,)
        return history.read_messages(self._git, "--no-merges", *selection)


def read_source(root: Path) -> Source | None:
    """Return what the git repository around `root` says; None where there is none, or no commit.

    Raises:
        ToolError: when git cannot be run or cannot read it.
    """
    git = Git(Setting(directory=root, options=("-C", str(root))))
    answer = git.ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    commit = answer.output.decode(errors="replace").strip()
    if answer.code and answer.said and "not a git repository" not in answer.said:
        raise explain("git rev-parse", answer.said, remote=False)
    if answer.code or not history.is_commit(commit):
        return None
    status = git("status", "--porcelain", "-z", "--untracked-files=normal", "--", ".")
    return Source(commit, bool(status), _origin(git, root), git)


def _origin(git: Git, root: Path) -> str:
    answer = git.ask("config", "--get", "remote.origin.url")
    url = answer.output.decode(errors="replace").rstrip("\n")
    if answer.code or not url:
        return ""
    parts = urlsplit(url)
    if parts.scheme in {"http", "https"}:
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    if parts.scheme or ":" in url.partition("/")[0]:
        return url
    return str((_top(git, root) / url).absolute())


def _top(git: Git, root: Path) -> Path:
    """Return what a relative URL is relative to."""
    answer = git.ask("rev-parse", "--show-toplevel")
    return Path(answer.output.decode(errors="replace").rstrip("\n")) if not answer.code else root
