"""Killed, failing or without room at any git operation: the next run ends with the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from generator.errors import GeneratorError, ToolError
from generator.repository import command, environments, open_environments
from generator.repository.command import Answer, Setting
from tests.git.bare import BRANCH, Bare, git
from tests.git.conftest import Opener
from tests.git.test_environments import publish, write

Fault = Callable[[Callable[[], Answer]], Answer]
MOST_OPERATIONS = 40


class Killed(BaseException):
    """What ends a run without any of its handlers."""


def killed_before(_: Callable[[], Answer]) -> Answer:
    raise Killed


def killed_after(run: Callable[[], Answer]) -> Answer:
    run()
    raise Killed


def fails(_: Callable[[], Answer]) -> Answer:
    return Answer(128, b"", "fatal: it does not work\n")


def fails_after(run: Callable[[], Answer]) -> Answer:
    run()
    return Answer(128, b"", "fatal: it did work and says that it did not\n")


def no_room(_: Callable[[], Answer]) -> Answer:
    return Answer(128, b"", "fatal: write error: No space left on device\n")


def ended(_: Callable[[], Answer]) -> Answer:
    return Answer(-9)


def does_not_run(_: Callable[[], Answer]) -> Answer:
    raise ToolError("cannot run git: Cannot allocate memory")


FAULTS = (killed_before, killed_after, fails, fails_after, no_room, ended, does_not_run)


class Faulty:
    """`run_git` with a fault at the operation of one number."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._real = command.run_git
        self.fault: Fault | None = None
        self.number = 0
        self.count = 0
        monkeypatch.setattr(command, "run_git", self._run)

    def _run(self, arguments: Sequence[str], setting: Setting, data: bytes = b"") -> Answer:
        self.count += 1
        if self.fault and self.count == self.number:
            return self.fault(lambda: self._real(arguments, setting, data))
        return self._real(arguments, setting, data)


def once(bare: Bare) -> None:
    """Bring the published tree to `a: 2` and `b` as the command does, with a retry."""
    with open_environments(bare.url, BRANCH) as opened:
        for _ in range(2):
            write(opened.tree, "a", "2\n")
            write(opened.tree, "b", "1\n")
            (opened.tree / "gone").unlink(missing_ok=True)
            if not opened.commit("the change") or opened.push():
                return
            opened.refresh()


def start_over(bare: Bare, base: str) -> None:
    """Bring the remote back to `base`, and have the clone forget what came since."""
    if base:
        git(bare.path, "update-ref", f"refs/heads/{BRANCH}", base)
    else:
        bare.delete()
    for seen in Path(os.environ["XDG_CACHE_HOME"]).rglob("seen"):
        seen.write_text(f"{base}\n")


@pytest.mark.parametrize("first", [False, True], ids=["next", "first"])
@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_fault_at_any_operation_the_next_run_ends_the_same(
    bare: Bare, opened: Opener, monkeypatch: pytest.MonkeyPatch, fault: Fault, *, first: bool
) -> None:
    faulty = Faulty(monkeypatch)
    base = "" if first else publish(opened, {"a": "1\n", "gone": "1\n"})
    for number in range(1, MOST_OPERATIONS):
        start_over(bare, base)
        faulty.fault, faulty.number, faulty.count = fault, number, 0
        try:
            once(bare)
        except (GeneratorError, Killed) as error:
            text = str(error)
        else:
            text = ""
        assert "\n" not in text
        reached = faulty.count >= number
        faulty.fault = None
        assert bare.head() == base or bare.files() == ["a", "b"]
        once(bare)
        assert bare.files() == ["a", "b"]
        assert bare.file("a") == "2"
        assert bare.log().count("the change") == 1
        if not reached:
            return
    pytest.fail("more operations than expected")


def be_killed_while_writing(tree: Path) -> None:
    write(tree, "a", "half")
    raise Killed


def test_a_fault_while_files_are_written_changes_nothing(bare: Bare, opened: Opener) -> None:
    publish(opened, {"a": "1\n", "gone": "1\n"})
    with pytest.raises(Killed), opened() as environments_:
        be_killed_while_writing(environments_.tree)
    once(bare)
    assert bare.files() == ["a", "b"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda git_: (git_ / "HEAD").write_text("nonsense"),
        lambda git_: (git_ / "HEAD").unlink(),
        lambda git_: (git_ / "config").write_text("[nonsense"),
        lambda git_: (git_ / "index").write_bytes(b"nonsense"),
        lambda git_: (git_ / "refs/heads/published").write_text("nonsense"),
        lambda git_: (git_ / "refs/heads/published").write_text("0123456789" * 4 + "\n"),
        lambda git_: cut_objects(git_, 0),
        lambda git_: cut_objects(git_, 5),
        lambda git_: drop_objects(git_),  # noqa: PLW0108 - it is defined further down
    ],
)
def test_a_corrupt_clone_is_made_again(
    bare: Bare, opened: Opener, damage: Callable[[Path], object]
) -> None:
    publish(opened, {"a": "1\n", "gone": "1\n"})
    with opened() as environments_:
        directory = environments_.tree.parent
    damage(directory / "git")
    bare.add({"a": "1\n", "gone": "1\n", "more": "1\n"})
    with opened() as environments_:
        assert environments_.head == bare.head()
        assert len(environments_.lineage) == 2
        assert (environments_.tree / "a").read_text() == "1\n"
        assert len(environments_.commits()) == 2


def objects(git_: Path) -> list[Path]:
    return [file for file in (git_ / "objects").glob("??/*") if file.is_file()]


def drop_objects(git_: Path) -> None:
    for file in objects(git_):
        file.unlink()


def cut_objects(git_: Path, size: int) -> None:
    for file in objects(git_):
        file.chmod(0o600)
        file.write_bytes(file.read_bytes()[:size])


