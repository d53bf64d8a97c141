"""Programs that run beside the tests, and end with them whatever happens."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TypeVar

from generator.process import dying_with_us

# A part is killed by the kernel when the thread that started it ends. This one thread lives as
# long as the process does, so that threads of any life may start parts.
_SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")
_PORTS = Random()  # noqa: S311 - no secret
# Outside of what the kernel gives to clients; each process of pytest-xdist has its own part.
_PARTS, _FIRST_PORT, _MOST_PORTS = 4, 20000, 3000
_given: set[int] = set()
STARTED = "started"
# Go collects its garbage less often: this machine has memory to spare, and few processors.
_LAVISH = {"GOGC": "400", "GOMEMLIMIT": "1GiB"}
# How many times as long as on a quiet machine everything may take before it counts as stuck.
PATIENCE = float(os.environ.get("TESTNET_PATIENCE", "5"))

T = TypeVar("T")


def free_port() -> int:
    """Return a port of loopback that nobody listens at."""
    part = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PARTS
    first = _FIRST_PORT + part * _MOST_PORTS
    while True:
        port = _PORTS.randrange(first, first + _MOST_PORTS)
        with socket.socket() as probe, suppress(OSError):
            if port not in _given:
                probe.bind(("127.0.0.1", port))
                _given.add(port)
                return port


def spawn(
    command: Sequence[str],
    log: Path,
    environment: Mapping[str, str],
    directory: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program that dies with this process, in a process group of its own."""
    before = dying_with_us()
    assert before, "needs setpriv with --pdeathsig: what runs for ever would stay"

    def start() -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                [*before, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=directory,
                start_new_session=True,
            )

    return _SPAWNER.submit(start).result()


@dataclass
class Part:
    """One program of a cluster: started, paused, resumed, killed and started again."""

    name: str
    command: list[str]
    directory: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.directory / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """The process, 0 where there is none."""
        return self.process.pid if self.process and self.process.poll() is None else 0

    def start(self) -> None:
        """Start it, unless it runs."""
        if self.pid:
            return
        usual = {"PATH": os.environ["PATH"], "HOME": str(self.directory), "TMPDIR": "/tmp"}  # noqa: S108
        environment = usual | _LAVISH | self.environment
        self.process = spawn(self.command, self.log, environment, self.directory)
        with (self.directory / STARTED).open("a") as started:
            started.write(f"{self.process.pid} {born(self.process.pid)} {self.name}\n")

    def pause(self) -> None:
        """Stop it without ending it, as a machine that hangs."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self._signal(signal.SIGKILL)
        if self.process:
            self.process.wait()

    def restart(self) -> None:
        """End it at once, and start it again."""
        self.kill()
        self.start()

    def memory(self) -> int:
        """Return the bytes that it holds, 0 where it does not run."""
        return self._memory("VmRSS")

    def peak(self) -> int:
        """Return the most bytes that it ever held, 0 where it does not run."""
        return self._memory("VmHWM")

    def work(self) -> float:
        """Return the seconds of CPU that it has used, 0 where it does not run."""
        with suppress(OSError):
            fields = Path(f"/proc/{self.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return 0.0

    def last_words(self, lines: int = 20) -> str:
        """Return the end of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])

    def _memory(self, line: str) -> int:
        with suppress(OSError, StopIteration):
            lines = Path(f"/proc/{self.pid}/status").read_text("utf-8").splitlines()
            return 1024 * int(next(found for found in lines if found.startswith(line)).split()[1])
        return 0

    def _signal(self, number: signal.Signals) -> None:
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


def end_left(root: Path) -> list[str]:
    """End what an earlier run started below `root` and left; return the names."""
    ended = []
    for started in sorted(root.rglob(STARTED)):
        for line in started.read_text("utf-8").splitlines():
            pid, since, name = line.split(" ", 2)
            if since and born(int(pid)) == since:
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
                    ended.append(name)
        started.unlink()
    return ended


def wait_for(
    what: str,
    look: Callable[[], T | None],
    seconds: float = 60,
    parts: Sequence[Part] = (),
    pause: float = 0.05,
) -> T:
    """Return the first answer that is true; the failure says what was waited for.

    `seconds` are those of a quiet machine; PATIENCE times as many are waited. `pause` is the first
    one between two looks.
    """
    until = time.monotonic() + seconds * PATIENCE
    while True:
        answer = look()
        if answer:
            return answer
        for part in parts:
            if not part.pid:
                raise RuntimeError(f"{part.name} has ended:\n{part.last_words()}")
        if time.monotonic() > until:
            raise TimeoutError(f"waited {seconds * PATIENCE:.0f} s for {what}")
        # What is looked at costs the machine more than the wait: less and less often.
        time.sleep(pause)
        pause = max(pause, min(pause * 1.3, 0.5))


def born(pid: int) -> str:
    """Return when a process started, in the kernel's words, as process ids are used again."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[19]
    except OSError:
        return ""
