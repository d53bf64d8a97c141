"""The program run in this process, with faults at git operations and other publishers."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from generator.errors import ToolError
from generator.main import main
from generator.publish import publish as publishing
from generator.repository import command
from generator.repository.command import Answer, Setting
from tests.git.bare import git
from tests.publish.machine_main import Main
from tests.publish.revisions import BRANCH, Reader, Revision
from tests.repository import Run

NOW = "2026-12-01T12:00:00Z"
Real = Callable[[], Answer]


class Killed(BaseException):
    """What ends a run without any handler of errors."""


def killed_before(_: Real) -> Answer:
    raise Killed


def killed_after(run: Real) -> Answer:
    run()
    raise Killed


def fails(_: Real) -> Answer:
    return Answer(128, b"", "fatal: it does not work\n")


def fails_after(run: Real) -> Answer:
    run()
    return Answer(128, b"", "fatal: it did work and says that it did not\n")


def does_not_run(_: Real) -> Answer:
    raise ToolError("cannot run git: Cannot allocate memory")


FAULTS = (killed_before, killed_after, fails, fails_after, does_not_run)


@dataclass
class Driver:
    """A main repository, a bare remote, and publishers with a clone each, below `base`.

    `fault` is what happens at the operation number `number` of the next run; `meanwhile` is
    done once, when a commit is made and not yet pushed.
    """

    base: Path
    fault: Callable[[Real], Answer] | None = None
    number: int = 0
    count: int = 0
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    steps: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.remote = self.base / "remote.git"
        self.reader = Reader(self.remote, self.base / "checkout")

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of the one function through which every git operation passes."""
        home = self.base / "home"
        home.mkdir(parents=True)
        (home / ".gitconfig").write_text("[user]\nname = Tests\nemail = tests@example.org\n")
        for name in os.environ:
            if name.startswith(("GIT_", "SSH_", "XDG_")):
                monkeypatch.delenv(name)
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        monkeypatch.setenv("XDG_CACHE_HOME", str(self.base / "cache"))
        self._real = command.run_git
        monkeypatch.setattr(command, "run_git", self._run_git)
        defaults = publishing.publish.__kwdefaults__
        assert defaults
        monkeypatch.setitem(defaults, "pause", lambda _: None)

    def start_over(self) -> None:
        """Make an empty remote, and forget every clone; main stays."""
        self.fault, self.meanwhile = None, []
        for name in ("remote.git", "checkout", "one", "two"):
            shutil.rmtree(self.base / name, ignore_errors=True)
        self.remote.mkdir(parents=True)
        git(self.remote, "init", "--quiet", "--bare", ".")

    def save(self, name: str) -> None:
        """Keep the remote and the clones as they are."""
        for part in ("remote.git", "one", "two"):
            if (self.base / part).exists():
                shutil.copytree(self.base / part, self.base / name / part, symlinks=True)

    def restore(self, name: str) -> None:
        """Bring the remote and the clones back as they were."""
        self.start_over()
        shutil.copytree(self.base / name, self.base, symlinks=True, dirs_exist_ok=True)

    def write(self, main: Main, root: str = "main") -> None:
        main.write(self.base / root)

    def read(self, known: list[Revision]) -> list[Revision]:
        """Return the revisions that the remote has beyond those known, which it must still have."""
        line = self.reader.commits()
        assert line[: len(known)] == [revision.commit for revision in known]
        return [self.reader.read(line[: n + 1]) for n in range(len(known), len(line))]

    def run(self, *words: str, root: str = "main", clone: str = "one") -> Run:
        """Run the program; BaseException passes."""
        before = os.environ["XDG_CACHE_HOME"]
        os.environ["XDG_CACHE_HOME"] = str(self.base / clone)
        said, errors = io.StringIO(), io.StringIO()
        self.count = 0
        arguments = [*words, "--root", str(self.base / root), "--environments", str(self.remote)]
        try:
            with redirect_stdout(said), redirect_stderr(errors):
                code = main(arguments)
        finally:
            os.environ["XDG_CACHE_HOME"] = before
        return Run(code, said.getvalue(), errors.getvalue())

    def publish(self, *options: str, root: str = "main", clone: str = "one") -> Run:
        first = () if self.reader.commits() else ("--first",)
        words = ("publish", "--now", NOW, "--format", "json", *first, *options)
        return self.run(*words, root=root, clone=clone)

    def result(self, *options: str) -> dict[str, Any]:
        """Publish with everything granted, and return the JSON of it."""
        run = self.publish("--allow-removal", "one", "--allow-removal", "two", *options)
        assert run.code == 0, run.err
        return dict(json.loads(run.out))

    def audit(self) -> None:
        """Have the register told again from the history."""
        if self.reader.commits():
            run = self.run("keys", "audit")
            assert run.code == 0, run.out + run.err

    def count_steps(self) -> None:
        """Count what the history did with keys, by action."""
        if self.reader.commits():
            said = self.reader.git("log", "--format=%B", BRANCH)
            self.steps.update(re.findall(r"^Testnet-Step: (\S+)", said, re.MULTILINE))

    def _run_git(self, arguments: Sequence[str], setting: Setting, data: bytes = b"") -> Answer:
        def really() -> Answer:
            return self._real(arguments, setting, data)

        self.count += 1
        fault = self.fault
        if arguments[0] == "push" and self.meanwhile:
            # The other publisher meets neither.
            (other, *later), self.meanwhile, self.fault = self.meanwhile, [], None
            count = self.count
            other()
            self.count, self.meanwhile, self.fault = count, later, fault
        if fault and self.count == self.number:
            self.fault = None
            return fault(really)
        return really()
