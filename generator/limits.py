"""What a program that we start may use, and what it says when it met such a limit."""

from __future__ import annotations

import re
import resource
import signal
from contextlib import suppress
from dataclasses import dataclass

MIB = 1024 * 1024

# How a program in Go ends without memory, where it has no words for it: its collector (1.26) looks
# at address 0 where it was given none, on the stack of its scheduler. Of 80 builds of one file that
# is too large, 3 did. Nothing that kustomize quotes ends with this code.
_CRASH = 2
_COLLECTOR = re.compile(
    r"^SIGSEGV: .*\n.* addr=0x0\n\ngoroutine 0 .*\n.*\n\t(?:.*/)?runtime/mgc", re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a program may use: bytes of data, seconds of processor time, bytes that it writes.

    `file` is what it may write to one file, `output` what it may print; `network` takes none away.
    Only Linux can hold a program to memory, processor time and files.
    """

    memory: int = 512 * MIB
    processor: int = 60
    file: int = MIB
    output: int = 256 * MIB
    network: bool = False

    def hold(self, pid: int) -> None:
        """Hold a program that has just started to these limits.

        Set from outside, as anything that runs between fork and exec takes the fast way to start
        from Python. Data, not addresses: Go reserves far more of these than it uses.
        """
        most = {
            resource.RLIMIT_DATA: self.memory,
            resource.RLIMIT_CPU: self.processor,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_FSIZE: self.file,
        }
        with suppress(AttributeError, ProcessLookupError):
            for limit, value in most.items():
                resource.prlimit(pid, limit, (value, value))

    def reason(self, code: int, said: bytes) -> str:
        """Say why a program failed: the limit that it met, else its own words."""
        if code == -signal.SIGKILL:
            return f"killed, after {self.processor} s of processor time or by an interrupt"
        text = said.decode(errors="replace")
        crashed = code == _CRASH and _COLLECTOR.search(text)
        if crashed or "out of memory" in text or "cannot allocate memory" in text:
            return f"it needs more than {self.memory // MIB} MiB of memory"
        if "file too large" in text.lower():
            return f"it wrote a file of more than {self.file // MIB} MiB"
        return " ".join(text.strip().splitlines()[:5]) or f"exit code {code}"
