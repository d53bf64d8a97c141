"""A program that goes on running and answers one question after another."""

from __future__ import annotations

import os
import selectors
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic

from generator.errors import ToolError
from generator.limits import Limits
from generator.process import begin, is_stopped, kill, release

_CHUNK = 1 << 18
# Digits of a length, and the end of their line.
_HEAD = 20


class Answering:
    """A program that is asked a line and answers with a length, as a line, and that many bytes.

    The length is -1 where it has no answer. It runs in `directory` as `process.run` runs one,
    under the same limits, which are for all that it does until it is closed.

    Raises:
        ToolError: when it cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        directory: Path,
        environment: Mapping[str, str],
        limits: Limits,
    ) -> None:
        self._child = begin(
            command, directory=directory, environment=environment, limits=limits, answering=True
        )
        self._name = command[0]
        self._most = limits.output
        self.is_open = True
        self.answers = 0

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or was ended, without being closed."""
        return is_stopped(self._child) or self._child.poll() is not None

    def ask(self, question: str, *, timeout: float) -> bytes | None:
        """Return the answer; None where there is none, or where the program failed and is closed.

        `timeout` is in seconds.

        Raises:
            ToolError: when `stop_all` ended it: nobody shall go on asking elsewhere.
        """
        assert self._child.stdin  # noqa: S101 - for the type checker: it is a pipe
        try:
            self._child.stdin.write(f"{question}\n".encode())
            answer = self._read(monotonic() + timeout)
        except (OSError, ValueError) as error:
            self.close()
            if is_stopped(self._child):
                message = f"{self._name}: killed by an interrupt"
                raise ToolError(message) from error
            return None
        self.answers += 1
        return answer

    def end(self) -> None:
        """Begin to end the program; `close` waits for it."""
        self.is_open = False
        kill(self._child)

    def close(self) -> None:
        """End the program."""
        self.is_open = False
        release(self._child)

    def _read(self, end: float) -> bytes | None:
        """Read an answer; OSError where none comes until `end`, ValueError for what is none."""
        assert self._child.stdout  # noqa: S101 - as above
        with selectors.DefaultSelector() as selector:
            selector.register(self._child.stdout, selectors.EVENT_READ)
            text = self._more(selector, end)
            while b"\n" not in text[:_HEAD]:
                if len(text) >= _HEAD:
                    raise ValueError(text[:_HEAD])
                text += self._more(selector, end)
            head, _, text = text.partition(b"\n")
            length = int(head)
            if length > self._most:
                raise ValueError(head)
            while len(text) < length:
                text += self._more(selector, end)
        if len(text) != max(length, 0):
            raise ValueError(head)
        return None if length < 0 else bytes(text)

    def _more(self, selector: selectors.BaseSelector, end: float) -> bytearray:
        ready = selector.select(max(0, end - monotonic()))
        if not ready:
            raise TimeoutError
        chunk = os.read(ready[0][0].fd, _CHUNK)
        if not chunk:
            raise BrokenPipeError
        return bytearray(chunk)
