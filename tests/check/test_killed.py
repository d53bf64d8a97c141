"""An OPA of our own does not outlive a check that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from generator import process
from generator.errors import ToolError

STARTING = """
import sys, time
from pathlib import Path
from generator.process import start
command = ["/bin/sleep", "60"]
with start(command, directory=Path(sys.argv[1]), environment={}, memory=2**28) as child:
    print(child.pid, flush=True)
    time.sleep(60)
"""


def wait_while(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_running(number: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{number}/status").read_text("utf-8")
    except OSError:
        return False


needs_setpriv = pytest.mark.skipif(
    not process.dying_with_us(),  # where there is none, nothing can be promised
    reason="needs setpriv with --pdeathsig",
)


@needs_setpriv
def test_what_was_started_dies_with_us(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTING, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        number = int(parent.stdout.readline())
        wait_while(lambda: b"sleep" not in Path(f"/proc/{number}/cmdline").read_bytes()[:12])
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    wait_while(lambda: is_running(number))


@needs_setpriv
def test_what_comes_after_our_end_does_not_begin(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    command = process.dying_with_us()
    subprocess.run([*command, "touch", mark], check=True)
    mark.unlink()
    # As when we have ended: it is the child of another process than the one that started it.
    adopted = [sys.executable, "-c", "import subprocess, sys; subprocess.run(sys.argv[1:])"]
    subprocess.run([*adopted, *command, "touch", mark], check=True)
    assert not mark.exists()


@needs_setpriv
def test_without_a_shell_it_dies_with_us_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_SHELL", str(tmp_path / "none"))
    command = process.dying_with_us()
    assert command[1:] == ("--pdeathsig", "KILL", "--")
    subprocess.run([*command, "true"], check=True)


@needs_setpriv
def test_what_cannot_begin_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "none")
    ended = subprocess.run(
        [*process.dying_with_us(), missing], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 127
    assert ended.stderr.startswith("sh: ")
    assert missing in ended.stderr


@pytest.mark.parametrize("found", ["setpriv", None])
def test_without_what_it_takes_it_starts_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: str | None
) -> None:
    def refuse(*_: object, **__: object) -> bytes:
        message = "unknown option"
        raise ToolError(message)

    monkeypatch.setattr("shutil.which", lambda *_, **__: found)
    monkeypatch.setattr(process, "run", refuse)
    monkeypatch.setattr(process, "_before", process._before.__wrapped__)  # noqa: SLF001
    with process.start(["/bin/true"], directory=tmp_path, environment={}, memory=2**28) as child:
        assert child.wait(10) == 0
        assert child.args == ["/bin/true"]
