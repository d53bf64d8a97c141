"""The one place where git runs: `run_git`, and `Git` that binds it to a repository."""

from __future__ import annotations

import os
import re
import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from threading import Event, Timer
from types import MappingProxyType
from typing import TYPE_CHECKING

from generator.errors import GeneratorError, ToolError
from generator.repository.failure import explain
from generator.which import find_program

if TYPE_CHECKING:
    from git.cmd import Git as _GitPython

    AutoInterrupt = _GitPython.AutoInterrupt

# Seconds: nothing that git does here takes this long unless nobody answers.
TIMEOUT = 900.0

# What of git's environment stays: how to reach and to sign, and the user's own configuration.
# The rest (GIT_DIR of a hook that runs this, GIT_TRACE with headers) would change what is meant.
_KEPT = re.compile(
    r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|EXEC_PATH|PROXY_COMMAND|SSL_\w+|HTTP_\w+"
    r"|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|PARAMETERS|KEY_\d+|VALUE_\d+)"
    r"|(AUTHOR|COMMITTER)_(NAME|EMAIL|DATE)|PYTHON_\w+)"
)
# Of any repository, as all content may come from somebody else.
_CLOSED = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.symlinks=false",
    "core.autocrlf=false",
    "core.safecrlf=false",
    "core.fileMode=false",
    "core.ignoreStat=false",
    "core.sparseCheckout=false",
    "core.quotePath=false",
    "core.protectNTFS=true",
    "core.protectHFS=true",
    "core.pager=cat",
    "color.ui=false",
    "advice.detachedHead=false",
    "fetch.fsckObjects=true",
    "fetch.recurseSubmodules=false",
    "fetch.writeCommitGraph=false",
    "submodule.recurse=false",
    "push.gpgSign=false",
    "push.followTags=false",
    "push.recurseSubmodules=no",
    "core.logAllRefUpdates=false",
    "gc.auto=2000",
    "gc.autoDetach=false",
    "gc.pruneExpire=now",
    "maintenance.auto=false",
    "i18n.commitEncoding=utf-8",
    "i18n.logOutputEncoding=utf-8",
    "log.showSignature=false",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
)
_SETTINGS = tuple(part for setting in _CLOSED for part in ("-c", setting))
_ENVIRONMENT: Mapping[str, str] = MappingProxyType(
    {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_EDITOR": "false",
    }
)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a git operation ended: exit code, standard output, and what it said besides."""

    code: int
    output: bytes = b""
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a git operation runs, and what it gets there.

    `options` name the repository, `protocols` are those it may speak, `kept` the file descriptors
    that it keeps open while it lives.
    """

    directory: Path
    options: tuple[str, ...] = ()
    protocols: str = ""
    kept: tuple[int, ...] = ()


def run_git(arguments: Sequence[str], setting: Setting, data: bytes = b"") -> Answer:
    """Run one git operation: `arguments` from its name on, `data` as its standard input.

    Every git operation of the program passes here, looked up anew each time: a test replaces it
    (`monkeypatch.setattr(command, "run_git", ...)`) to fail or to end before and after any.

    Raises:
        ToolError: when git cannot be run or gives no answer in TIMEOUT; any exit code is an answer.
    """
    program = find_program("git")
    if program is None:
        raise ToolError("git is not installed; this needs it")
    environment = {**_ENVIRONMENT, "GIT_ALLOW_PROTOCOL": setting.protocols or "none"}
    # GitPython can add to the environment and not take away, hence `env`.
    command = [*_without(environment), program, *setting.options, *_SETTINGS, *arguments]
    with tempfile.TemporaryFile() as stream:
        stream.write(data)
        stream.seek(0)
        try:
            running = _driver(program)(setting.directory).execute(
                command,
                istream=stream,
                as_process=True,
                env=environment,
                start_new_session=True,
                pass_fds=setting.kept,
            )
        except OSError as error:
            raise ToolError(f"cannot run git: {error.strerror}") from error
        return _finish(running, arguments[0])


@dataclass(frozen=True, slots=True)
class Git:
    """Git in one repository, whose failures are errors of this program.

    `remote` is how the other side is called in them.
    """

    setting: Setting
    remote: str = ""

    def ask(self, *arguments: str, data: bytes = b"") -> Answer:
        """Run an operation whose exit code means something."""
        return run_git(arguments, self.setting, data)

    def __call__(self, *arguments: str, data: bytes = b"") -> bytes:
        """Run an operation on this machine and return its output.

        Raises:
            ToolError: when it fails.
        """
        answer = run_git(arguments, self.setting, data)
        if answer.code:
            raise explain(f"git {arguments[0]}", said_of(answer), remote=False)
        return answer.output

    def named(self, person: tuple[str, str]) -> Git:
        """Return git with a name and address for commits, where it has none of its own."""
        if self.ask("var", "GIT_COMMITTER_IDENT").code == 0:
            return self
        name, address = person
        options = (*self.setting.options, "-c", f"user.name={name}", "-c", f"user.email={address}")
        return replace(self, setting=replace(self.setting, options=options))

    def failure(self, arguments: Sequence[str], answer: Answer) -> GeneratorError:
        """Return the error for an operation with the remote that failed."""
        return explain(f"git {arguments[0]} {self.remote}", said_of(answer), remote=True)


def said_of(answer: Answer) -> str:
    """Return everything that an operation said, or what became of it where it said nothing."""
    if answer.code < 0:
        name = signal.Signals(-answer.code).name
        return f"fatal: ended by {name}; {answer.said}"
    output = answer.output.decode(errors="replace") if answer.output.startswith(b"To ") else ""
    return f"{answer.said}\n{output}".strip() or f"exit code {answer.code}"


@cache
def _driver(program: str) -> type[_GitPython]:
    """Return GitPython's way to run git."""
    # It runs git when it is imported: the one that is run here, whatever else PATH finds.
    os.environ.setdefault("GIT_PYTHON_GIT_EXECUTABLE", program)
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    # Late, as it takes a tenth of a second that commands without git need not pay.
    from git.cmd import Git as GitPython  # noqa: PLC0415

    return GitPython


def _without(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the command before git that takes what is inherited and unwanted from it."""
    unwanted = [
        name
        for name in os.environ
        if name.startswith("GIT_") and name not in environment and not _KEPT.fullmatch(name)
    ]
    if unwanted:
        yield "env"
    for name in unwanted:
        yield from ("-u", name)


def _finish(running: AutoInterrupt, operation: str) -> Answer:
    """Wait for a git process and take what it prints; whatever happens, it does not stay."""
    late = Event()

    def give_up() -> None:
        late.set()
        _kill_group(running.pid)

    timer = Timer(TIMEOUT, give_up)
    timer.daemon = True
    timer.start()
    try:
        output, said = running.communicate()
    except BaseException:
        _kill_group(running.pid)
        raise
    finally:
        timer.cancel()
    if late.is_set():
        raise ToolError(f"git {operation}: no answer within {TIMEOUT:g} s")
    return Answer(running.returncode, output, said.decode(errors="replace"))


def _kill_group(process: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)
