"""What a change is in git: where it begins, its commits, and the paths that it touches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from generator.errors import UsageError
from generator.repository.command import Git, Setting
from generator.repository.history import is_commit, read_messages
from generator.review.model import Commit

# What git takes as a revision and cannot take as an option.
_REVISION = re.compile(r"[\w@][\w./@{}~^+#=%,-]{0,255}")
_INPUTS = ("environments", "overlays", "policies")
# A change with more commits or paths is told as its first ones, and no commit of it grants more.
MAX_COMMITS, MAX_PATHS = 250, 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change as git tells it: full ids, paths from the top of the repository, and messages.

    `base` is the last commit that both sides have; `head` is empty where the inputs of the
    working tree differ from it. `messages` are those of the commits, newest first, with their
    ids. `more_paths` are so many that are not among `paths`.
    """

    base: str
    head: str
    paths: tuple[str, ...]
    more_paths: int
    messages: tuple[tuple[str, str], ...]

    @property
    def commits(self) -> tuple[Commit, ...]:
        """The commits with their titles, newest first."""
        return tuple(
            Commit(id=name, title=text.strip().partition("\n")[0]) for name, text in self.messages
        )


def read_change(root: Path, base: str, head: str = "") -> Change:
    """Return the change from where `head` left `base`; without `head` to the working tree.

    Raises:
        UsageError: for what is no revision here, or revisions with nothing in common.
        ToolError: when git cannot be run.
    """
    git = open_git(root)
    tip, after = _resolve(git, base), _resolve(git, head or "HEAD")
    answer = git.ask("merge-base", tip, after)
    begin = answer.output.decode(errors="replace").strip()
    if answer.code or not is_commit(begin):
        message = (
            f"{tip[:12]} and {after[:12]} have no commit in common here; is the clone shallow?"
            " Fetch all of it, as with `git fetch --unshallow` or `fetch-depth: 0`"
        )
        raise UsageError(message)
    dirty = not head and bool(git("status", "--porcelain", "-z", "--", *_INPUTS))
    paths = _paths(git, begin, after if head else "")
    return Change(
        base=begin,
        head="" if dirty else after,
        paths=tuple(paths[:MAX_PATHS]),
        more_paths=max(0, len(paths) - MAX_PATHS),
        messages=read_messages(git, f"--max-count={MAX_COMMITS}", f"{begin}..{after}"),
    )


def open_git(root: Path) -> Git:
    """Return git for the repository that holds a directory."""
    return Git(Setting(directory=root, options=("-C", str(root))))


def _resolve(git: Git, revision: str) -> str:
    if not _REVISION.fullmatch(revision) or revision.endswith(".lock"):
        message = f'"{revision[:80]}" is no revision of git'
        raise UsageError(message)
    answer = git.ask(
        "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
    )
    found = answer.output.decode(errors="replace").strip()
    # Some versions of git print what ends the options too.
    found = found.removeprefix("--end-of-options").strip()
    if answer.code or not is_commit(found):
        message = (
            f'git knows no revision "{revision}" in {git.setting.directory}; is the clone shallow?'
        )
        raise UsageError(message)
    return found


def _paths(git: Git, begin: str, end: str) -> list[str]:
    """Return what differs between two commits, or a commit and the working tree."""
    options = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv")
    changed = git("diff", *options, begin, *([end] if end else []))
    if not end:
        untracked = ("--others", "--exclude-standard", "--full-name", "-z")
        changed += git("ls-files", *untracked, "--", *_INPUTS)
    names = changed.decode(errors="surrogateescape").split("\0")
    return sorted({_text(name) for name in names if name})


def _text(name: str) -> str:
    """Return a path that may be any bytes as text that can be written anywhere."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")
