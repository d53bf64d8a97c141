"""Runs the program, as `python -m generator` and as `testnet`."""

from __future__ import annotations

import signal
import sys

INTERRUPTED = 130


class Interrupted(KeyboardInterrupt):
    """Exception raised by an interrupt.

    Where KeyboardInterrupt itself leaves an `exec` of text, such as that of a dataclass, Python
    ends by the signal, whoever has caught it.
    """


def run() -> int:
    """Run the program and return its exit code, 130 also where it is interrupted as it loads."""
    try:
        # A shell has what runs in its background ignore interrupts: that stays.
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _interrupt)
        # Here, as it takes some tenths of a second.
        from generator.main import main  # noqa: PLC0415

        return main()
    except KeyboardInterrupt:
        return INTERRUPTED


def _interrupt(*_: object) -> None:
    raise Interrupted


if __name__ == "__main__":
    sys.exit(run())