def test_a_clone_that_fails_while_in_use_is_made_again_by_the_next_run(
    bare: Bare, opened: Opener
) -> None:
    commit = publish(opened, {"a": "1\n"})
    with opened() as environments_:
        clone = environments_.tree.parent / "git"
        # Only the content of a file, which a refresh has no need to read.
        blob = git(clone, "rev-parse", f"{commit}:a")
        (clone / "objects" / blob[:2] / blob[2:]).unlink()
        (clone / "objects" / blob[:2] / blob[2:]).write_bytes(b"x")
        with pytest.raises(ToolError, match="the clone has lost 'a'"):
            environments_.read(commit, "a")
    with opened() as environments_:
        assert environments_.read(commit, "a") == "1\n"
        assert [made.id for made in environments_.commits()] == [commit]
    assert bare.head() == commit


def test_a_fetch_that_brings_nothing_is_not_taken_for_the_last_one(
    bare: Bare, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(opened, {"a": "1\n"})
    with opened():
        pass
    bare.add({"a": "2\n"})
    real = command.run_git

    def run_git(arguments: Sequence[str], setting: Setting, data: bytes = b"") -> Answer:
        return Answer(0) if arguments[0] == "fetch" else real(arguments, setting, data)

    monkeypatch.setattr(command, "run_git", run_git)
    with pytest.raises(ToolError, match="rev-parse"), opened():
        pytest.fail("it was opened")


def test_a_work_tree_that_is_a_link_is_not_written_through(opened: Opener, tmp_path: Path) -> None:
    publish(opened, {"dir/a": "1\n"})
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    with opened() as environments_:
        tree = environments_.tree
    (tree / "dir/a").unlink()
    (tree / "dir").rmdir()
    (tree / "dir").symlink_to(outside)
    with opened() as environments_:
        assert not (tree / "dir").is_symlink()
        assert (tree / "dir/a").read_text() == "1\n"
    assert [path.name for path in outside.iterdir()] == ["kept"]


def test_a_commit_made_by_somebody_else_in_the_clone_is_not_pushed(
    opened: Opener, bare: Bare
) -> None:
    commit = publish(opened, {"a": "1\n"})
    with opened() as environments_:
        clone = environments_.tree.parent / "git"
        git(clone, "update-ref", "HEAD", git(clone, "commit-tree", f"{commit}^{{tree}}", "-m", "x"))
        write(environments_.tree, "b")
        with pytest.raises(ToolError, match="another process"):
            environments_.commit("b")
        assert environments_.head == commit
    assert bare.head() == commit


def test_nobody_answering_is_told(
    opened: Opener, bare: Bare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hook waits for ever; the time limit ends git with everything that it started."""
    publish(opened, {"a": "1\n"})
    bare.hook("pre-receive", "exec sleep 1000")
    with opened() as environments_:
        write(environments_.tree, "a", "2\n")
        environments_.commit("a")
        monkeypatch.setattr(command, "TIMEOUT", 0.5)
        with pytest.raises(GeneratorError, match="no answer within"):
            environments_.push()


def test_an_interrupt_ends_git(opened: Opener, bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(opened, {"a": "1\n"})
    killed = []
    real = os.killpg

    def killpg(group: int, by: int) -> None:
        killed.append(group)
        real(group, by)

    monkeypatch.setattr(os, "killpg", killpg)
    bare.hook("pre-receive", f"kill -USR1 {os.getpid()}; exec sleep 1000")
    with opened() as environments_:
        write(environments_.tree, "a", "2\n")
        environments_.commit("a")
        with interrupted_by_signal(), pytest.raises(KeyboardInterrupt):
            environments_.push()
    assert len(killed) == 1


# Runs in a namespace of its own, where the clone lies on a disk of one megabyte.
SMALL_DISK = """
import sys
from pathlib import Path
from generator.errors import GeneratorError
from generator.repository import open_environments
url, cache, size = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
try:
    with open_environments(url, "environments", cache=cache) as opened:
        import random
        data = random.Random(0).randbytes(size)
        (opened.tree / "big").write_bytes(data)
        opened.commit("big")
        opened.push()
except GeneratorError as error:
    print(error)
    sys.exit(3)
"""


@contextmanager
def interrupted_by_signal() -> Iterator[None]:
    """Have SIGUSR1 do what an interrupt from the keyboard does."""
    before = signal.signal(signal.SIGUSR1, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)


def on_a_small_disk(url: str, where: Path, size: int) -> subprocess.CompletedProcess[str]:
    where.mkdir(exist_ok=True)
    script = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"'
    program = [sys.executable, "-c", SMALL_DISK, url, str(where), str(size)]
    before = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(where)]
    root = Path(environments.__file__).parents[2]
    return subprocess.run(
        [*before, *program], capture_output=True, text=True, check=False, cwd=root
    )


def test_a_full_disk_is_told(bare: Bare, opened: Opener, tmp_path: Path) -> None:
    fits = on_a_small_disk(bare.url, tmp_path / "small", 1000)
    if "mount" in fits.stderr or "unshare" in fits.stderr:
        pytest.skip("no mounts may be made here")
    assert (fits.returncode, fits.stderr) == (0, "")
    assert bare.files() == ["big"]
    before = bare.head()
    full = on_a_small_disk(bare.url, tmp_path / "small", 600_000)
    assert (full.returncode, full.stderr) == (3, "")
    assert "no room left on this disk" in full.stdout
    assert bare.head() == before
    publish(opened, {"more": os.urandom(3_000_000).hex()})
    clone = on_a_small_disk(bare.url, tmp_path / "small", 1)
    assert (clone.returncode, clone.stderr) == (3, "")
    assert "no room left on this disk" in clone.stdout
