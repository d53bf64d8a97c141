"""The clone that is kept between runs: where it lies, who holds it, and what it remembers."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from generator.errors import ToolError
from generator.program import cache_directory
from generator.repository.address import Address
from generator.repository.command import Git, Setting

# No attribute of the tree has an effect: content is what the files hold, byte for byte.
_ATTRIBUTES = "* -text -eol -ident -filter -diff -merge !working-tree-encoding\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clone:
    """A clone below `directory`: `git/` and the work tree `tree/` beside each other.

    `held` is the descriptor of its lock. Operations on this machine keep it open, so that a git
    process that outlives a killed run keeps the next one waiting.
    """

    directory: Path
    address: Address
    branch: str
    held: int

    @property
    def tree(self) -> Path:
        """Return the work tree."""
        return self.directory / "tree"

    @property
    def git_directory(self) -> Path:
        """Return where git keeps the history."""
        return self.directory / "git"

    @property
    def local(self) -> Git:
        """Return git for what needs no remote."""
        return Git(Setting(directory=self.directory, options=self._options, kept=(self.held,)))

    @property
    def remote(self) -> Git:
        """Return git for what speaks with the remote."""
        setting = Setting(
            directory=self.directory, options=self._options, protocols=self.address.protocols
        )
        return Git(setting, self.address.url)

    @property
    def _options(self) -> tuple[str, ...]:
        return (
            f"--git-dir={self.git_directory}",
            f"--work-tree={self.tree}",
            "--literal-pathspecs",
        )

    def prepare(self) -> bool:
        """Make the clone usable, whatever a killed run left; return whether it is a new one.

        Raises:
            ToolError: when it cannot be written.
        """
        with file_errors():
            if self._suspect.exists():
                self.discard()
            self.tree.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = not (self.git_directory / "config").exists()
            if new:
                _remove(self.git_directory)
                self.local("init", "--quiet", "--template=", "--initial-branch=published")
            information = self.git_directory / "info"
            information.mkdir(exist_ok=True)
            (information / "attributes").write_text(_ATTRIBUTES)
            (information / "exclude").unlink(missing_ok=True)
            (information / "grafts").unlink(missing_ok=True)
            for leftover in self._leftovers():
                leftover.unlink(missing_ok=True)
        return new

    def discard(self) -> None:
        """Remove the clone, but not what it remembers of the remote."""
        with file_errors():
            _remove(self.git_directory)
            _remove(self.tree)
            self._suspect.unlink(missing_ok=True)

    def suspect(self) -> None:
        """Note that the clone may be corrupt: the next run makes it again."""
        with file_errors():
            self._suspect.touch()

    @property
    def seen(self) -> str:
        """Return the last head that the remote was seen with; "" before there was one."""
        with file_errors():
            file = self.directory / "seen"
            return file.read_text().strip() if file.exists() else ""

    def remember(self, head: str) -> None:
        """Remember the head that the remote was seen with."""
        if head == self.seen:
            return
        with file_errors():
            descriptor, name = tempfile.mkstemp(prefix="seen.", dir=self.directory)
            with os.fdopen(descriptor, "w") as file:
                file.write(f"{head}\n")
                file.flush()
                os.fsync(descriptor)
            Path(name).replace(self.directory / "seen")

    @property
    def _suspect(self) -> Path:
        return self.directory / "suspect"

    def _leftovers(self) -> Iterator[Path]:
        """Yield what only a killed git leaves, as nobody else has the clone now."""
        git = self.git_directory
        yield from git.glob("*.lock")
        for folder in ("objects", "objects/info"):
            yield from (git / folder).glob("*.lock")
        yield from (git / "refs").rglob("*.lock")
        yield git / "gc.pid"
        yield from (git / "objects" / "pack").glob("tmp_*")
        yield from self.directory.glob("seen.*")


@contextmanager
def hold_clone(
    address: Address, branch: str, cache: Path, say: Callable[[str], None]
) -> Iterator[Clone]:
    """Hold the clone of a branch of a repository; wait while another process does.

    Raises:
        ToolError: when there is no place for it below `cache`.
    """
    digest = hashlib.sha256(f"{address.url}\n{branch}".encode()).hexdigest()[:20]
    directory = cache / "environments" / digest
    with file_errors():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another run that publishes to the same branch")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield Clone(directory=directory, address=address, branch=branch, held=descriptor)
    finally:
        os.close(descriptor)


def default_cache() -> Path:
    """Return where this user keeps what can be made again.

    Raises:
        ToolError: when neither XDG_CACHE_HOME nor HOME says where.
    """
    directory = cache_directory()
    if directory is None:
        raise ToolError("no place for the clone: set HOME or XDG_CACHE_HOME")
    return directory


@contextmanager
def file_errors() -> Iterator[None]:
    """Turn what the file system says into an error of the program."""
    try:
        yield
    except OSError as error:
        raise ToolError(f"the clone at {error.filename}: {error.strerror}") from error


def _remove(directory: Path) -> None:
    if directory.is_symlink():
        directory.unlink()
    elif directory.exists():
        shutil.rmtree(directory)
